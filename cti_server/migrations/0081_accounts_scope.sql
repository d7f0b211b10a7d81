-- To which teams and queues a supervisor or QA is limited; empty: to none of them.
alter table app_user
    add column scope_teams text[] not null default '{}',
    add column scope_queues text[] not null default '{}';
