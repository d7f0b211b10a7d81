-- Callers who reached nobody, as a work list. `revision` rises with every change over all items: who follows the list
-- asks for what is newer than the highest that he has seen.
create sequence lost_revision;

create table lost_caller (
    id           bigint generated always as identity primary key,
    revision     bigint not null default nextval('lost_revision'),
    state        text not null default 'open'
                 check (state in ('open', 'claimed', 'done', 'dismissed', 'reached', 'calledBack')),
    number_key   text,
    number       text not null,
    name         text not null,
    queues       text[] not null,
    calls        integer not null,
    first_at     timestamptz not null,
    last_at      timestamptz not null,
    longest_wait double precision not null,
    claimed_by   bigint,
    claimed_at   timestamptz,
    attempts     integer not null default 0,
    attempt_at   timestamptz,
    ended_at     timestamptz,
    ended_by     bigint,
    reason       text not null default ''
);
comment on column lost_caller.number_key is 'null: the number was withheld; each such call is an item of its own';
create unique index lost_caller_one_open on lost_caller (number_key) where state in ('open', 'claimed');
create index lost_caller_by_revision on lost_caller (revision);
create index lost_caller_by_state on lost_caller (state, last_at desc);
create index lost_caller_by_number on lost_caller (number_key, last_at desc) where number_key is not null;

-- Each lost call counts once, however often the journal tells it.
create table lost_contact (
    pbx       text not null,
    linkedid  text not null,
    lost_id   bigint references lost_caller (id) on delete cascade,
    at        timestamptz not null,
    primary key (pbx, linkedid)
);
comment on column lost_contact.lost_id is 'null: the caller had been spoken with later already when this was told';

-- Until when we have spoken with whom.
create table lost_reached (
    number_key text primary key,
    at         timestamptz not null
);
