-- The keys of a user who has chosen his own; who has none works with the defaults of the consoles.
create table user_shortcut (
    user_id    bigint primary key references app_user (id) on delete cascade,
    keys       jsonb not null,
    updated_at timestamptz not null default now()
);
comment on column user_shortcut.keys is 'action -> key; an empty key: none';
