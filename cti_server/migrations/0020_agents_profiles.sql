-- Which device a user works with, and of which queues he is a member.
create table agent_profile (
    user_id    bigint primary key references app_user (id) on delete cascade,
    pbx        text not null check (pbx <> ''),
    device     text not null check (device <> ''),
    queues     jsonb not null default '[]',
    team       text not null default '',
    updated_at timestamptz not null default now(),
    constraint agent_profile_device_taken unique (pbx, device)
);
comment on column agent_profile.queues is 'list of {queue, penalty}';

-- One row for each stretch of a state; the one that lasts has no end. Written through the journal.
create table agent_interval (
    id         bigint generated always as identity primary key,
    pbx        text not null,
    device     text not null,
    user_id    bigint,
    state      text not null,
    reason     text not null,
    started_at timestamptz not null,
    ended_at   timestamptz,
    exact      boolean not null,
    constraint agent_interval_once unique (pbx, device, started_at)
);
comment on column agent_interval.exact is 'false when a bound was not seen as it happened (link or server was away)';
create index agent_interval_open on agent_interval (pbx, device) where ended_at is null;
create index agent_interval_by_user on agent_interval (user_id, started_at desc) where user_id is not null;
create index agent_interval_by_time on agent_interval (started_at);

create view report_agents_interval as
select pbx, device, user_id, state, reason, started_at, ended_at,
       extract(epoch from ended_at - started_at)::double precision as seconds, exact
from agent_interval;
