-- Waits in which a callback stood for somebody who had kept his place: nobody waited on the line, so whoever makes figures of
-- waits keeps them apart. `reached`: he was called and spoke with the agent; a result of noAnswer: an agent was there, he not.
-- Which calls are callbacks and which of their legs stands in the queue is told by how their names begin and end (live/words).
create or replace view report_calls_queue_segment as
select c.id as call_id, c.pbx, c.linkedid, c.direction, s.n, s.queue, s.started_at as entered_at, s.ended_at as left_at,
       s.result, extract(epoch from s.ended_at - s.started_at)::double precision as wait_seconds, s.exact,
       c.linkedid like 'cti-callback-%' and s.uniqueid is not distinct from c.linkedid || '-2' as callback,
       c.answered_at is not null as reached, s.uniqueid
from call_segment s join call c on c.id = s.call_id
where s.kind = 'queue' and s.queue is not null and c.outcome is distinct from 'merged';
