-- Where an agent sits: a site, a floor, a group of desks; shown to supervisors.
alter table agent_profile add column location text not null default '';
