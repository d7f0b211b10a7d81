-- Surveys after the call. A question that was asked stands with a null value until it is answered, so that the share of
-- callers who answer can be told.
create table survey (
    key        text primary key check (key <> ''),
    title      text not null,
    share      integer not null check (share between 0 and 100),
    queues     jsonb not null default '{}' check (jsonb_typeof(queues) = 'object'),
    questions  jsonb not null check (jsonb_typeof(questions) = 'array'),
    active     boolean not null default true,
    revision   integer not null default 1,
    changed_by bigint,
    changed_at timestamptz not null default now()
);
comment on column survey.share is 'per cent of calls that are asked';
comment on column survey.queues is 'queue -> another share for it';

create table survey_answer (
    pbx      text not null,
    linkedid text not null,
    survey   text not null,
    question integer not null check (question >= 0),
    kind     text not null check (kind in ('csat', 'nps')),
    label    text not null default '',
    queue    text,
    user_id  bigint,
    language text not null default '',
    asked_at timestamptz not null,
    value    integer check (value between 0 and 10),
    primary key (pbx, linkedid, survey, question)
);
create index survey_answer_by_time on survey_answer (asked_at);

create view report_routing_survey as
select pbx, linkedid, survey, question, kind, label, queue, user_id, language, asked_at, value,
       case when kind = 'csat' and value is not null then value >= 4 end as satisfied,
       case when kind = 'nps' and value is not null
            then case when value >= 9 then 1 when value <= 6 then -1 else 0 end end as promotes
from survey_answer;
