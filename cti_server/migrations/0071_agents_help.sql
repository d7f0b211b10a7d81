-- Raised hands. Written through the journal under the id that the server gave, so that a hand goes up while the database is away.
create table help_hand (
    id         text primary key check (id <> ''),
    user_id    bigint not null,
    call_id    text,
    number     text not null,
    caller     text not null,
    queue      text,
    raised_at  timestamptz not null,
    coming_by  bigint,
    coming_at  timestamptz,
    lowered_at timestamptz,
    lowered_by bigint,
    lowered_how text not null default ''
);
comment on table help_hand is 'user_id without a reference: a row of the journal must never be refused';
create index help_hand_open on help_hand (raised_at) where lowered_at is null;
create index help_hand_by_user on help_hand (user_id, raised_at desc);

create view report_agents_hand as
select id, user_id, call_id, queue, raised_at, coming_by, coming_at, lowered_at, lowered_how,
       extract(epoch from coming_at - raised_at)::double precision as seconds_to_coming
from help_hand;

-- Short messages: one thread for each agent, the supervisors on the other side of it.
create table help_message (
    id         bigint generated always as identity primary key,
    agent_id   bigint not null references app_user (id) on delete cascade,
    sender_id  bigint not null references app_user (id) on delete cascade,
    from_agent boolean not null,
    text       text not null check (length(text) between 1 and 500),
    sent_at    timestamptz not null,
    read_at    timestamptz,
    read_by    bigint references app_user (id) on delete set null
);
comment on column help_message.read_at is 'when the other side first had it on the screen: the agent, or any supervisor';
create index help_message_thread on help_message (agent_id, id desc);
create index help_message_unread on help_message (agent_id) where read_at is null;

-- What is told to a team or to everybody, until a moment.
create table help_notice (
    id           bigint generated always as identity primary key,
    sender_id    bigint not null references app_user (id) on delete cascade,
    team         text not null,
    text         text not null check (length(text) between 1 and 500),
    sent_at      timestamptz not null,
    expires_at   timestamptz not null check (expires_at > sent_at),
    withdrawn_at timestamptz
);
comment on column help_notice.team is 'empty: everybody';
create index help_notice_by_end on help_notice (expires_at);

create table help_notice_read (
    notice_id bigint not null references help_notice (id) on delete cascade,
    user_id   bigint not null references app_user (id) on delete cascade,
    read_at   timestamptz not null,
    primary key (notice_id, user_id)
);
