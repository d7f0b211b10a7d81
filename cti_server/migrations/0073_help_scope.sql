-- A notice goes to nobody outside the scope that its sender had; empty lists limit nothing.
alter table help_notice
    add column scope_teams text[] not null default '{}',
    add column scope_queues text[] not null default '{}';

-- Messages are forgotten after a while.
create index help_message_by_age on help_message (sent_at);
