-- A member's own penalty is from 0 to 99: what is above is the ranking of the queue's rules.
update agent_profile p set queues = (
    select jsonb_agg(jsonb_set(place, '{penalty}', to_jsonb(least((place ->> 'penalty')::integer, 99))) order by n)
    from jsonb_array_elements(p.queues) with ordinality as each (place, n)
)
where exists (
    select 1 from jsonb_array_elements(p.queues) as place where (place ->> 'penalty')::integer > 99
);
