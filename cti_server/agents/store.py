"""The only SQL of the room of agents."""

import json
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from cti_server.agents.intervals import Interval
from cti_server.agents.model import Profile, QueuePlace
from cti_server.core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_UPSERT_INTERVALS = """
insert into agent_interval as kept (pbx, device, user_id, state, reason, started_at, ended_at, exact)
select pbx, device, user_id, state, reason, to_timestamp(started_at), to_timestamp(ended_at), exact
from jsonb_to_recordset($1::jsonb) as r(pbx text, device text, user_id bigint, state text, reason text,
    started_at float8, ended_at float8, exact boolean)
on conflict on constraint agent_interval_once do update set
    user_id = coalesce(excluded.user_id, kept.user_id), state = excluded.state, reason = excluded.reason,
    ended_at = excluded.ended_at, exact = excluded.exact
where kept.ended_at is null
"""


async def write_intervals(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal. A stretch that has ended stays as it is."""
    last: dict[tuple[str, str, float], dict[str, Any]] = {}
    for row in rows:
        key = (row["pbx"], row["device"], row["started_at"])
        if key not in last or last[key]["ended_at"] is None:
            last[key] = row
    await connection.execute(_UPSERT_INTERVALS, msgspec.json.encode(list(last.values())).decode())


async def open_intervals(db: "Database") -> list[Interval]:
    """Stretches without an end; of two of one device only the later, for it was written when the other had ended."""
    rows = await db.fetch(
        "select distinct on (pbx, device) pbx, device, user_id, state, reason, exact,"
        " extract(epoch from started_at)::float8 as started_at"
        " from agent_interval where ended_at is null order by pbx, device, started_at desc"
    )
    return [Interval(**dict(row)) for row in rows]


async def profiles(db: "Database") -> list[Profile]:
    """All profiles."""
    rows = await db.fetch(
        "select user_id, pbx, device, queues, team, always_on, location from agent_profile order by user_id"
    )
    return [
        Profile(
            user_id=row["user_id"],
            pbx=row["pbx"],
            device=row["device"],
            queues=tuple(QueuePlace(place["queue"], place["penalty"]) for place in json.loads(row["queues"])),
            team=row["team"],
            always_on=row["always_on"],
            location=row["location"],
        )
        for row in rows
    ]


async def save(connection: "Connection", profile: Profile) -> None:
    """Keep a profile. Raises Conflict when the device is another user's, NotFound when there is no such user."""
    places = [{"queue": place.queue, "penalty": place.penalty} for place in profile.queues]
    try:
        await connection.execute(
            "insert into agent_profile (user_id, pbx, device, queues, team, always_on, location)"
            " values ($1, $2, $3, $4::jsonb, $5, $6, $7)"
            " on conflict (user_id) do update set pbx = excluded.pbx, device = excluded.device,"
            " queues = excluded.queues, team = excluded.team, always_on = excluded.always_on,"
            " location = excluded.location, updated_at = now()",
            profile.user_id,
            profile.pbx,
            profile.device,
            json.dumps(places),
            profile.team,
            profile.always_on,
            profile.location,
        )
    except asyncpg.UniqueViolationError as taken:
        raise Conflict("Another user has this device.", code="device_taken", field="device") from taken
    except asyncpg.ForeignKeyViolationError as unknown:
        raise NotFound("There is no such user.", code="no_such_user") from unknown


async def delete(connection: "Connection", user_id: int) -> bool:
    """Remove a profile; whether there was one."""
    return bool(await connection.execute("delete from agent_profile where user_id = $1", user_id) == "DELETE 1")


async def segments_of_day(db: "Database", start: float, end: float) -> list[Any]:
    """Finished segments of devices that began between two moments (unix seconds), out of the history of calls."""
    return await db.fetch(
        "select pbx, linkedid, n, kind, result, device, user_id, extract(epoch from started_at)::float8 as started_at,"
        " extract(epoch from ended_at)::float8 as ended_at, held_seconds, merged"
        " from report_calls_agent_segment"
        " where started_at >= to_timestamp($1) and started_at < to_timestamp($2) and ended_at is not null",
        start,
        end,
    )
