-- Recordings. One row for each that the PBX began, for ever: what is deleted leaves its row with the hash of what it was.
-- What a search asks about the call is copied here when the recording is filed, so that a search reads one table.
create table recording (
    id              bigint generated always as identity primary key,
    pbx             text not null,
    name            text not null,
    linkedid        text not null,
    uniqueid        text not null,
    started_at      timestamptz not null,
    stopped_at      timestamptz,
    state           text not null default 'recording'
                    check (state in ('recording', 'waiting', 'ready', 'failed', 'dropped', 'deleted')),
    reason          text not null default '',
    notes           text[] not null default '{}',
    verdict         text not null default '',
    consent         text not null default '',
    seconds         double precision,
    size            bigint,
    object          text,
    sha256          text not null default '',
    sha256_customer text not null default '',
    sha256_agent    text not null default '',
    peaks           bytea,
    peak_seconds    double precision,
    filed_at        timestamptz,
    call_id         bigint,
    direction       text not null default '',
    number          text not null default '',
    number_key      text not null default '',
    customer_id     bigint,
    customer_name   text,
    dialled         text not null default '',
    queue           text,
    outcome         text,
    call_seconds    double precision,
    wait_seconds    double precision,
    talk_seconds    double precision,
    held_seconds    double precision,
    devices         text[] not null default '{}',
    talk_customer   real,
    talk_agent      real,
    silence         real,
    longest_silence real,
    talk_over       real,
    agent_share     real,
    loud_customer   real,
    loud_agent      real,
    rate_customer   real,
    rate_agent      real,
    cut_in_customer integer,
    cut_in_agent    integer,
    tags            text[] not null default '{}',
    hold            text not null default '',
    delete_after    timestamptz,
    deleted_at      timestamptz,
    constraint recording_once unique (pbx, name)
);
comment on column recording.name is 'of the PBX''s two files, without -r.wav and -t.wav';
comment on column recording.verdict is 'what the rules said while the call lived: keep, drop, demand (not asked for yet); empty: not asked';
comment on column recording.hold is 'why it must not be deleted (legal hold); empty: it may';
create index recording_by_time on recording (started_at desc, id desc) where state not in ('dropped', 'deleted');
create index recording_by_queue on recording (queue, started_at desc, id desc);
create index recording_by_number on recording (number_key text_pattern_ops, started_at desc);
create index recording_by_customer on recording (customer_id, started_at desc) where customer_id is not null;
create index recording_by_call on recording (pbx, linkedid);
create index recording_by_filed_call on recording (call_id) where call_id is not null;
create index recording_by_tag on recording using gin (tags);
create index recording_by_silence on recording (longest_silence desc) where state = 'ready';
create index recording_by_talk_over on recording (talk_over desc) where state = 'ready';
create index recording_open on recording (pbx, name) where state in ('recording', 'waiting');
create index recording_to_delete on recording (delete_after) where state = 'ready' and hold = '';
do $$
begin
    create index recording_by_part_of_number on recording using gin (number_key gin_trgm_ops);
exception when others then
    raise notice 'pg_trgm cannot be had (%): searching by a part of a number will be slower', sqlerrm;
end $$;

create table recording_agent (
    user_id      bigint not null,
    started_at   timestamptz not null,
    recording_id bigint not null references recording (id) on delete cascade,
    primary key (user_id, started_at, recording_id)
);
create index recording_agent_of on recording_agent (recording_id);

-- What happened on the recording: paused, resumed, asked for. `at` is the time of the PBX.
create table recording_mark (
    pbx     text not null,
    name    text not null,
    at      timestamptz not null,
    kind    text not null,
    user_id bigint,
    primary key (pbx, name, at, kind)
);

create table recording_note (
    id           bigint generated always as identity primary key,
    recording_id bigint not null references recording (id) on delete cascade,
    at_seconds   double precision not null check (at_seconds >= 0),
    user_id      bigint not null,
    text         text not null,
    written_at   timestamptz not null default now()
);
create index recording_note_of on recording_note (recording_id, at_seconds);

-- What is still to be filed. A worker takes a row for some time; when it dies the row is free again.
create table recording_job (
    recording_id  bigint primary key references recording (id) on delete cascade,
    made_at       timestamptz not null default now(),
    due_at        timestamptz not null default now(),
    claimed_until timestamptz,
    claimed_by    text not null default '',
    attempts      integer not null default 0,
    last_error    text not null default ''
);
create index recording_job_due on recording_job (due_at);

-- Which calls are recorded, and how long they are kept.
create table recording_rule (
    n       integer primary key,
    kind    text not null check (kind in ('record', 'keep')),
    scope   text not null,
    name    text not null,
    mode    text not null default '',
    share   double precision,
    days    integer
);

-- What the filing of recordings reads of a call and of its parts.
create view recording_call as
select c.id, c.pbx, c.linkedid, c.merged_into, c.direction, c.number, c.number_key, c.customer_id, c.customer_name,
       c.dialled, c.queue, c.outcome, c.started_at, c.ended_at, c.wait_seconds, c.talk_seconds, c.held_seconds
from call c;
create view recording_call_part as
select call_id, n, kind, queue, device, user_id, uniqueid, started_at, ended_at, result, held_seconds from call_segment;
create view recording_call_leg as
select call_id, uniqueid, started_at, answered_at, ended_at from call_leg;
