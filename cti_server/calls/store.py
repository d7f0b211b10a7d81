"""The only SQL of the history of calls."""

import json
from collections.abc import Callable
from dataclasses import astuple
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.calls.model import CallFilter, CallRow, CustomerRef, LegJson, SegmentJson
from cti_server.calls.picture import Row, newest

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_UPSERT_CALLS = """
insert into call as kept (pbx, linkedid, revision, state, direction, number, number_key, name, withheld, dialled, queue,
    started_at, answered_at, ended_at, outcome, wait_seconds, talk_seconds, held_seconds, data, merged_into, exact,
    customer_id, customer_name)
select pbx, linkedid, revision, state, direction, number, number_key, name, withheld, dialled, queue,
    to_timestamp(started_at), to_timestamp(answered_at), to_timestamp(ended_at), outcome,
    wait_seconds, talk_seconds, held_seconds, data, merged_into, exact, customer_id, customer_name
from jsonb_to_recordset($1::jsonb) as r(pbx text, linkedid text, revision bigint, state text, direction text,
    number text, number_key text, name text, withheld boolean, dialled text, queue text, started_at float8,
    answered_at float8, ended_at float8, outcome text, wait_seconds float8, talk_seconds float8, held_seconds float8,
    data jsonb, merged_into text, exact boolean, customer_id bigint, customer_name text)
on conflict on constraint call_once do update set
    revision = excluded.revision, state = excluded.state, direction = excluded.direction, number = excluded.number,
    number_key = excluded.number_key, name = excluded.name, withheld = excluded.withheld, dialled = excluded.dialled,
    queue = excluded.queue, started_at = least(kept.started_at, excluded.started_at),
    answered_at = excluded.answered_at, ended_at = excluded.ended_at, outcome = excluded.outcome,
    wait_seconds = excluded.wait_seconds, talk_seconds = excluded.talk_seconds, held_seconds = excluded.held_seconds,
    data = excluded.data, merged_into = excluded.merged_into, exact = excluded.exact,
    customer_id = coalesce(excluded.customer_id, kept.customer_id),
    customer_name = coalesce(excluded.customer_name, kept.customer_name)
where kept.revision < excluded.revision
returning id, pbx, linkedid
"""
_UPSERT_LEGS = """
insert into call_leg as kept (call_id, uniqueid, channel, device, role, state, number, name, started_at, answered_at,
    ended_at, cause, user_id)
select call_id, id, channel, device, role, state, number, name, to_timestamp(started_at), to_timestamp(answered_at),
    to_timestamp(ended_at), cause, user_id
from jsonb_to_recordset($1::jsonb) as r(call_id bigint, id text, channel text, device text, role text, state text,
    number text, name text, started_at float8, answered_at float8, ended_at float8, cause integer, user_id bigint)
on conflict (call_id, uniqueid) do update set
    channel = excluded.channel, device = excluded.device, role = excluded.role, state = excluded.state,
    number = excluded.number, name = excluded.name, started_at = excluded.started_at,
    answered_at = excluded.answered_at, ended_at = excluded.ended_at, cause = excluded.cause,
    user_id = coalesce(kept.user_id, excluded.user_id)
"""
_UPSERT_SEGMENTS = """
insert into call_segment as kept (call_id, n, kind, queue, device, user_id, uniqueid, started_at, ended_at, result,
    held_seconds, exact)
select call_id, n, kind, queue, device, user_id, leg_id, to_timestamp(started_at), to_timestamp(ended_at), result,
    held_seconds, exact
from jsonb_to_recordset($1::jsonb) as r(call_id bigint, n integer, kind text, queue text, device text, user_id bigint,
    leg_id text, started_at float8, ended_at float8, result text, held_seconds float8, exact boolean)
on conflict (call_id, n) do update set
    kind = excluded.kind, queue = excluded.queue, device = excluded.device,
    user_id = case when kept.device is not distinct from excluded.device
                   then coalesce(kept.user_id, excluded.user_id) else excluded.user_id end,
    uniqueid = excluded.uniqueid, started_at = excluded.started_at, ended_at = excluded.ended_at,
    result = excluded.result, held_seconds = excluded.held_seconds, exact = excluded.exact
"""
_UPDATE_CUSTOMERS = """
update call set customer_id = r.customer_id, customer_name = r.name
from jsonb_to_recordset($1::jsonb) as r(pbx text, linkedid text, customer_id bigint, name text)
where call.pbx = r.pbx and call.linkedid = r.linkedid
"""


def _text(rows: list[Row]) -> str:
    # Ten times as quick as the standard library's, and this runs in the loop beside the calls.
    return msgspec.json.encode(rows).decode()


async def write_calls(connection: "Connection", rows: list[Row]) -> None:
    """Sink of the journal for pictures of calls. A picture older than what is kept changes nothing."""
    pictures = newest(rows)
    kept = await connection.fetch(_UPSERT_CALLS, _text(pictures))
    numbers = {(row["pbx"], row["linkedid"]): row["id"] for row in kept}
    legs: list[Row] = []
    segments: list[Row] = []
    for picture in pictures:
        number = numbers.get((picture["pbx"], picture["linkedid"]))
        if number is not None:
            legs.extend({**leg, "call_id": number} for leg in picture["legs"])
            segments.extend({**part, "call_id": number} for part in picture["segments"])
    if legs:
        await connection.execute(_UPSERT_LEGS, _text(legs))
    if segments:
        await connection.execute(_UPSERT_SEGMENTS, _text(segments))


async def write_customers(connection: "Connection", rows: list[Row]) -> None:
    """Sink of the journal for customers found after their call was over. The last word on a call wins."""
    last = {(row["pbx"], row["linkedid"]): row for row in rows}
    await connection.execute(_UPDATE_CUSTOMERS, _text(list(last.values())))


# -- reading

_TIMES = """extract(epoch from started_at)::float8 as started_at,
    extract(epoch from answered_at)::float8 as answered_at, extract(epoch from ended_at)::float8 as ended_at"""
_CALL = f"""id, pbx, linkedid, revision, state, direction, number, name, withheld, dialled, queue, {_TIMES}, outcome,
    wait_seconds, talk_seconds, held_seconds, data, merged_into, exact, customer_id, customer_name, recording,
    c.started_at as began"""
_LEG = f"call_id, uniqueid as id, channel, device, role, state, number, name, {_TIMES}, cause, user_id"
_SEGMENT = """call_id, n, kind, queue, device, user_id, uniqueid as leg_id, result, held_seconds, exact,
    extract(epoch from started_at)::float8 as started_at, extract(epoch from ended_at)::float8 as ended_at"""
_LENGTH = "extract(epoch from c.ended_at - c.started_at)"
_OWN = "exists (select 1 from call_segment s where s.call_id = c.id and s."
_TESTS = {
    "since": "c.started_at >= to_timestamp(#::float8)",
    "until": "c.started_at < to_timestamp(#::float8)",
    "digits": "c.number_key like '%' || #::text || '%'",
    "outcome": "c.outcome = #::text",
    "direction": "c.direction = #::text",
    "min_seconds": _LENGTH + " >= #::float8",
    "max_seconds": _LENGTH + " <= #::float8",
    "user_id": _OWN + "user_id = #::bigint)",
    "seen_by": _OWN + "user_id = #::bigint)",
    "device": _OWN + "device = #::text)",
    "queue": _OWN + "queue = #::text)",
}
"""For each field of CallFilter the test that it makes; `#` is the place of its value among the arguments."""


_PARTS = "exists (select 1 from call_segment s where s.call_id = c.id and s."
_WITHIN = f"""({_PARTS}user_id = @::bigint) or (
    (%::text[] is null or {_PARTS}queue = any(%))
        or (not {_PARTS}queue is not null) and {_PARTS}user_id = any(~::bigint[]))))
    and (^::bigint[] is null or {_PARTS}user_id = any(^))
        or (not {_PARTS}user_id is not null) and {_PARTS}queue is not null)))))"""
"""Scope.sees_call over the rows of the history; the signs are the places of Within's four values."""


async def open_rows(db: "Database") -> list[Row]:
    """Pictures of the calls that are not over, as the journal's rows are. Raises Unavailable."""
    calls = await db.fetch(f"select {_CALL} from call c where ended_at is null order by id")
    ids = [row["id"] for row in calls]
    legs = await db.fetch(f"select {_LEG} from call_leg where call_id = any($1) order by started_at, uniqueid", ids)
    parts = await db.fetch(f"select {_SEGMENT} from call_segment where call_id = any($1) order by n", ids)
    return [
        {
            **dict(row),
            "id": ":".join((row["pbx"], row["linkedid"])),
            "data": json.loads(row["data"]),
            "legs": [dict(leg) for leg in legs if leg["call_id"] == row["id"]],
            "segments": [dict(part) for part in parts if part["call_id"] == row["id"]],
        }
        for row in calls
    ]


def _where(wanted: CallFilter) -> tuple[list[str], list[object]]:
    """The tests that this filter makes, and their arguments."""
    tests: list[str] = []
    args: list[object] = []
    for name, test in _TESTS.items():
        if (value := getattr(wanted, name)) is not None:
            args.append(value)
            tests.append(test.replace("#", "$" + str(len(args))))
    if wanted.within is not None:
        test = _WITHIN
        for mark, value in zip("@%~^", astuple(wanted.within), strict=True):
            args.append(value)
            test = test.replace(mark, "$" + str(len(args)))
        tests.append(test)
    return tests, args


async def page(
    db: "Database", wanted: CallFilter, after: tuple[datetime, int] | None, limit: int
) -> list[tuple[CallRow, datetime]]:
    """Calls, newest first, each with the exact moment of its start; `after` is the last one seen."""
    tests, args = _where(wanted)
    if after is not None:
        args += after
        tests.append(
            "(c.started_at, c.id) < ($" + str(len(args) - 1) + "::timestamptz, $" + str(len(args)) + "::bigint)"
        )
    args.append(limit)
    # Only the fixed texts above and the numbers of places are joined here; every value is an argument.
    where = " and ".join(tests) or "true"
    last = "order by c.started_at desc, c.id desc limit $" + str(len(args))
    rows = await db.fetch(" ".join(("select", _CALL, "from call c where", where, last)), *args)
    return [(_call_row(row), row["began"]) for row in rows]


async def one(
    db: "Database", *, number: int | None = None, key: tuple[str, str] | None = None, seen: CallFilter | None = None
) -> tuple[CallRow, dict[str, str]] | None:
    """A call by its number, or by PBX and Linkedid, with its data. None when there is none that fits `seen`."""
    tests, args = _where(seen or CallFilter())
    if key is None:
        args.append(number)
        tests.append("c.id = $" + str(len(args)) + "::bigint")
    else:
        args += key
        tests.append("c.pbx = $" + str(len(args) - 1) + "::text and c.linkedid = $" + str(len(args)) + "::text")
    where = " and ".join(tests)
    row = await db.fetchrow(" ".join(("select", _CALL, "from call c where", where)), *args)
    return None if row is None else (_call_row(row), json.loads(row["data"]))


async def legs_of(db: "Database", call_id: int) -> tuple[LegJson, ...]:
    """The legs of a call in order of their start."""
    rows = await db.fetch(f"select {_LEG} from call_leg where call_id = $1 order by started_at, uniqueid", call_id)
    return tuple(LegJson(**{key: value for key, value in row.items() if key != "call_id"}) for row in rows)


async def segments_of(
    db: "Database", call_ids: list[int], names: Callable[[int], str]
) -> dict[int, tuple[SegmentJson, ...]]:
    """The segments of each of these calls in order; `names(user_id)` tells a person's name."""
    rows = await db.fetch(f"select {_SEGMENT} from call_segment where call_id = any($1) order by call_id, n", call_ids)
    found: dict[int, tuple[SegmentJson, ...]] = {}
    for row in rows:
        plain = {key: value for key, value in row.items() if key != "call_id"}
        name = names(plain["user_id"]) if plain["user_id"] is not None else ""
        found[row["call_id"]] = (*found.get(row["call_id"], ()), SegmentJson(**plain, agent_name=name))
    return found


def _call_row(row: Any) -> CallRow:
    known = row["customer_id"] is not None
    ended = row["ended_at"]
    return CallRow(
        id=row["id"],
        call_id=":".join((row["pbx"], row["linkedid"])),
        pbx=row["pbx"],
        state=row["state"],
        direction=row["direction"],
        number=row["number"],
        name=row["name"],
        withheld=row["withheld"],
        dialled=row["dialled"],
        queue=row["queue"],
        started_at=row["started_at"],
        answered_at=row["answered_at"],
        ended_at=ended,
        outcome=row["outcome"],
        seconds=None if ended is None else max(0.0, ended - row["started_at"]),
        wait_seconds=row["wait_seconds"],
        talk_seconds=row["talk_seconds"],
        held_seconds=row["held_seconds"],
        exact=row["exact"],
        merged_into=row["merged_into"],
        customer=CustomerRef(row["customer_id"], row["customer_name"] or "") if known else None,
        recording=row["recording"],
    )
