-- Reports of quality over what graders do and over what is recorded.
create view report_qa_output as
select e.id, e.grader_id, e.agent_id, e.queue, e.purpose, e.submitted_at, e.seconds,
       extract(epoch from e.submitted_at - e.created_at)::float8 as taken, r.score, r.disputed, r.changed,
       case when r.rechecked then abs(r.first_score - r.score) end as off
from qa_evaluation e left join report_qa_evaluation r on r.id = e.id
where e.state <> 'draft' and e.submitted_at is not null;

-- One row for each agent of a recording that was made, whether it is kept still or not.
create view report_qa_recording as
select r.id, a.user_id as agent_id, r.queue, r.started_at, r.seconds, r.silence, r.talk_over, r.longest_silence,
       exists (select 1 from qa_evaluation e where e.subject_kind = 'recording' and e.subject_id = r.id::text
           and e.agent_id = a.user_id and e.purpose = 'score' and e.state <> 'draft') as scored
from recording r join recording_agent a on a.recording_id = r.id
where r.state in ('ready', 'deleted');
