"""The bench of recordings measures what it says: every filter of the search, on rows that are found by it."""

import pytest

from bench.recording import SEARCHES, fill
from cti_server.core.storage.database import Database
from cti_server.recording import store
from cti_server.recording.model import Wanted


@pytest.mark.database
async def test_the_rows_are_found_by_the_searches(database_url: str) -> None:
    await fill(database_url, 1200)
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    try:
        for wanted, least in (
            (Wanted(), 51),
            (Wanted(user_id=7), 3),
            (Wanted(extension="1007"), 3),
            (Wanted(customer="客户300"), 1),
            (Wanted(min_silence=60.0), 1),
            (Wanted(queue="queue3", direction="inbound"), 10),
        ):
            assert len(await store.page(db, wanted, None, 51, str)) >= least, wanted
        indexes = await db.fetch("select indexname from pg_indexes where tablename = 'recording'")
        assert {"recording_by_time", "recording_by_part_of_customer"} <= {row["indexname"] for row in indexes}
    finally:
        await db.close()
    assert len(SEARCHES) > 15
