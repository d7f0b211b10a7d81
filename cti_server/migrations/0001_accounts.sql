-- People who may sign in, and their sessions. A session is known by the hash of its token only.
create table app_user (
    id                   bigint generated always as identity primary key,
    login                text not null check (length(login) between 1 and 64 and login = lower(login)),
    name                 text not null check (length(name) between 1 and 100),
    roles                text[] not null check (roles <@ array['agent', 'supervisor', 'qa', 'admin'] and cardinality(roles) > 0),
    language             text not null default '' check (language in ('', 'zh-CN', 'en')),
    password_hash        text,
    must_change_password boolean not null default false,
    disabled_at          timestamptz,
    created_at           timestamptz not null default now(),
    constraint app_user_login_taken unique (login)
);

create table user_session (
    id           bigint generated always as identity primary key,
    token_hash   bytea not null unique check (length(token_hash) = 32),
    user_id      bigint not null references app_user (id),
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    ended_at     timestamptz,
    ended_reason text,
    address      text not null,
    user_agent   text not null
);
create index user_session_open on user_session (user_id) where ended_at is null;

-- A link that lets whoever holds it make the first admin, once.
create table setup_link (
    token_hash bytea primary key check (length(token_hash) = 32),
    expires_at timestamptz not null,
    used_at    timestamptz
);
