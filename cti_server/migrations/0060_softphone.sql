-- Which browser phone may sign in at a PBX now, and for which session. The password itself is kept nowhere here.
create table softphone_key (
    pbx        text not null check (pbx <> ''),
    device     text not null check (device <> ''),
    key        text not null check (key <> ''),
    user_id    bigint not null,
    session_id bigint not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null,
    passed_at  timestamptz,
    primary key (pbx, device)
);
comment on table softphone_key is 'no references: a row of the journal must never be refused';
comment on column softphone_key.key is 'the SIP user name of this session''s phone';
comment on column softphone_key.passed_at is 'when the check of microphone, sound and network was passed with this key';

-- How the audio of a browser phone was, one row for each of its calls (one leg of one call). Milliseconds.
create table softphone_quality (
    id               bigint generated always as identity primary key,
    pbx              text not null,
    device           text not null,
    user_id          bigint not null,
    sip_call_id      text not null,
    call_id          text,
    leg_id           text,
    started_at       timestamptz not null,
    updated_at       timestamptz not null,
    final            boolean not null,
    samples          integer not null check (samples > 0),
    packets_received bigint not null,
    packets_lost     bigint not null,
    packets_sent     bigint not null,
    remote_lost      bigint,
    jitter_ms        double precision not null,
    jitter_ms_max    double precision not null,
    rtt_ms           double precision,
    rtt_ms_max       double precision,
    codec            text not null,
    constraint softphone_quality_once unique (pbx, device, sip_call_id)
);
comment on column softphone_quality.call_id is '<pbx>:<Linkedid>, when the live model knew the call; leg_id is the Uniqueid';
comment on column softphone_quality.packets_lost is 'lost on the way to the agent; remote_lost: on the way from him, as the PBX told';
comment on column softphone_quality.jitter_ms is 'the mean of the samples';
create index softphone_quality_by_call on softphone_quality (call_id) where call_id is not null;
create index softphone_quality_by_time on softphone_quality (started_at);

create view report_softphone_quality as
select pbx, device, user_id, call_id, leg_id, started_at, updated_at, final, packets_received, packets_lost, packets_sent,
       remote_lost, jitter_ms, jitter_ms_max, rtt_ms, rtt_ms_max, codec,
       case when packets_received + packets_lost > 0
            then packets_lost::double precision / (packets_received + packets_lost) end as loss
from softphone_quality;
