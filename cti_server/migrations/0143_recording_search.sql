-- A part of a customer's name, and who has the extension, are asked for over millions of rows.
create index recording_by_device on recording using gin (devices);
do $$
begin
    create index recording_by_part_of_customer on recording using gin (lower(customer_name) gin_trgm_ops)
        where customer_name is not null;
exception when others then
    raise notice 'pg_trgm cannot be had (%): searching by a part of a name will be slower', sqlerrm;
end $$;
