"""The day of a queue out of the history, on a real PostgreSQL."""

from dataclasses import replace

import pytest

from cti_server.calls.model import digits_of
from cti_server.calls.picture import row_of
from cti_server.calls.service import SINKS
from cti_server.core.storage.database import Database
from cti_server.live.words import Outcome, SegmentResult
from cti_server.queues.figures import DayOfQueue, Goal
from cti_server.queues.model import told_waits
from cti_server.queues.store import waits_of_day
from tests.calls.made import AT, People, call, story, waited

pytestmark = pytest.mark.database


async def test_what_is_restored_is_what_was_counted_live(database_url: str) -> None:
    *_, (_, told) = story()
    views = [told]
    for n, result in enumerate(SegmentResult):
        views.append(call(f"{n}.7", segments=(waited(1, n, n * 3.25, result), waited(2, n + 50, None, None, "sales"))))
    views.append(replace(call("99.1", segments=(waited(1, 5, 9, SegmentResult.ANSWERED),)), outcome=Outcome.MERGED))
    for n, result in enumerate(SegmentResult):
        name = f"cti-callback-{n}-1-ab"
        parts = (replace(waited(1, n, n, result), leg_id=f"{name}-2"), replace(waited(2, n + 9, 3, result), leg_id="c"))
        views += [replace(call(name, segments=parts), answered_at=AT + n % 2 if n % 2 else None)]
    views.append(call("100.1", segments=(waited(1, -7200, 9, SegmentResult.ANSWERED),)))
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    async with db.transaction() as connection:
        await SINKS["call"](connection, [row_of(view, 1, None, People(), digits_of) for view in views])
    live, restored = DayOfQueue(Goal()), DayOfQueue(Goal())
    for view in views[:-1]:
        for _, key, wait in told_waits(view):
            if wait is not None:
                assert live.book(key, wait)
    for name, key, wait in await waits_of_day(db, AT, AT + 86400):
        assert name == ("main", "support")
        assert restored.book(key, wait)
        assert not live.book(key, wait), "the same key and the same wait"
    assert restored.figures == live.figures
    assert restored.longest_wait == live.longest_wait
    await db.close()
