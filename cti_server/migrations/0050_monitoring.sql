-- Which supervisor was on which agent's call, when, how and for how long. Written through the journal: users without
-- references, for a row must never be refused.
create table monitoring_session (
    n                 bigint generated always as identity primary key,
    id                text not null unique,
    revision          bigint not null,
    pbx               text not null,
    supervisor_id     bigint not null,
    supervisor_device text not null,
    agent_id          bigint not null,
    agent_device      text not null,
    team              text not null,
    queue             text,
    call_id           text not null,
    agent_leg         text not null,
    leg_id            text not null,
    number            text not null,
    mode              text not null,
    state             text not null,
    told              boolean not null,
    asked_at          timestamptz not null,
    on_at             timestamptz,
    ended_at          timestamptz,
    end_reason        text,
    stretches         jsonb not null,
    exact             boolean not null
);
comment on column monitoring_session.stretches is 'list of {mode, since, until} in unix seconds';
comment on column monitoring_session.leg_id is 'Uniqueid of the supervisor''s channel';
comment on column monitoring_session.exact is 'false when its end was not seen';
create index monitoring_session_open on monitoring_session (pbx) where ended_at is null;
create index monitoring_session_by_agent on monitoring_session (agent_id, n desc);
create index monitoring_session_by_supervisor on monitoring_session (supervisor_id, n desc);
create index monitoring_session_by_call on monitoring_session (call_id);

-- Who may do what. Without a row supervisors may everything and agents are not told.
create table monitoring_policy (
    scope      text not null check (scope in ('site', 'queue', 'team')),
    name       text not null,
    allow      text[] not null,
    users      bigint[] not null default '{}',
    tell_agent boolean not null,
    primary key (scope, name),
    check ((scope = 'site') = (name = ''))
);
comment on column monitoring_policy.users is 'only these supervisors; empty: all of them';

create view report_monitoring_session as
select s.id, s.pbx, s.supervisor_id, s.agent_id, s.team, s.queue, s.call_id, s.told, s.asked_at, s.on_at, s.ended_at,
       s.end_reason, s.exact, m.mode, m.seconds
from monitoring_session s
left join lateral (
    select part ->> 'mode' as mode, sum((part ->> 'until')::float8 - (part ->> 'since')::float8) as seconds
    from jsonb_array_elements(s.stretches) part group by 1
) m on true;
