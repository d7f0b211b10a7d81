"""The only SQL of the room of recordings."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cti_server.recording.model import MarkJson, OpenRecording, PartJson, RecordingDetail, RecordingRow, Sound
from cti_server.recording.policy import KeepRule, Mode, Rule, Scope

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

Row = dict[str, Any]
Names = Callable[[int], str]

_BEGAN = """
insert into recording (pbx, name, linkedid, uniqueid, started_at, consent, state, reason)
values ($1, $2, $3, $4, to_timestamp($5), $6, $7, $8)
on conflict on constraint recording_once do update set
    started_at = case when recording.state = 'recording' then excluded.started_at else recording.started_at end,
    consent = excluded.consent
"""


async def write_told(connection: "Connection", rows: list[Row]) -> None:
    """Sink of the journal for what the PBX told of recordings. A row that comes twice changes nothing."""
    for row in rows:
        await _WRITERS[row["what"]](connection, row)


async def _began(connection: "Connection", row: Row) -> None:
    await connection.execute(
        _BEGAN,
        row["pbx"],
        row["name"],
        row["linkedid"],
        row["uniqueid"],
        row["at"],
        row["consent"],
        "dropped" if row["refused"] else "recording",
        "refused" if row["refused"] else "",
    )


async def _verdict(connection: "Connection", row: Row) -> None:
    await connection.execute(
        "update recording set verdict = $3 where pbx = $1 and name = $2 and state in ('recording', 'waiting')",
        row["pbx"],
        row["name"],
        row["verdict"],
    )


async def _mark(connection: "Connection", row: Row) -> None:
    await connection.execute(
        "insert into recording_mark (pbx, name, at, kind, user_id) values ($1, $2, to_timestamp($3), $4, $5)"
        " on conflict do nothing",
        row["pbx"],
        row["name"],
        row["at"],
        row["kind"],
        row["user_id"],
    )


async def _ended(connection: "Connection", row: Row) -> None:
    await connection.execute(
        "update recording set stopped_at = coalesce(stopped_at, to_timestamp($3)) where pbx = $1 and name = $2",
        row["pbx"],
        row["name"],
        row["at"],
    )


async def _trouble(connection: "Connection", row: Row) -> None:
    await connection.execute(
        "update recording set reason = $3 where pbx = $1 and name = $2 and state in ('recording', 'waiting')",
        row["pbx"],
        row["name"],
        row["trouble"],
    )


_WRITERS = {"began": _began, "verdict": _verdict, "mark": _mark, "ended": _ended, "trouble": _trouble}


async def open_recordings(db: "Database") -> list[OpenRecording]:
    """Those of which no end was told. Raises Unavailable."""
    rows = await db.fetch(
        "select r.pbx, r.name, r.uniqueid, extract(epoch from r.started_at)::float8 as started_at, r.verdict,"
        " r.consent, coalesce((select"
        "   jsonb_agg(jsonb_build_array(m.kind, extract(epoch from m.at)::float8) order by m.at)"
        "   from recording_mark m where m.pbx = r.pbx and m.name = r.name), '[]') as marks"
        " from recording r where r.state = 'recording' and r.stopped_at is null"
    )
    return [
        OpenRecording(**{**dict(row), "marks": tuple((kind, at) for kind, at in json.loads(row["marks"]))})
        for row in rows
    ]


# -- one and its call

_EPOCH = (
    "extract(epoch from r.started_at)::float8 as started_at, extract(epoch from r.delete_after)::float8 as delete_after"
)
_COLUMNS = f"""r.id, r.pbx, r.linkedid, r.state, r.reason, r.notes, {_EPOCH}, r.seconds, r.direction, r.number,
    r.customer_id, r.customer_name, r.dialled, r.queue, r.outcome, r.devices, r.call_seconds, r.wait_seconds,
    r.talk_seconds, r.held_seconds, r.silence, r.longest_silence, r.talk_over, r.agent_share, r.tags, r.consent, r.hold,
    r.started_at as began, array(select a.user_id from recording_agent a where a.recording_id = r.id
    order by a.user_id) as user_ids"""


async def rows_of(connection: "Connection", ids: list[int], names: Names) -> list[tuple[RecordingRow, datetime]]:
    """These recordings, newest first, with the exact time that a cursor needs."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from recording r where r.id = any($1::bigint[]) order by r.started_at desc, r.id desc", ids
    )
    return [(_row(row, names), row["began"]) for row in rows]


async def of_call(db: "Database", pbx: str, linkedid: str, names: Names) -> list[RecordingRow]:
    """The recordings of a call, those that were not kept too. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from recording r where (r.pbx = $1 and r.linkedid = $2) or r.call_id = (select c.id from"
        " recording_call c where c.pbx = $1 and c.linkedid = $2) order by r.started_at",
        pbx,
        linkedid,
        # One call has one as a rule; two when it was transferred to a second customer's line.
    )
    return [_row(row, names) for row in rows]


async def one(db: "Database", recording_id: int, names: Names) -> RecordingDetail | None:
    """A recording with all that is known of it; None when there is none. Raises Unavailable."""
    row = await db.fetchrow(
        f"select {_COLUMNS}, r.name, r.size, r.sha256, r.peaks, r.peak_seconds, r.talk_customer, r.talk_agent,"
        " r.loud_customer, r.loud_agent, r.rate_customer, r.rate_agent, r.cut_in_customer, r.cut_in_agent,"
        " r.call_id as filed_call, coalesce((select t.state from recording_transcript t where t.recording_id = r.id),"
        " '') as transcript from recording r where r.id = $1",
        recording_id,
    )
    if row is None:
        return None
    started = row["started_at"]
    marks = await _marks(db, row["pbx"], row["name"], recording_id, started, names)
    parts = await _parts(db, row["filed_call"], started, names) if row["filed_call"] is not None else ()
    return RecordingDetail(
        recording=_row(row, names),
        size=row["size"],
        sha256=row["sha256"],
        peaks=base64.b64encode(row["peaks"] or b"").decode(),
        peak_seconds=row["peak_seconds"] or 0.0,
        **{
            key: row[key]
            for key in (
                "talk_customer",
                "talk_agent",
                "loud_customer",
                "loud_agent",
                "rate_customer",
                "rate_agent",
                "cut_in_customer",
                "cut_in_agent",
            )
        },
        marks=marks,
        parts=parts,
        may_manage=False,
        transcript=row["transcript"],
    )


async def _marks(
    db: "Database", pbx: str, name: str, recording_id: int, started: float, names: Names
) -> tuple[MarkJson, ...]:
    rows = await db.fetch(
        "select extract(epoch from at)::float8 - $3::float8 as at_seconds, kind, user_id, '' as text,"
        " null::bigint as id from recording_mark where pbx = $1 and name = $2 union all"
        " select at_seconds, 'note', user_id, text, id from recording_note where recording_id = $4 order by 1",
        pbx,
        name,
        started,
        recording_id,
    )
    return tuple(
        MarkJson(max(0.0, round(r["at_seconds"], 3)), r["kind"], _name(names, r["user_id"]), r["text"], r["id"])
        for r in rows
    )


async def _parts(db: "Database", call_id: int, started: float, names: Names) -> tuple[PartJson, ...]:
    rows = await db.fetch(
        "select kind, extract(epoch from started_at)::float8 - $2::float8 as first,"
        " extract(epoch from ended_at)::float8 - $2::float8 as last, queue, device, user_id, held_seconds"
        " from recording_call_part where call_id = $1 and ended_at is not null order by n",
        call_id,
        started,
    )
    return tuple(
        PartJson(
            r["kind"],
            max(0.0, round(r["first"], 3)),
            max(0.0, round(r["last"], 3)),
            r["queue"],
            r["device"],
            _name(names, r["user_id"]),
            r["held_seconds"],
        )
        for r in rows
    )


def _name(names: Names, user_id: int | None) -> str:
    return names(user_id) if user_id is not None else ""


def _row(row: Any, names: Names) -> RecordingRow:
    plain = {key: row[key] for key in RecordingRow.__dataclass_fields__ if key not in ("call_id", "agents")}
    for key in ("notes", "user_ids", "devices", "tags"):
        plain[key] = tuple(plain[key])
    plain["call_id"] = ":".join((row["pbx"], row["linkedid"]))
    plain["agents"] = tuple(names(user_id) for user_id in row["user_ids"])
    return RecordingRow(**plain)


async def sound(db: "Database", recording_id: int) -> Sound | None:
    """Where the sound of a recording is; None when there is none to be heard. Raises Unavailable."""
    row = await db.fetchrow(
        "select id, object, size, sha256 from recording where id = $1 and state = 'ready'", recording_id
    )
    return None if row is None else Sound(**dict(row))


# -- what people write


async def set_tags(connection: "Connection", recording_id: int, tags: list[str]) -> None:
    """Replace the tags."""
    await connection.execute("update recording set tags = $2 where id = $1", recording_id, tags)


async def set_hold(connection: "Connection", recording_id: int, why: str) -> None:
    """Forbid deletion for a reason, or permit it again (empty)."""
    await connection.execute("update recording set hold = $2 where id = $1", recording_id, why)


async def add_note(connection: "Connection", recording_id: int, at_seconds: float, user_id: int, text: str) -> None:
    """Write a note at a second of the recording."""
    await connection.execute(
        "insert into recording_note (recording_id, at_seconds, user_id, text) values ($1, $2, $3, $4)",
        recording_id,
        at_seconds,
        user_id,
        text,
    )


async def remove_note(connection: "Connection", recording_id: int, note_id: int, user_id: int | None) -> bool:
    """Remove a note; `user_id` None: of anybody. False when there was none such."""
    return bool(
        await connection.fetchval(
            "delete from recording_note where id = $1 and recording_id = $2 and ($3::bigint is null or user_id = $3)"
            " returning 1",
            note_id,
            recording_id,
            user_id,
        )
    )


# -- rules


async def rules(db: "Database") -> tuple[tuple[Rule, ...], tuple[KeepRule, ...]]:
    """Both kinds of rules. Raises Unavailable."""
    rows = await db.fetch("select kind, scope, name, mode, share, days from recording_rule order by n")
    return (
        tuple(Rule(Scope(r["scope"]), r["name"], Mode(r["mode"]), r["share"]) for r in rows if r["kind"] == "record"),
        tuple(KeepRule(Scope(r["scope"]), r["days"], r["name"]) for r in rows if r["kind"] == "keep"),
    )


async def replace_rules(connection: "Connection", record: Sequence[Rule], keep: Sequence[KeepRule]) -> None:
    """Put these rules in the place of those there were."""
    await connection.execute("delete from recording_rule")
    lines: list[tuple[Any, ...]] = [("record", r.scope.value, r.name, r.mode.value, r.share, None) for r in record]
    lines += [("keep", k.scope.value, k.name, "", None, k.days) for k in keep]
    await connection.executemany(
        "insert into recording_rule (n, kind, scope, name, mode, share, days) values ($1, $2, $3, $4, $5, $6, $7)",
        [(n, *line) for n, line in enumerate(lines, 1)],
    )
