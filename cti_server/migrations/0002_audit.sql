-- Who did what to whom, for ever: rows can only be added, and each carries the hash of the one before it,
-- so that a removed or altered row shows.
create table audit_entry (
    id      bigint primary key,
    at      timestamptz not null,
    user_id bigint,
    login   text not null,
    address text not null,
    action  text not null,
    subject text not null,
    details jsonb not null,
    hash    bytea not null check (length(hash) = 32)
);
create index audit_entry_action on audit_entry (action, id);

-- One row: the end of the chain. It is locked while an entry is added, which puts entries in one order.
create table audit_head (
    only_one boolean primary key default true check (only_one),
    id       bigint not null,
    hash     bytea not null
);
insert into audit_head (id, hash) values (0, decode(repeat('00', 32), 'hex'));

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end $$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_is_append_only();
