-- The range in which four of five waits should lie, and the minutes that a caller was told.
alter table wait_estimate add column low double precision, add column high double precision,
    add column told_minutes integer;
comment on column wait_estimate.low is 'seconds; with high the range in which four of five waits should lie';
comment on column wait_estimate.told_minutes is 'what he was told before he waited; three of four should wait no longer';

create or replace view report_routing_wait_estimate as
select pbx, linkedid, queue, joined_at, position, staffed, expected, announced, waited, answered,
       expected - waited as error, low, high, told_minutes
from wait_estimate where waited is not null;
