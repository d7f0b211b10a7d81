-- What callers hear. The sound itself lies in files beside Asterisk; here is what there is, and every version of it.
create table prompt (
    id         bigint generated always as identity primary key,
    name       text not null,
    label      text not null default '',
    created_at timestamptz not null default now(),
    created_by bigint,
    deleted_at timestamptz
);
comment on column prompt.deleted_at is 'its files stay a day longer, because a running call may still come to it';
create unique index prompt_one_name on prompt (lower(name)) where deleted_at is null;

create table prompt_audio (
    prompt_id  bigint not null references prompt (id) on delete cascade,
    language   text not null check (language in ('zh-CN', 'en')),
    version    integer not null,
    source     text not null check (source in ('upload', 'recording', 'speech')),
    file_name  text not null default '',
    text       text not null default '',
    seconds    double precision not null,
    gain       double precision not null,
    created_at timestamptz not null default now(),
    created_by bigint,
    primary key (prompt_id, language, version)
);
comment on column prompt_audio.gain is 'decibels by which it was made louder or softer';
