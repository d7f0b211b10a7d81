"""The only SQL of the intake."""

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cti_server.recording.intake.model import CallOf, CallPart, Job
from cti_server.recording.model import NameParts

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_CLAIM = """
update recording_job set claimed_until = now() + make_interval(secs => $1), claimed_by = $2, attempts = attempts + 1
where recording_id = (
    select one.recording_id from recording_job one
    where one.due_at <= now() and (one.claimed_until is null or one.claimed_until < now())
    order by one.due_at limit 1 for update skip locked)
returning recording_id
"""
_JOB = """
select r.id, r.pbx, r.name, r.linkedid, r.uniqueid, extract(epoch from r.started_at)::float8 as started_at,
    extract(epoch from r.stopped_at)::float8 as stopped_at, r.verdict, r.consent, r.reason as trouble, j.attempts,
    extract(epoch from now() - j.made_at)::float8 as waits
from recording_job j join recording r on r.id = j.recording_id where j.recording_id = $1
"""
_CALL = """
select id, pbx, linkedid, merged_into, direction, number, number_key, customer_id, customer_name, dialled, queue,
    outcome, extract(epoch from started_at)::float8 as started_at, extract(epoch from ended_at)::float8 as ended_at,
    wait_seconds, talk_seconds, held_seconds from recording_call where pbx = $1 and linkedid = $2
"""
_FILE = """
update recording set state = 'ready', reason = '', notes = $2, verdict = 'keep', seconds = $3, size = $4, object = $5,
    sha256 = $6, sha256_customer = $7, sha256_agent = $8, peaks = $9, peak_seconds = $10, filed_at = now(),
    talk_customer = $11, talk_agent = $12, silence = $13, longest_silence = $14, talk_over = $15, agent_share = $16,
    loud_customer = $17, loud_agent = $18, rate_customer = $19, rate_agent = $20, cut_in_customer = $21,
    cut_in_agent = $22, delete_after = started_at + make_interval(days => $23),
    started_at = started_at + make_interval(secs => $24)
where id = $1
"""
_OF_CALL = """
update recording set call_id = c.id, direction = c.direction, number = c.number, number_key = c.number_key,
    customer_id = c.customer_id, customer_name = c.customer_name, dialled = c.dialled, queue = c.queue,
    outcome = c.outcome, call_seconds = extract(epoch from c.ended_at - c.started_at), wait_seconds = c.wait_seconds,
    talk_seconds = c.talk_seconds, held_seconds = c.held_seconds, devices = $3
from recording_call c where recording.id = $1 and c.id = $2
"""

_TWIN = """
select 1 from recording where pbx = $1 and linkedid = $2 and uniqueid = $3 and id <> $4 and state = 'ready'
    and sha256_customer = $5 and sha256_agent = $6 limit 1
"""


_LATE = "state = 'failed' and reason in ('missing', 'noFolder')"
"""Of recordings that were given up because there were no files: if they come after all, they are taken."""


async def states(db: "Database", pbx: str, names: Sequence[str]) -> dict[str, str]:
    """The state of those of these recordings that are known; `recording`: the files are wanted. Raises Unavailable."""
    rows = await db.fetch(
        f"select name, case when {_LATE} then 'recording' else state end as state from recording"
        " where pbx = $1 and name = any($2)",
        pbx,
        list(names),
    )
    return {row["name"]: row["state"] for row in rows}


async def offer(connection: "Connection", pbx: str, name: str, parts: NameParts) -> None:
    """The files of a recording are finished: let it be filed, once. One of which nothing was told becomes known."""
    recording_id = await connection.fetchval(
        "insert into recording as kept (pbx, name, linkedid, uniqueid, started_at, state)"
        " values ($1, $2, $3, $4, to_timestamp($5), 'waiting') on conflict on constraint recording_once do update"
        " set state = 'waiting', reason = case when kept.state = 'failed' then '' else kept.reason end"
        " where kept.state = 'recording'"
        " or (kept.state = 'failed' and kept.reason in ('missing', 'noFolder')) returning id",
        pbx,
        name,
        parts.linkedid,
        parts.uniqueid,
        parts.at,
    )
    if recording_id is not None:
        await connection.execute(
            "insert into recording_job (recording_id) values ($1) on conflict do nothing", recording_id
        )


async def claim(db: "Database", lease: float, node: str) -> int | None:
    """Take the next recording that is due, for so many seconds; None when there is none. Raises Unavailable."""
    found: int | None = await db.fetchval(_CLAIM, lease, node)
    return found


async def release(db: "Database", node: str) -> None:
    """Give back what this node had taken when it fell. Raises Unavailable."""
    await db.execute("update recording_job set claimed_until = null where claimed_by = $1", node)


async def job_of(db: "Database", recording_id: int) -> Job | None:
    """What is to be done with a recording; None when it is done. Raises Unavailable."""
    row = await db.fetchrow(_JOB, recording_id)
    return None if row is None else Job(**dict(row))


async def postpone(db: "Database", job_id: int, seconds: float, why: str, *, counts: bool = True) -> None:
    """Give a job back, to be done later. Raises Unavailable."""
    await db.execute(
        "update recording_job set claimed_until = null, due_at = now() + make_interval(secs => $2), last_error = $3,"
        " attempts = attempts - $4 where recording_id = $1",
        job_id,
        seconds,
        why,
        0 if counts else 1,
    )


async def call_of(db: "Database", job: Job) -> CallOf | None:
    """The call of a recording; of one that was joined into another, that other one. Raises Unavailable."""
    pbx, linkedid, row = job.pbx, job.linkedid, None
    for _ in range(5):
        row = await db.fetchrow(_CALL, pbx, linkedid)
        if row is None or not row["merged_into"]:
            break
        pbx, _, linkedid = row["merged_into"].rpartition(":")
    if row is None:
        return None
    parts = await db.fetch(
        "select kind, queue, device, user_id, extract(epoch from started_at)::float8 as started_at"
        " from recording_call_part where call_id = $1 order by n",
        row["id"],
    )
    leg = await db.fetchval(
        "select extract(epoch from ended_at)::float8 from recording_call_leg where call_id = $1 and uniqueid = $2",
        row["id"],
        job.uniqueid,
    )
    return CallOf(dict(row), tuple(CallPart(**dict(part)) for part in parts), leg)


async def file(
    connection: "Connection", job: Job, made: dict[str, Any], notes: list[str], object_name: str, days: int
) -> None:
    """The recording can be heard: keep all that is known of its sound, and end its job."""
    theirs, ours, told = made["figures"]["customer"], made["figures"]["agent"], made["figures"]
    await connection.execute(
        _FILE, job.id, notes, made["seconds"], made["size"], object_name, made["sha256"], made["sha256_customer"],
        made["sha256_agent"], base64.b64decode(made["peaks"]), made["peak_seconds"], theirs["talk"], ours["talk"],
        told["silence"], told["longest_silence"], told["talk_over"], told["share"], theirs["loudness"],
        ours["loudness"], theirs["rate"], ours["rate"], theirs["interruptions"], ours["interruptions"], days,
        made["lead"],
    )  # fmt: skip
    await connection.execute("delete from recording_job where recording_id = $1", job.id)


async def has_twin(connection: "Connection", job: Job, made: dict[str, Any]) -> bool:
    """Whether the very same sound of this channel is filed already, under another name.

    Whoever asks next about the same call waits until this transaction ends.
    """
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('recording ' || $1::text || ' ' || $2::text, 0))",
        job.pbx,
        job.linkedid,
    )
    sides = made["sha256_customer"], made["sha256_agent"]
    found = await connection.fetchval(_TWIN, job.pbx, job.linkedid, job.uniqueid, job.id, *sides)
    return found is not None


async def file_call(connection: "Connection", job: Job, call: CallOf) -> None:
    """Copy to the recording what a search asks about its call."""
    await connection.execute(_OF_CALL, job.id, call.row["id"], list(call.devices))
    await connection.execute("delete from recording_agent where recording_id = $1", job.id)
    await connection.execute(
        "insert into recording_agent (user_id, started_at, recording_id)"
        " select user_id, r.started_at, r.id from recording r, unnest($2::bigint[]) user_id where r.id = $1",
        job.id,
        list(call.user_ids),
    )


async def end(connection: "Connection", recording_id: int, state: str, reason: str) -> None:
    """The recording cannot be heard (failed), or is not kept (dropped); its job ends."""
    await connection.execute(
        "update recording set state = $2, reason = $3, filed_at = now() where id = $1", recording_id, state, reason
    )
    await connection.execute("delete from recording_job where recording_id = $1", recording_id)


async def open_ones(db: "Database", seconds: Mapping[str, float]) -> list[tuple[int, str, str, str, str]]:
    """(id, PBX, name, Uniqueid, trouble of its disk) of recordings without finished files.

    Only of those that ended longer ago than their PBX is given. Raises Unavailable.
    """
    rows = await db.fetch(
        "select r.id, r.pbx, r.name, r.uniqueid, r.reason from recording r"
        " join unnest($1::text[], $2::float8[]) given(pbx, seconds) on given.pbx = r.pbx where r.state = 'recording'"
        # Where the disk could not be written no file is to be waited for.
        " and coalesce(r.stopped_at, r.started_at)"
        " < now() - make_interval(secs => case when r.reason = '' then given.seconds else least(given.seconds, 3) end)"
        " order by r.id limit 500",
        list(seconds),
        list(seconds.values()),
    )
    return [(row["id"], row["pbx"], row["name"], row["uniqueid"], row["reason"]) for row in rows]


async def backlog(db: "Database") -> tuple[int, float]:
    """How many recordings wait to be filed, and for how many seconds the oldest has. Raises Unavailable."""
    row = await db.fetchrow(
        "select count(*) as waiting, coalesce(extract(epoch from now() - min(made_at)), 0)::float8 as oldest"
        " from recording_job"
    )
    assert row is not None, "an aggregate has a row"
    return row["waiting"], row["oldest"]


async def failures(db: "Database") -> dict[str, int]:
    """Recordings of the last day that cannot be heard, by reason. Raises Unavailable."""
    rows = await db.fetch(
        "select reason, count(*) as n from recording where state = 'failed' and started_at > now() - interval '1 day'"
        " group by reason order by reason"
    )
    return {row["reason"]: row["n"] for row in rows}
