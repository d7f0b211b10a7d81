-- Callers who kept their place in a queue and are called when their turn has come. `revision` rises with every change.
create sequence callback_revision;

create table callback (
    id          bigint generated always as identity primary key,
    revision    bigint not null default nextval('callback_revision'),
    state       text not null default 'waiting'
                check (state in ('waiting', 'claimed', 'offered', 'reached', 'failed', 'cancelled')),
    pbx         text not null,
    queue       text not null,
    number_key  text not null check (number_key <> ''),
    number      text not null,
    name        text not null default '',
    customer_id bigint,
    linkedid    text not null,
    did         text not null default '',
    language    text not null default '',
    priority    integer not null default 0,
    joined_at   timestamptz not null,
    booked_at   timestamptz not null default now(),
    due_at      timestamptz,
    not_before  timestamptz,
    attempts    integer not null default 0,
    attempt     text,
    offered_at  timestamptz,
    claimed_by  bigint,
    claimed_at  timestamptz,
    ended_at    timestamptz,
    ended_by    bigint,
    reason      text not null default ''
);
comment on column callback.linkedid is 'the call in which he asked for it; (pbx, linkedid)';
comment on column callback.joined_at is 'since when he waits: his place in the line';
comment on column callback.due_at is 'the moment that he chose; null: as soon as it is his turn';
comment on column callback.attempt is 'Linkedid of the call by which he is being called back';
-- Nobody is called twice: one open callback for each number, whatever asks for another.
create unique index callback_one_open on callback (number_key) where state in ('waiting', 'claimed', 'offered');
create index callback_by_state on callback (state, id desc);
create index callback_by_revision on callback (revision);

-- Each call that was made for it. A row stands before the PBX is asked, so that none is ever made twice.
create table callback_attempt (
    attempt     text primary key,
    callback_id bigint not null references callback (id) on delete cascade,
    at          timestamptz not null default now(),
    ended_at    timestamptz,
    user_id     bigint,
    result      text
);
comment on column callback_attempt.result is 'reached, noAnswer, busy, failed, noAgent, interrupted, refused; null while it goes on';
create index callback_attempt_of on callback_attempt (callback_id);

-- How callbacks of a queue are tried; a queue without a row has the defaults.
create table callback_rule (
    queue          text primary key check (queue <> ''),
    tries          integer not null check (tries between 1 and 10),
    gap_seconds    integer not null check (gap_seconds between 1 and 86400),
    expire_seconds integer not null check (expire_seconds between 300 and 2592000),
    calendar       text not null default ''
);

create view report_routing_callback as
select id, pbx, queue, state, number, customer_id, joined_at, booked_at, due_at, attempts, ended_at, reason,
       extract(epoch from ended_at - booked_at)::float8 as seconds
from callback;
