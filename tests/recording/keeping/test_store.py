"""What is due for deletion: over its time, ready, and not held."""

import pytest

from cti_server.core.storage.database import Database
from cti_server.recording.keeping import store

pytestmark = pytest.mark.database


async def test_held_and_young_ones_are_not_due(db: Database) -> None:
    for n, (state, hold, days) in enumerate(
        [("ready", "", -1), ("ready", "court", -1), ("ready", "", 1), ("failed", "", -1), ("ready", "", -2)], 1
    ):
        await db.execute(
            "insert into recording (pbx, name, linkedid, uniqueid, started_at, state, hold, delete_after)"
            " values ('main', $1, 'l', 'u', now(), $2, $3, now() + make_interval(days => $4))",
            str(n),
            state,
            hold,
            days,
        )
    assert [one.id for one in await store.due(db, 10)] == [5, 1]
    assert [one.id for one in await store.due(db, 1)] == [5]
