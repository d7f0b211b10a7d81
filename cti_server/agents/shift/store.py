"""The only SQL of the shifts."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cti_server.agents.shift.model import Duty, duty_of
from cti_server.agents.shift.reasons import QueueSetting, Reason

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_UPSERT_DUTIES = """
insert into agent_duty (user_id, pbx, device, queues, state, reason, since, limit_at, overrun, missed, next, talk, acw,
    console)
select user_id, pbx, device, queues, state, reason, to_timestamp(since), to_timestamp(limit_at), overrun, missed,
    nullif(next, 'null'), nullif(talk, 'null'), nullif(acw, 'null'), console
from jsonb_to_recordset($1::jsonb) as r(user_id bigint, pbx text, device text, queues jsonb, state text, reason text,
    since float8, limit_at float8, overrun boolean, missed integer, next jsonb, talk jsonb, acw jsonb,
    console boolean)
on conflict (user_id) do update set pbx = excluded.pbx, device = excluded.device, queues = excluded.queues,
    state = excluded.state, reason = excluded.reason, since = excluded.since, limit_at = excluded.limit_at,
    overrun = excluded.overrun, missed = excluded.missed, next = excluded.next, talk = excluded.talk,
    acw = excluded.acw, console = excluded.console
"""


async def write_duties(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal: of several rows of one agent the last one stands."""
    last = {row["user_id"]: row for row in rows}
    await connection.execute(_UPSERT_DUTIES, json.dumps(list(last.values())))


async def duties(db: "Database") -> list[Duty]:
    """The duties as they were last written."""
    rows = await db.fetch(
        "select user_id, pbx, device, queues, state, reason, extract(epoch from since)::float8 as since,"
        " extract(epoch from limit_at)::float8 as limit_at, overrun, missed, next, talk, acw, console"
        " from agent_duty order by user_id"
    )
    parts = ("queues", "next", "talk", "acw")
    return [duty_of({**row, **{key: json.loads(row[key] or "null") for key in parts}}) for row in rows]


async def reasons(db: "Database") -> list[Reason]:
    """All reasons in the admin's order."""
    rows = await db.fetch("select code, zh, en, limit_seconds, active from agent_reason order by position, code")
    return [Reason(**dict(row)) for row in rows]


async def put_reasons(connection: "Connection", reasons: Sequence[Reason]) -> None:
    """Keep these in this order in place of all."""
    await connection.execute("delete from agent_reason")
    await connection.executemany(
        "insert into agent_reason (code, zh, en, limit_seconds, active, position) values ($1, $2, $3, $4, $5, $6)",
        [(one.code, one.zh, one.en, one.limit_seconds, one.active, place) for place, one in enumerate(reasons, 1)],
    )


async def queue_settings(db: "Database") -> list[QueueSetting]:
    """What was set."""
    rows = await db.fetch("select pbx, queue, acw_seconds, outcome_required from queue_setting order by pbx, queue")
    return [QueueSetting(**dict(row)) for row in rows]


async def put_queue_settings(connection: "Connection", settings: Sequence[QueueSetting]) -> None:
    """Keep these; queues that are not named stay as they are."""
    await connection.executemany(
        "insert into queue_setting (pbx, queue, acw_seconds, outcome_required) values ($1, $2, $3, $4)"
        " on conflict (pbx, queue) do update set acw_seconds = excluded.acw_seconds,"
        " outcome_required = excluded.outcome_required",
        [(one.pbx, one.queue, one.acw_seconds, one.outcome_required) for one in settings],
    )
