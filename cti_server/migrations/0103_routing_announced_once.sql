-- announce_every_seconds was kept in queue nodes and never followed: app_queue announces by the settings of the queue, not of a
-- call. It is no part of a flow any more; drafts and versions are rewritten with their keys in the order in which they stood.
create function pg_temp.announced_once(document json) returns json language sql as $$
    select json_object_agg(top.key, case when top.key <> 'nodes' then top.value else coalesce((
        select json_object_agg(node.key, coalesce((
            select json_object_agg(part.key, part.value order by part.n)
            from json_each(node.value) with ordinality as part(key, value, n)
            where part.key <> 'announce_every_seconds'
        ), '{}'::json) order by node.n)
        from json_each(top.value) with ordinality as node(key, value, n)
    ), '{}'::json) end order by top.n)
    from json_each(document) with ordinality as top(key, value, n)
$$;

update flow set draft = pg_temp.announced_once(draft) where draft::text like '%"announce_every_seconds"%';
update flow_version set document = pg_temp.announced_once(document)
where document::text like '%"announce_every_seconds"%';

drop function pg_temp.announced_once(json);
