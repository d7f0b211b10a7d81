"""The only SQL of flows' figures."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_BEGAN = """
insert into flow_call (pbx, uniqueid, linkedid, did, flow, version, number_key, began_at)
select pbx, uniqueid, linkedid, did, flow, version, number_key, to_timestamp(at)
from jsonb_to_recordset($1::jsonb) as r(pbx text, uniqueid text, linkedid text, did text, flow text, version integer,
    number_key text, at float8)
on conflict do nothing
"""
_PASSED = """
with new as (
    insert into flow_visit (pbx, uniqueid, n, flow, version, node, kind, exit, at, seconds)
    select pbx, uniqueid, n, flow, version, node, kind, exit, to_timestamp(at), seconds
    from jsonb_to_recordset($1::jsonb) as r(pbx text, uniqueid text, n integer, flow text, version integer, node text,
        kind text, exit text, at float8, seconds float8)
    on conflict do nothing
    returning flow, version, node, kind, exit, date_trunc('hour', at) as hour, seconds
)
insert into flow_node_hour as kept (flow, version, node, exit, hour, kind, count, seconds)
select flow, version, node, exit, hour, min(kind), count(*), sum(seconds) from new
group by flow, version, node, exit, hour
on conflict (flow, hour, version, node, exit) do update set
    count = kept.count + excluded.count, seconds = kept.seconds + excluded.seconds
"""
_ENDED = """
update flow_call c set ended_at = to_timestamp(r.at), outcome = r.outcome
from jsonb_to_recordset($1::jsonb) as r(pbx text, uniqueid text, outcome text, at float8)
where c.pbx = r.pbx and c.uniqueid = r.uniqueid and c.ended_at is null
"""

_LOST = """
update flow_call set ended_at = to_timestamp($1), outcome = 'lost'
where ended_at is null and began_at < to_timestamp($1)
"""


async def write_rows(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal. A row that comes twice counts once: the sums grow only by visits that are new."""
    began = [row for row in rows if row["what"] == "began"]
    visits = [visit for row in rows if row["what"] == "passed" for visit in row["visits"]]
    ended = [row for row in rows if row["what"] == "ended"]
    for row in rows:
        if row["what"] == "lost":
            await connection.execute(_LOST, row["at"])
    if began:
        await connection.execute(_BEGAN, json.dumps(began))
    if visits:
        await connection.execute(_PASSED, json.dumps(visits))
    if ended:
        await connection.execute(_ENDED, json.dumps(ended))


# Whole hours from the sums, what is left at both ends from the visits themselves: exact, and quick over months.
_NODES = """
with bounds as (
    select to_timestamp($3) as since, to_timestamp($4) as until,
        date_trunc('hour', to_timestamp($3) + interval '1 hour' - interval '1 microsecond') as first,
        date_trunc('hour', to_timestamp($4)) as last
), edges as (
    select since as begins, least(first, until) as ends from bounds
    union all select greatest(last, first), until from bounds where last >= first
), passed as (
    select node, exit, kind, count, seconds from flow_node_hour, bounds
    where flow = $1 and ($2::int is null or version = $2) and hour >= first and hour < last
    union all
    select node, exit, kind, 1, seconds from flow_visit join edges on at >= begins and at < ends
    where flow = $1 and ($2::int is null or version = $2)
)
select node, exit, max(kind) as kind, sum(count)::bigint as count, sum(seconds)::float8 as seconds from passed
group by node, exit
"""


async def nodes(db: "Database", flow: str, version: int | None, since: float, until: float) -> list[Any]:
    """Sums by node and exit of what was passed from `since` until before `until`. Raises Unavailable."""
    return await db.fetch(_NODES, flow, version, since, until)


async def days(db: "Database", flow: str, version: int | None, since: float, until: float, zone: str) -> list[Any]:
    """Calls by day (YYYY-MM-DD in this zone) and outcome, null: still going. Raises Unavailable."""
    return await db.fetch(
        "select to_char(began_at at time zone $5, 'YYYY-MM-DD') as day, outcome, count(*)::bigint as count"
        " from flow_call where flow = $1 and ($2::int is null or version = $2)"
        " and began_at >= to_timestamp($3) and began_at < to_timestamp($4) group by 1, 2 order by 1",
        flow,
        version,
        since,
        until,
        zone,
    )


async def calls(db: "Database", flow: str, version: int | None, since: float, until: float) -> list[Any]:
    """Calls by outcome (null: still going), how many repeated, how many showed a number. Raises Unavailable."""
    return await db.fetch(
        "select r.outcome, count(*)::bigint as count, count(*) filter (where r.repeated)::bigint as repeated,"
        " count(*) filter (where c.number_key <> '')::bigint as shown"
        " from report_routing_call r join flow_call c using (pbx, uniqueid)"
        " where r.flow = $1 and ($2::int is null or r.version = $2)"
        " and r.began_at >= to_timestamp($3) and r.began_at < to_timestamp($4) group by r.outcome",
        flow,
        version,
        since,
        until,
    )


async def path(db: "Database", pbx: str, linkedid: str) -> list[Any]:
    """The nodes that a call passed, in order. Raises Unavailable."""
    return await db.fetch(
        "select v.flow, v.version, v.node, v.kind, v.exit, extract(epoch from v.at)::float8 as at, v.seconds"
        " from flow_call c join flow_visit v using (pbx, uniqueid) where c.pbx = $1 and c.linkedid = $2"
        " order by v.at, v.n",
        pbx,
        linkedid,
    )


async def document(db: "Database", flow: str, version: int) -> str | None:
    """The document of a version, None when there is none. Raises Unavailable."""
    found = await db.fetchval("select document::text from flow_version where flow = $1 and version = $2", flow, version)
    return None if found is None else str(found)
