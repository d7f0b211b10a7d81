-- Every call with its legs and segments. One row per thing for ever: a newer picture of a call (higher revision)
-- replaces an older one, never the other way round.
create table call (
    id            bigint generated always as identity primary key,
    pbx           text not null,
    linkedid      text not null,
    revision      bigint not null,
    state         text not null,
    direction     text not null,
    number        text not null,
    number_key    text not null,
    name          text not null,
    withheld      boolean not null,
    dialled       text not null,
    queue         text,
    started_at    timestamptz not null,
    answered_at   timestamptz,
    ended_at      timestamptz,
    outcome       text,
    wait_seconds  double precision not null,
    talk_seconds  double precision not null,
    held_seconds  double precision not null,
    data          jsonb not null,
    merged_into   text,
    exact         boolean not null,
    customer_id   bigint,
    customer_name text,
    recording     text,
    constraint call_once unique (pbx, linkedid)
);
comment on column call.number_key is 'digits by which the number is found, whatever way it was dialled';
comment on column call.wait_seconds is 'sum over the finished queue segments; talk_seconds over talk, without the holds';
comment on column call.exact is 'false when a part of the call happened while the link to the PBX was down';

create index call_by_time on call (started_at desc, id desc);
create index call_by_number on call (number_key text_pattern_ops, started_at desc);
create index call_by_customer on call (customer_id, started_at desc) where customer_id is not null;
create index call_by_outcome on call (outcome, started_at desc);
create index call_open on call (pbx) where ended_at is null;

-- A part of a number is found fast with trigrams; where the server does not offer them the search goes by time.
do $$
begin
    create extension if not exists pg_trgm;
    create index call_by_part_of_number on call using gin (number_key gin_trgm_ops);
exception when others then
    raise notice 'pg_trgm cannot be had (%): searching by a part of a number will be slower', sqlerrm;
end $$;

create table call_leg (
    call_id     bigint not null references call (id) on delete cascade,
    uniqueid    text not null,
    channel     text not null,
    device      text not null,
    role        text not null,
    state       text not null,
    number      text not null,
    name        text not null,
    started_at  timestamptz not null,
    answered_at timestamptz,
    ended_at    timestamptz,
    cause       integer,
    user_id     bigint,
    primary key (call_id, uniqueid)
);

create table call_segment (
    call_id      bigint not null references call (id) on delete cascade,
    n            integer not null,
    kind         text not null,
    queue        text,
    device       text,
    user_id      bigint,
    uniqueid     text,
    started_at   timestamptz not null,
    ended_at     timestamptz,
    result       text,
    held_seconds double precision not null,
    exact        boolean not null,
    primary key (call_id, n)
);
comment on column call_segment.user_id is 'whose device it was at that time';
create index call_segment_by_user on call_segment (user_id, started_at desc, call_id) where user_id is not null;
create index call_segment_by_queue on call_segment (queue, started_at desc, call_id) where queue is not null;
create index call_segment_by_time on call_segment (started_at) where kind = 'queue';

-- What reports may read. A consultation that was joined into another call is that call: it is no volume of its own, and
-- who sums up the agents' talk leaves out what is merged, for it is the hold of the call that was joined.
create view report_calls_queue_segment as
select c.id as call_id, c.pbx, c.linkedid, c.direction, s.n, s.queue, s.started_at as entered_at, s.ended_at as left_at,
       s.result, extract(epoch from s.ended_at - s.started_at)::double precision as wait_seconds, s.exact
from call_segment s join call c on c.id = s.call_id
where s.kind = 'queue' and s.queue is not null and c.outcome is distinct from 'merged';

create view report_calls_agent_segment as
select c.id as call_id, c.pbx, c.linkedid, c.direction, s.n, s.kind, s.queue, s.device, s.user_id, s.started_at, s.ended_at,
       s.result, extract(epoch from s.ended_at - s.started_at)::double precision as seconds, s.held_seconds, s.exact,
       c.outcome is not distinct from 'merged' as merged
from call_segment s join call c on c.id = s.call_id
where s.kind in ('ring', 'talk', 'conference') and s.device is not null;
