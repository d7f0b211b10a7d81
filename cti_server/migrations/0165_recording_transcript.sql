-- What was said, where the site has it transcribed. One row for each recording that is to be, from its filing on; the row is
-- also the job: a worker takes it for some time, and when it dies the row is free again. It goes when the recording goes.
create table recording_transcript (
    recording_id  bigint primary key references recording (id) on delete cascade,
    state         text not null default 'waiting' check (state in ('waiting', 'ready', 'failed')),
    reason        text not null default '',
    language      text not null,
    engine        text not null default '',
    lines         jsonb not null default '[]',
    words         tsvector,
    made_at       timestamptz not null default now(),
    done_at       timestamptz,
    claimed_until timestamptz,
    claimed_by    text not null default '',
    attempts      integer not null default 0
);
comment on column recording_transcript.lines is '[{side, from_seconds, to_seconds, text}] in order of time';
create index recording_transcript_waiting on recording_transcript (made_at) where state = 'waiting';
create index recording_transcript_words on recording_transcript using gin (words);
