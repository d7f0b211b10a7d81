-- Searches that somebody keeps under a name, and the roles with which he shares them.
create table recording_search (
    id         bigint generated always as identity primary key,
    owner_id   bigint not null references app_user (id) on delete cascade,
    name       text not null check (length(name) between 1 and 60),
    filters    jsonb not null check (jsonb_typeof(filters) = 'object'),
    roles      text[] not null default '{}',
    updated_at timestamptz not null default now()
);
comment on column recording_search.filters is 'what was typed; whoever opens it searches with his own rights';
create unique index recording_search_name on recording_search (owner_id, lower(name));
create index recording_search_shared on recording_search using gin (roles);
