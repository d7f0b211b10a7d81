"""The bench of the archive measures what it says: every filter of the search, on rows that are found by it."""

import random

import pytest

from bench.archive import SEARCHES, fill
from cti_server.core.storage.database import Database
from cti_server.recording.finding import store
from cti_server.recording.model import Wanted


@pytest.mark.database
async def test_the_rows_are_found_by_the_searches(database_url: str) -> None:
    await fill(database_url, 3000)
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    try:
        for wanted, least in (
            (Wanted(), 51),
            (Wanted(user_id=7), 2),
            (Wanted(extension="1007"), 2),
            (Wanted(customer="客户1"), 1),
            (Wanted(min_silence=20.0), 10),
            (Wanted(queue="queue0", direction="inbound"), 51),
            (Wanted(tag="投诉"), 1),
        ):
            async with db.transaction() as connection:
                assert len(await store.page(connection, wanted, None, 51)) >= least, wanted
        indexes = await db.fetch("select indexname from pg_indexes where tablename = 'recording'")
        assert {"recording_by_time", "recording_by_part_of_customer"} <= {row["indexname"] for row in indexes}
        # Every search of the bench is one that the server answers.
        for made in SEARCHES.values():
            async with db.transaction() as connection:
                await store.page(connection, made(random.Random(1)), None, 51)
    finally:
        await db.close()
    assert len(SEARCHES) > 30
