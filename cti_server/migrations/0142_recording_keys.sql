-- The key of each sound that is sealed, wrapped under the site's master key. The master key is never in the database.
create table recording_key (
    recording_id bigint primary key references recording (id) on delete cascade,
    master       text not null,
    wrapped      bytea not null
);
comment on column recording_key.master is 'fingerprint of the master key under which it is wrapped';
