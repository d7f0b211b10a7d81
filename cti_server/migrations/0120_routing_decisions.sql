-- Rules of each queue. Every version stays; the highest is in force.
create table queue_policy (
    pbx        text not null check (pbx <> ''),
    queue      text not null check (queue <> ''),
    version    integer not null check (version > 0),
    policy     jsonb not null check (jsonb_typeof(policy) = 'object'),
    changed_at timestamptz not null default now(),
    changed_by bigint,
    primary key (pbx, queue, version)
);

-- Why a call went where it went. Written through the journal; `(pbx, linkedid)` is the call.
create table routing_decision (
    id       bigint generated always as identity primary key,
    pbx      text not null,
    linkedid text not null,
    at       timestamptz not null,
    kind     text not null check (kind in ('queue', 'priority', 'preferred', 'ring', 'overflow', 'refused')),
    queue    text not null,
    result   text not null,
    reasons  jsonb not null,
    constraint routing_decision_once unique (pbx, linkedid, at, kind, queue)
);

-- How long we expected a caller to wait, and how long he did.
create table wait_estimate (
    pbx       text not null,
    linkedid  text not null,
    queue     text not null,
    joined_at timestamptz not null,
    position  integer not null,
    staffed   integer not null,
    expected  double precision not null,
    announced boolean not null default false,
    waited    double precision,
    answered  boolean,
    primary key (pbx, linkedid, queue, joined_at)
);
comment on column wait_estimate.expected is 'seconds; worked out when he joined';
comment on column wait_estimate.waited is 'seconds; null while he waits. Only answered callers tell how good the estimate was';
create index wait_estimate_by_time on wait_estimate (joined_at);

create view report_routing_wait_estimate as
select pbx, linkedid, queue, joined_at, position, staffed, expected, announced, waited, answered,
       expected - waited as error
from wait_estimate where waited is not null;
