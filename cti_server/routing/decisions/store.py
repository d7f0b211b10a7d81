"""The only SQL of decisions."""

import json
from typing import TYPE_CHECKING, Any

from cti_server.routing.decisions.model import DecisionJson, ErrorsJson, QueueKey, Reason
from cti_server.routing.decisions.policy import Policy, VersionJson, decoded, encoded

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_WRITE_DECISIONS = """
insert into routing_decision (pbx, linkedid, at, kind, queue, result, reasons)
select pbx, linkedid, to_timestamp(at), kind, queue, result, reasons
from jsonb_to_recordset($1::jsonb) as r(pbx text, linkedid text, at float8, kind text, queue text, result text,
    reasons jsonb)
on conflict on constraint routing_decision_once do nothing
"""
_WRITE_ESTIMATES = """
insert into wait_estimate as kept (pbx, linkedid, queue, joined_at, position, staffed, expected, low, high, announced,
    told_minutes, waited, answered)
select pbx, linkedid, queue, to_timestamp(joined_at), position, staffed, expected, low, high, announced, told_minutes,
    waited, answered
from jsonb_to_recordset($1::jsonb) as r(pbx text, linkedid text, queue text, joined_at float8, position integer,
    staffed integer, expected float8, low float8, high float8, announced boolean, told_minutes integer, waited float8,
    answered boolean)
on conflict (pbx, linkedid, queue, joined_at) do update set
    waited = coalesce(excluded.waited, kept.waited), answered = coalesce(excluded.answered, kept.answered)
"""
_ERRORS = """
select pbx, queue, count(*)::int as calls, avg(waited) as mean_wait, avg(abs(error)) as mean_error, avg(error) as bias,
    avg((abs(error) <= $2)::int)::float8 as within, avg((waited <= expected)::int)::float8 as not_later,
    avg((waited between low and high)::int)::float8 as in_range, count(told_minutes)::int as told,
    avg((waited <= told_minutes * 60)::int)::float8 as told_enough
from report_routing_wait_estimate where answered and joined_at >= to_timestamp($1)
group by pbx, queue order by pbx, queue
"""


async def write_decisions(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal."""
    await connection.execute(_WRITE_DECISIONS, json.dumps(rows))


async def write_estimates(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal. A row with the end of the wait completes the one from its beginning."""
    whole: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["pbx"], row["linkedid"], row["queue"], row["joined_at"])
        if key not in whole or row["waited"] is not None:
            whole[key] = row
    await connection.execute(_WRITE_ESTIMATES, json.dumps(list(whole.values())))


async def policies(db: "Database") -> dict[QueueKey, VersionJson]:
    """The rules in force. Raises Unavailable."""
    rows = await db.fetch(
        "select distinct on (pbx, queue) pbx, queue, version, policy::text as policy, changed_by,"
        " extract(epoch from changed_at)::float8 as at from queue_policy order by pbx, queue, version desc"
    )
    return {(row["pbx"], row["queue"]): _version(row) for row in rows}


async def versions(db: "Database", key: QueueKey, limit: int) -> list[VersionJson]:
    """A queue's versions, the newest first. Raises Unavailable."""
    rows = await db.fetch(
        "select version, policy::text as policy, changed_by, extract(epoch from changed_at)::float8 as at"
        " from queue_policy where pbx = $1 and queue = $2 order by version desc limit $3",
        *key,
        limit,
    )
    return [_version(row) for row in rows]


async def add(
    connection: "Connection", key: QueueKey, version: int, policy: Policy, user_id: int
) -> VersionJson | None:
    """Keep a version; None when there is one of this number already."""
    row = await connection.fetchrow(
        "insert into queue_policy (pbx, queue, version, policy, changed_by) values ($1, $2, $3, $4::jsonb, $5)"
        " on conflict do nothing returning version, policy::text as policy, changed_by,"
        " extract(epoch from changed_at)::float8 as at",
        *key,
        version,
        encoded(policy),
        user_id,
    )
    return None if row is None else _version(row)


async def decisions(db: "Database", pbx: str, linkedid: str, limit: int = 500) -> list[DecisionJson]:
    """What was decided on a call, in order. Raises Unavailable."""
    rows = await db.fetch(
        "select extract(epoch from at)::float8 as at, kind, queue, result, reasons::text as reasons"
        " from routing_decision where pbx = $1 and linkedid = $2 order by at, id limit $3",
        pbx,
        linkedid,
        limit,
    )
    return [
        DecisionJson(
            row["at"],
            row["kind"],
            row["queue"],
            row["result"],
            tuple(Reason(one["code"], one["values"]) for one in json.loads(row["reasons"])),
        )
        for row in rows
    ]


async def errors(db: "Database", since: float, tolerance: float) -> list[ErrorsJson]:
    """How good the expected waits were, by queue. Raises Unavailable."""
    return [ErrorsJson(**dict(row)) for row in await db.fetch(_ERRORS, since, tolerance)]


def _version(row: Any) -> VersionJson:
    return VersionJson(row["version"], row["at"], row["changed_by"], decoded(row["policy"]))
