-- Searching ten million recordings by filters that fit few. Both orders of the list carry what is filtered most, so that
-- rows that do not fit are passed over within the index (recording/finding); figures beyond what is common have an index
-- of their own.
drop index recording_by_time;
drop index recording_by_queue;
drop index recording_by_silence;
drop index recording_by_talk_over;
create index recording_by_time on recording (started_at desc, id desc)
    include (state, queue, direction, outcome, seconds, held_seconds, longest_silence, talk_over, number_key)
    where state not in ('dropped', 'deleted');
create index recording_by_queue on recording (queue, started_at desc, id desc)
    include (state, direction, outcome, seconds, held_seconds, longest_silence, talk_over, number_key);
create index recording_by_direction on recording (direction, started_at desc, id desc) where direction <> 'inbound';
create index recording_by_outcome on recording (outcome, started_at desc, id desc) where outcome <> 'answered';
create index recording_by_state on recording (state, started_at desc, id desc) where state <> 'ready';
create index recording_by_length on recording (seconds);
create index recording_tagged on recording (started_at desc, id desc)
    include (tags, state, queue, direction, outcome, seconds, held_seconds, longest_silence, talk_over)
    where tags <> '{}';
create index recording_by_silence on recording (longest_silence)
    include (id, started_at, state, queue, direction, outcome, seconds, held_seconds, talk_over)
    where longest_silence >= 10;
create index recording_by_talk_over on recording (talk_over)
    include (id, started_at, state, queue, direction, outcome, seconds, held_seconds, longest_silence)
    where talk_over >= 5;
create index recording_by_hold on recording (held_seconds)
    include (id, started_at, state, queue, direction, outcome, seconds, longest_silence, talk_over)
    where held_seconds >= 30;
