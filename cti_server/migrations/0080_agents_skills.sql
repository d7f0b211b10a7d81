-- What each agent can do, and how well; routing reads it.
create table agent_skill (
    user_id bigint not null references app_user (id) on delete cascade,
    skill   text not null check (skill <> ''),
    level   smallint not null check (level between 1 and 5),
    primary key (user_id, skill)
);
comment on column agent_skill.level is '1: a little … 5: very well';
create index agent_skill_by_skill on agent_skill (skill, level);
