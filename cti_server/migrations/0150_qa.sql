-- Quality. A form is a draft until it is published; a version never changes, so that an old score keeps its form.
create table qa_form (
    id         bigint generated always as identity primary key,
    name       text not null check (length(name) between 1 and 100),
    draft      jsonb,
    revision   integer not null default 1,
    retired    boolean not null default false,
    created_at timestamptz not null default now(),
    created_by bigint not null
);
create table qa_form_version (
    id           bigint generated always as identity primary key,
    form_id      bigint not null references qa_form (id),
    version      integer not null,
    document     jsonb not null,
    published_at timestamptz not null default now(),
    published_by bigint not null,
    unique (form_id, version)
);

-- Which calls are to be scored. `rules` as the plan's JSON; `why` says how a call came to be drawn.
create table qa_plan (
    id         bigint generated always as identity primary key,
    name       text not null check (length(name) between 1 and 100),
    form_id    bigint not null references qa_form (id),
    rules      jsonb not null,
    active     boolean not null default true,
    created_at timestamptz not null default now(),
    created_by bigint not null
);
create table qa_task (
    id           bigint generated always as identity primary key,
    plan_id      bigint not null references qa_plan (id),
    week         date not null,
    subject_kind text not null,
    subject_id   text not null,
    agent_id     bigint not null,
    queue        text,
    subject_at   timestamptz not null,
    seconds      double precision,
    why          jsonb not null,
    state        text not null default 'open' check (state in ('open', 'claimed', 'done')),
    claimed_by   bigint,
    claimed_at   timestamptz,
    done_at      timestamptz,
    drawn_at     timestamptz not null default now(),
    unique (plan_id, subject_kind, subject_id, agent_id)
);
create index qa_task_open on qa_task (state, drawn_at desc);
create index qa_task_of_grader on qa_task (claimed_by, week);

create table qa_calibration (
    id         bigint generated always as identity primary key,
    title      text not null check (length(title) between 1 and 200),
    version_id bigint not null references qa_form_version (id),
    subject_kind text not null,
    subject_id text not null,
    agent_id   bigint not null,
    master_id  bigint not null,
    state      text not null default 'open' check (state in ('open', 'closed')),
    created_at timestamptz not null default now(),
    created_by bigint not null,
    closed_at  timestamptz
);
create table qa_calibration_grader (
    calibration_id bigint not null references qa_calibration (id) on delete cascade,
    user_id        bigint not null,
    primary key (calibration_id, user_id)
);

-- A scored form. The subject need not be a call: kind and id name it. `ref_id`: the evaluation that is re-checked, or
-- the calibration.
create table qa_evaluation (
    id            bigint generated always as identity primary key,
    purpose       text not null check (purpose in ('score', 'recheck', 'calibration')),
    ref_id        bigint,
    task_id       bigint references qa_task (id),
    subject_kind  text not null,
    subject_id    text not null,
    agent_id      bigint not null,
    team          text not null default '',
    queue         text,
    subject_at    timestamptz not null,
    seconds       double precision,
    version_id    bigint not null references qa_form_version (id),
    grader_id     bigint not null,
    blind         boolean not null default false,
    state         text not null default 'draft' check (state in ('draft', 'submitted', 'acknowledged', 'disputed')),
    answers       jsonb not null default '{}',
    comment       text not null default '',
    score         double precision,
    failed        text[] not null default '{}',
    version       integer not null default 1,
    revision      integer not null default 0,
    created_at    timestamptz not null default now(),
    saved_at      timestamptz not null default now(),
    submitted_at  timestamptz,
    dispute_until timestamptz,
    seen_at       timestamptz,
    acknowledged_at timestamptz
);
comment on column qa_evaluation.version is 'counts every saving, so that two open pages never overwrite one another';
comment on column qa_evaluation.revision is 'counts what was submitted: 1, then one more for each change with its reason';
create unique index qa_evaluation_once
    on qa_evaluation (purpose, subject_kind, subject_id, agent_id, grader_id, coalesce(ref_id, 0));
create index qa_evaluation_newest on qa_evaluation (id desc) where state <> 'draft';
create index qa_evaluation_of_agent on qa_evaluation (agent_id, submitted_at desc);
create index qa_evaluation_of_subject on qa_evaluation (subject_kind, subject_id);
create index qa_evaluation_ref on qa_evaluation (purpose, ref_id) where ref_id is not null;

create table qa_revision (
    evaluation_id bigint not null references qa_evaluation (id),
    revision      integer not null,
    at            timestamptz not null default now(),
    user_id       bigint not null,
    reason        text not null default '',
    answers       jsonb not null,
    comment       text not null,
    score         double precision,
    failed        text[] not null,
    primary key (evaluation_id, revision)
);
-- The answers of the newest revision, one row for each question that counts, for reports.
create table qa_answer (
    evaluation_id bigint not null references qa_evaluation (id),
    question      text not null,
    label         text not null,
    weight        double precision not null,
    share         double precision,
    na            boolean not null,
    failed        boolean not null,
    primary key (evaluation_id, question)
);

create table qa_dispute (
    id            bigint generated always as identity primary key,
    evaluation_id bigint not null references qa_evaluation (id),
    round         integer not null,
    at            timestamptz not null default now(),
    text          text not null,
    question      text not null default '',
    verdict       text not null default '' check (verdict in ('', 'upheld', 'changed')),
    answer        text not null default '',
    answered_at   timestamptz,
    answered_by   bigint,
    unique (evaluation_id, round)
);
comment on column qa_dispute.verdict is 'upheld: the score stays; changed: a new revision or a re-check took its place';
create table qa_coaching (
    id            bigint generated always as identity primary key,
    evaluation_id bigint not null references qa_evaluation (id),
    agent_id      bigint not null,
    question      text not null default '',
    text          text not null,
    due           date,
    created_at    timestamptz not null default now(),
    created_by    bigint not null,
    done_at       timestamptz,
    done_by       bigint
);
create index qa_coaching_of on qa_coaching (agent_id, done_at);
create table qa_library (
    evaluation_id bigint primary key references qa_evaluation (id),
    title         text not null,
    consent       text not null default 'asked' check (consent in ('asked', 'given', 'refused')),
    created_at    timestamptz not null default now(),
    created_by    bigint not null,
    decided_at    timestamptz
);

-- From which calls plans draw: one row for each agent of a recording that can be heard.
create view qa_candidate as
select r.id as recording_id, a.user_id as agent_id, r.queue, r.outcome, r.direction, r.started_at, r.seconds,
       r.longest_silence,
       r.tags && array['low-csat', '低满意度'] as low_csat,
       r.tags && array['complaint', '投诉'] or exists (select 1 from interaction i
           where i.call_id = r.pbx || ':' || r.linkedid and i.outcome_code = 'complaint') as complaint,
       (select min(f.started_at) from recording_agent f where f.user_id = a.user_id) as first_at
from recording r join recording_agent a on a.recording_id = r.id
where r.state = 'ready';

create view qa_grader as
select id, name from app_user where disabled_at is null and roles && array['supervisor', 'qa', 'admin'];

create view report_qa_evaluation as
select e.id, e.agent_id, e.team, e.queue, e.grader_id, e.submitted_at, e.subject_at, e.subject_kind, e.subject_id,
       f.form_id, e.score as first_score, coalesce(again.score, e.score) as score,
       cardinality(coalesce(again.failed, e.failed)) > 0 as failed, again.score is not null as rechecked,
       coalesce(again.id, e.id) as final_id,
       e.state = 'acknowledged' as acknowledged,
       exists (select 1 from qa_dispute d where d.evaluation_id = e.id) as disputed,
       exists (select 1 from qa_dispute d where d.evaluation_id = e.id and d.verdict = 'changed') as changed
from qa_evaluation e
join qa_form_version f on f.id = e.version_id
left join lateral (select r.id, r.score, r.failed from qa_evaluation r where r.purpose = 'recheck' and r.ref_id = e.id
    and r.state <> 'draft' order by r.submitted_at desc limit 1) again on true
where e.purpose = 'score' and e.state <> 'draft';
create view report_qa_answer as
select a.question, a.label, a.weight, a.share, a.na, a.failed as question_failed, e.*
from qa_answer a join report_qa_evaluation e on e.final_id = a.evaluation_id;
