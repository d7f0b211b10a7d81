"""`store.py` of the audit log: what the service's tests do not show."""

import pytest

from cti_server.core.audit import store
from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.storage.database import Database
from tests.fakes.set_clock import SetClock

pytestmark = pytest.mark.database


async def test_reading_in_steps_misses_and_doubles_nothing(database_url: str) -> None:
    db = Database(database_url, pool_size=2, timeout=5.0, clock=SetClock())
    await db.open()
    try:
        audit = AuditLog(db, SetClock())
        for n in range(7):
            await audit.note(Operator(), "test.note", f"s{n}")
        assert [entry.id async for entry in store.in_order(db, step=3)] == [1, 2, 3, 4, 5, 6, 7]
    finally:
        await db.close()
