"""A transcript is made by one worker at a time, comes back when that one falls, and is given up after some tries."""

import pytest

from cti_server.core.storage.database import Database
from cti_server.recording.transcripts import store
from cti_server.recording.transcripts.model import MOST_TRIES, LineJson

pytestmark = pytest.mark.database


async def recording(db: Database, n: int) -> int:
    number: int = await db.fetchval(
        "insert into recording (pbx, name, linkedid, uniqueid, started_at, state, seconds)"
        " values ('main', $1, 'l', 'u', now(), 'ready', 60) returning id", str(n),
    )  # fmt: skip
    async with db.transaction() as connection:
        for _ in range(2):
            await store.offer(connection, number, "en")
    return number


async def test_taken_once_given_back_and_given_up(db: Database) -> None:
    number = await recording(db, 1)
    job = await store.claim(db, 60.0, "one")
    assert job is not None
    assert (job.recording_id, job.seconds, job.attempts) == (number, 60.0, 1)
    assert await store.claim(db, 60.0, "two") is None
    await store.release(db, "two")
    assert await store.claim(db, 60.0, "two") is None
    for attempt in range(2, MOST_TRIES + 1):
        await store.release(db, "one")
        again = await store.claim(db, 60.0, "one")
        assert again is not None
        assert again.attempts == attempt
    await store.failed(db, number, "workerDied", again=True)
    found = await store.of(db, number)
    assert found is not None
    assert (found.state, found.reason) == ("failed", "workerDied")
    assert await store.backlog(db) == 0


async def test_what_was_deleted_meanwhile_is_not_written_down(db: Database) -> None:
    number = await recording(db, 2)
    await db.execute("delete from recording_transcript")
    await store.done(db, number, "x", [LineJson("agent", 0.0, 1.0, "hello")])
    assert await store.of(db, number) is None
