-- Plans draw by themselves each week; low satisfaction, complaints and new agents are known from what really happened.
alter table qa_plan add column scheduled_at timestamptz;
comment on column qa_plan.scheduled_at is 'since when the plan draws by its schedule; null: by hand alone';

-- One row for each week in which a plan drew by its schedule: the key is why it never does so twice.
create table qa_draw (
    plan_id    bigint not null references qa_plan (id),
    week       date not null,
    due_at     timestamptz not null,
    drawn_at   timestamptz not null,
    candidates integer not null,
    drawn      integer not null,
    primary key (plan_id, week)
);

drop view qa_candidate;
create view qa_candidate as
select r.id as recording_id, a.user_id as agent_id, r.queue, r.outcome, r.direction, r.started_at, r.seconds,
       r.longest_silence, r.tags && array['low-csat', '低满意度'] as low_csat,
       said.csat, coalesce(said.detractor, false) as detractor,
       r.tags && array['complaint', '投诉'] or exists (select 1 from report_customers_interaction i
           where i.call_id = r.pbx || ':' || r.linkedid and i.outcome_code = 'complaint') as complaint,
       least((select min(f.started_at) from recording_agent f where f.user_id = a.user_id),
             (select s.started_at from report_calls_agent_segment s where s.user_id = a.user_id and s.kind <> 'ring'
              order by s.started_at limit 1)) as first_at
from recording r join recording_agent a on a.recording_id = r.id
left join lateral (select min(s.value) filter (where s.kind = 'csat') as csat, bool_or(s.promotes = -1) as detractor
    from report_routing_survey s where s.pbx = r.pbx and s.linkedid = r.linkedid
    and (s.user_id is null or s.user_id = a.user_id)) said on true
where r.state = 'ready';
