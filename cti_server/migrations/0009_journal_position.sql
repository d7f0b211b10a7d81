-- How far each server's local journal has been written here. It moves in the same transaction as the rows, so that
-- each row is written once however often a batch is tried. A journal is known by the id file in its folder.
create table journal_position (
    journal    text primary key check (length(journal) between 1 and 64),
    position   bigint not null check (position >= 0),
    written_at timestamptz not null default now()
);
