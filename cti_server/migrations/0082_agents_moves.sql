-- Bulk changes of agents' queues, penalties and skills, so that they can be taken back, by a person or by time.
create table agent_move (
    id        bigint generated always as identity primary key,
    by_user   bigint not null,
    at        timestamptz not null default now(),
    until     timestamptz,
    undone_at timestamptz,
    data      jsonb not null
);
comment on column agent_move.until is 'when it takes itself back; null: it stays';
comment on column agent_move.data is 'what was asked for, and for each agent what he had, has and how that came out';
create index agent_move_open on agent_move (at) where undone_at is null;
