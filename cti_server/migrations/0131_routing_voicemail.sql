-- Messages for a queue. The row stands when the tone sounds; the file is taken in when the caller has finished or hung up.
create sequence voicemail_revision;

create table voicemail (
    id          bigint generated always as identity primary key,
    revision    bigint not null default nextval('voicemail_revision'),
    state       text not null default 'recording'
                check (state in ('recording', 'open', 'claimed', 'done', 'dismissed', 'empty', 'deleted')),
    pbx         text not null,
    file        text not null,
    linkedid    text not null,
    uniqueid    text not null,
    queue       text not null,
    number      text not null default '',
    did         text not null default '',
    began_at    timestamptz not null,
    seconds     double precision,
    size        bigint,
    object      text,
    heard_at    timestamptz,
    claimed_by  bigint,
    claimed_at  timestamptz,
    ended_at    timestamptz,
    ended_by    bigint,
    reason      text not null default '',
    constraint voicemail_once unique (pbx, file)
);
comment on column voicemail.heard_at is 'when somebody listened first; null: new';
create index voicemail_by_state on voicemail (state, id desc);
create index voicemail_by_revision on voicemail (revision);
create index voicemail_by_call on voicemail (pbx, linkedid);

create view report_routing_voicemail as
select id, pbx, linkedid, queue, state, number, began_at, seconds, heard_at, ended_at, ended_by
from voicemail where state not in ('recording', 'empty');
