-- Customers with their contacts, notes and interactions.
create extension if not exists pg_trgm;

create table customer (
    id         bigint generated always as identity primary key,
    name       text not null check (length(name) between 1 and 200),
    company    text not null default '' check (length(company) <= 200),
    tier       text not null default '' check (length(tier) <= 50),
    language   text not null default '' check (length(language) <= 20),
    -- new: made from a number that called, no person has looked at it yet
    status     text not null default 'known' check (status in ('new', 'known')),
    fields     jsonb not null default '{}' check (jsonb_typeof(fields) = 'object'),
    version    integer not null default 1,
    search     text generated always as (lower(name || ' ' || company)) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    updated_by bigint
);
create index customer_name_prefix on customer (lower(name) text_pattern_ops);
create index customer_company_prefix on customer (lower(company) text_pattern_ops);
create index customer_search on customer using gin (search gin_trgm_ops);

-- `value` is the one form of the number or address, by which callers are found. Several customers may share one.
create table contact (
    id          bigint generated always as identity primary key,
    customer_id bigint not null references customer (id) on delete cascade,
    kind        text not null check (kind in ('phone', 'email', 'wechat')),
    value       text not null check (length(value) between 1 and 200),
    display     text not null check (length(display) between 1 and 200),
    is_primary  boolean not null default false,
    unique (customer_id, kind, value)
);
create index contact_value on contact (value text_pattern_ops, kind) include (customer_id);
create index contact_value_end on contact (reverse(value) text_pattern_ops) where kind = 'phone';

create table note (
    id          bigint generated always as identity primary key,
    customer_id bigint not null references customer (id) on delete cascade,
    at          timestamptz not null default now(),
    user_id     bigint,
    author      text not null check (length(author) <= 100),
    text        text not null check (length(text) between 1 and 4000),
    open        boolean not null default true,
    changed_at  timestamptz not null default now()
);
create index note_customer on note (customer_id, open desc, at desc);

create table outcome (
    code     text primary key check (code ~ '^[a-zA-Z][a-zA-Z0-9_]{0,39}$'),
    label_zh text not null,
    label_en text not null,
    place    integer not null default 100,
    active   boolean not null default true
);
insert into outcome (code, label_zh, label_en, place) values
    ('resolved', '已解决', 'Resolved', 10),
    ('followUp', '待跟进', 'Follow-up needed', 20),
    ('callback', '需回电', 'Call back', 30),
    ('transferred', '已转接', 'Transferred', 40),
    ('complaint', '投诉', 'Complaint', 50),
    ('sale', '成交', 'Sale', 60),
    ('notInterested', '无意向', 'Not interested', 70),
    ('wrongNumber', '打错电话', 'Wrong number', 80),
    ('noSpeech', '无人说话', 'Nobody spoke', 90);

-- One row for each agent who talked in a call. `call_id` is `<pbx>:<Linkedid>`.
create table interaction (
    id           bigint generated always as identity primary key,
    customer_id  bigint not null references customer (id) on delete cascade,
    kind         text not null default 'call' check (kind in ('call', 'chat', 'mail', 'sms')),
    call_id      text not null check (length(call_id) between 1 and 200),
    user_id      bigint not null,
    agent_name   text not null default '',
    at           timestamptz not null,
    direction    text not null default 'inbound' check (direction in ('inbound', 'outbound', 'internal')),
    summary      text not null default '' check (length(summary) <= 4000),
    outcome_code text references outcome (code),
    unique (call_id, user_id)
);
create index interaction_customer on interaction (customer_id, at desc);

-- Who opened which full record, when and how.
create table customer_access (
    user_id     bigint not null,
    customer_id bigint not null,
    at          timestamptz not null,
    how         text not null check (how in ('open', 'pop', 'export')),
    primary key (user_id, customer_id, at, how)
);
create index customer_access_customer on customer_access (customer_id, at desc);

create view report_customers_interaction as
select i.id, i.customer_id, i.kind, i.call_id, i.user_id, i.at, i.direction, i.outcome_code, c.status as customer_status
  from interaction i join customer c on c.id = i.customer_id;
