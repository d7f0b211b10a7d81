-- What happens to callers: drafts, every published version for ever, which number follows which flow, and the named things
-- outside of flows (calendars, emergency switches, lists of callers).
create table flow (
    key        text primary key,
    draft      json not null,
    revision   bigint not null default 1,
    draft_by   bigint not null,
    draft_at   timestamptz not null default now(),
    published  integer,
    created_at timestamptz not null default now()
);
comment on column flow.draft is 'json and not jsonb: the order of nodes is the author''s';
comment on column flow.revision is 'rises with each change; who saves must name the one he has seen';

create table flow_version (
    flow         text not null references flow (key) on delete cascade,
    version      integer not null,
    document     json not null,
    note         text not null,
    published_by bigint not null,
    published_at timestamptz not null default now(),
    primary key (flow, version)
);

create table flow_number (
    did        text primary key,
    flow       text not null references flow (key) on delete restrict,
    set_by     bigint not null,
    set_at     timestamptz not null default now()
);

create table flow_named (
    kind       text not null check (kind in ('calendar', 'switch', 'list')),
    name       text not null,
    label      text not null,
    value      json not null,
    revision   bigint not null default 1,
    changed_by bigint not null,
    changed_at timestamptz not null default now(),
    primary key (kind, name)
);

create table flow_listed (
    list       text not null,
    number_key text not null,
    number     text not null,
    note       text not null,
    expires_at timestamptz,
    added_by   bigint not null,
    added_at   timestamptz not null default now(),
    primary key (list, number_key)
);
create index flow_listed_by_number on flow_listed (number_key);
