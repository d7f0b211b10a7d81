"""The only SQL of transcripts."""

import json
from typing import TYPE_CHECKING

import msgspec

from cti_server.recording.transcripts.model import MOST_TRIES, Job, LineJson, TranscriptJson

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_CLAIM = """
update recording_transcript t set claimed_until = now() + make_interval(secs => $1), claimed_by = $2,
    attempts = t.attempts + 1
from recording r where r.id = t.recording_id and t.recording_id = (
    select one.recording_id from recording_transcript one
    where one.state = 'waiting' and (one.claimed_until is null or one.claimed_until < now())
    order by one.made_at limit 1 for update skip locked)
returning t.recording_id, coalesce(r.seconds, 0) as seconds, t.attempts
"""


async def offer(connection: "Connection", recording_id: int, language: str) -> None:
    """This recording is to be transcribed; a second time changes nothing."""
    await connection.execute(
        "insert into recording_transcript (recording_id, language) values ($1, $2) on conflict do nothing",
        recording_id,
        language,
    )


async def claim(db: "Database", lease: float, node: str) -> Job | None:
    """Take the next one, for so many seconds; None when there is none. Raises Unavailable."""
    row = await db.fetchrow(_CLAIM, lease, node)
    return None if row is None else Job(**dict(row))


async def release(db: "Database", node: str) -> None:
    """Give back what this node had when it fell. Raises Unavailable."""
    await db.execute(
        "update recording_transcript set claimed_until = null where state = 'waiting' and claimed_by = $1", node
    )


async def done(db: "Database", recording_id: int, engine: str, lines: list[LineJson]) -> None:
    """Keep what was said. Of a recording that was deleted meanwhile nothing is kept. Raises Unavailable."""
    await db.execute(
        "update recording_transcript set state = 'ready', reason = '', engine = $2, lines = $3::jsonb,"
        " words = to_tsvector('simple', $4), done_at = now() where recording_id = $1",
        recording_id,
        engine,
        json.dumps([msgspec.to_builtins(line) for line in lines]),
        " ".join(line.text for line in lines),
    )


async def failed(db: "Database", recording_id: int, reason: str, again: bool) -> None:
    """It could not be done now; not `again`, or too often: never. Raises Unavailable."""
    await db.execute(
        "update recording_transcript set reason = $2, done_at = now(),"
        " claimed_until = now() + make_interval(secs => 10 * attempts),"
        " state = case when $3 and attempts < $4 then 'waiting' else 'failed' end where recording_id = $1",
        recording_id,
        reason,
        again,
        MOST_TRIES,
    )


async def of(db: "Database", recording_id: int) -> TranscriptJson | None:
    """The transcript of a recording; None when none is to be. Raises Unavailable."""
    row = await db.fetchrow(
        "select state, reason, language, engine, lines from recording_transcript where recording_id = $1", recording_id
    )
    if row is None:
        return None
    lines = tuple(LineJson(**line) for line in json.loads(row["lines"]))
    return TranscriptJson(row["state"], row["reason"], row["language"], row["engine"], lines)


async def backlog(db: "Database") -> int:
    """How many wait. Raises Unavailable."""
    found: int = await db.fetchval("select count(*) from recording_transcript where state = 'waiting'")
    return found
