-- What callers do in flows: one row per call and per node passed, and sums by the hour from which people's figures come.
create table flow_call (
    pbx        text not null,
    uniqueid   text not null,
    linkedid   text not null,
    did        text not null,
    flow       text not null,
    version    integer not null,
    number_key text not null,
    began_at   timestamptz not null,
    ended_at   timestamptz,
    outcome    text,
    primary key (pbx, uniqueid)
);
create index flow_call_by_time on flow_call (flow, began_at);
create index flow_call_by_number on flow_call (number_key, began_at) where number_key <> '';
create index flow_call_by_linkedid on flow_call (pbx, linkedid);

create table flow_visit (
    pbx      text not null,
    uniqueid text not null,
    n        integer not null,
    flow     text not null,
    version  integer not null,
    node     text not null,
    kind     text not null,
    exit     text not null,
    at       timestamptz not null,
    seconds  double precision not null,
    primary key (pbx, uniqueid, n)
);
create index flow_visit_by_time on flow_visit (at);

create table flow_node_hour (
    flow    text not null,
    version integer not null,
    node    text not null,
    exit    text not null,
    hour    timestamptz not null,
    kind    text not null,
    count   bigint not null,
    seconds double precision not null,
    primary key (flow, hour, version, node, exit)
);

create view report_routing_node as
select flow, version, node, kind, exit, hour, count, seconds from flow_node_hour;

-- `repeated`: the same number had called the same flow in the 24 hours before.
create view report_routing_call as
select c.pbx, c.uniqueid, c.linkedid, c.did, c.flow, c.version, c.began_at, c.ended_at, c.outcome,
       extract(epoch from c.ended_at - c.began_at)::double precision as seconds,
       c.number_key <> '' and exists (select 1 from flow_call b where b.number_key = c.number_key and b.flow = c.flow
           and b.began_at < c.began_at and b.began_at >= c.began_at - interval '24 hours') as repeated
from flow_call c;
