from collections.abc import AsyncIterator

import pytest

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.service import AccountsService
from cti_server.core.auth.sessions import Sessions
from cti_server.core.bus import Bus
from cti_server.core.storage.database import Database
from tests.core.auth.office import Office
from tests.fakes.set_clock import SetClock


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    clock, bus = SetClock(), Bus()
    ended: list[SessionEnded] = []
    db = Database(database_url, pool_size=2, timeout=5.0, clock=clock)
    await db.open()
    audit = AuditLog(db, clock)
    sessions = Sessions(db, bus, clock, idle=12 * 3600, longest=24 * 3600)
    bus.subscribe(SessionEnded, ended.append)
    yield Office(AccountsService(db, audit, bus, clock, sessions), audit, clock, ended, db)
    await db.close()
