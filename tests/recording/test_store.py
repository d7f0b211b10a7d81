"""What is told of recordings comes to the same, however often and in which order the journal brings it."""

import pytest

from cti_server.core.storage.database import Database
from cti_server.recording.store import open_recordings
from tests.recording.archive import AT, PBX, Archive, name_of

pytestmark = pytest.mark.database


async def test_rows_that_come_twice_change_nothing(archive: Archive, db: Database) -> None:
    mark = {"what": "mark", "pbx": PBX, "name": name_of(1), "at": AT + 5, "kind": "paused", "user_id": 7}
    for _ in range(2):
        await archive.began(1, consent="yes")
        await archive.tell(mark, {"what": "verdict", "pbx": PBX, "name": name_of(1), "verdict": "demand"})
    (one,) = await open_recordings(db)
    assert (one.uniqueid, one.started_at, one.verdict, one.consent) == ("pbx1-1.0", AT + 1, "demand", "yes")
    assert one.marks == (("paused", AT + 5),)
    for at in (AT + 9, AT + 10):
        await archive.tell({"what": "ended", "pbx": PBX, "name": name_of(1), "at": at})
    assert await open_recordings(db) == []
    stopped = await db.fetchval("select extract(epoch from stopped_at)::float8 from recording")
    assert stopped == AT + 9


async def test_what_was_filed_before_it_was_told_stays_filed(archive: Archive, db: Database) -> None:
    await db.execute(
        "insert into recording (pbx, name, linkedid, uniqueid, started_at, state)"
        " values ($1, $2, 'l', 'u', now(), 'ready')",
        PBX,
        name_of(1),
    )
    await archive.began(1)
    await archive.tell({"what": "verdict", "pbx": PBX, "name": name_of(1), "verdict": "drop"})
    row = await db.fetchrow("select state, verdict from recording")
    assert row is not None
    assert (row["state"], row["verdict"]) == ("ready", "")
