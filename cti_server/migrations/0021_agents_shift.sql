-- Whether a profile without a shift of its own is a member of its queues all the time (sites with desk phones only).
alter table agent_profile add column always_on boolean not null default true;

-- Why an agent is away. The codes that the server itself uses are not in here.
create table agent_reason (
    code          text primary key check (code <> ''),
    zh            text not null,
    en            text not null,
    limit_seconds integer check (limit_seconds > 0),
    active        boolean not null default true,
    position      integer not null
);
comment on column agent_reason.limit_seconds is 'after which the agent and the supervisors are warned';
insert into agent_reason (code, zh, en, limit_seconds, active, position) values
    ('break', '小休', 'Break', 900, true, 1),
    ('lunch', '用餐', 'Lunch', 3600, true, 2),
    ('meeting', '会议', 'Meeting', null, true, 3),
    ('training', '培训', 'Training', null, true, 4),
    ('outbound', '外呼', 'Outbound calls', null, true, 5),
    ('other', '其他', 'Other', 900, true, 6);

-- After-call work of each queue; a queue without a row has the default.
create table queue_setting (
    pbx              text not null check (pbx <> ''),
    queue            text not null check (queue <> ''),
    acw_seconds      integer not null check (acw_seconds between 0 and 300),
    outcome_required boolean not null default false,
    primary key (pbx, queue)
);

-- The shift of each agent as the server last had it; written through the journal.
create table agent_duty (
    user_id      bigint primary key,
    pbx          text not null,
    device       text not null,
    queues       jsonb not null,
    state        text not null,
    reason       text not null,
    since        timestamptz not null,
    limit_at     timestamptz,
    overrun      boolean not null,
    missed       integer not null,
    next         jsonb,
    talk         jsonb,
    acw          jsonb,
    console      boolean not null
);
comment on table agent_duty is 'user_id without a reference: a row of the journal must never be refused';
