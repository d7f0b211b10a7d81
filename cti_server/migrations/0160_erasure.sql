-- Forgetting a person everywhere: how far each erasure is, what it removed, and the proof.
create table erasure (
    id         bigint generated always as identity primary key,
    subject    text not null,
    why        text not null,
    by_user    bigint not null,
    by_login   text not null,
    address    text not null,
    state      text not null default 'running' check (state in ('running', 'stopped', 'done')),
    stopped    text not null default '',
    person     jsonb,
    rooms      text[] not null default '{}',
    started_at timestamptz not null default now(),
    ended_at   timestamptz
);
comment on column erasure.subject is 'customer and his number in this database, or number: nothing that names him';
comment on column erasure.stopped is 'code of the error that stopped it';
comment on column erasure.person is 'who he is; null once it is done';
comment on column erasure.rooms is 'rooms that have forgotten him';

create table erasure_removed (
    erasure_id bigint not null references erasure (id),
    room       text not null,
    kind       text not null,
    count      bigint not null,
    primary key (erasure_id, room, kind)
);
create table erasure_proof (
    erasure_id bigint not null references erasure (id),
    thing      text not null,
    sha256     text not null,
    bytes      bigint,
    primary key (erasure_id, thing)
);

-- The audit log stays append-only, but for words that name somebody who is to be forgotten: the server says so within
-- the transaction, and an entry of the chain vouches for what stands there afterwards (core/audit).
create or replace function audit_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('cti.redacting', true) = 'yes' then
        return null;
    end if;
    raise exception 'the audit log is append-only';
end $$;
