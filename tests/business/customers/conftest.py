import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio

from cti_server.business.customers.numbers import Numbering
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.calls.events import CustomerIdentified
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from tests.business.customers.desk import Calls, Desk, Told


@dataclass
class Room:
    """The room on a real database, with one PBX told by hand."""

    db: Database
    journal: Journal
    customers: Customers
    pops: Pops
    calls: Calls
    told: Told
    identified: list[CustomerIdentified] = field(default_factory=list)


@contextlib.asynccontextmanager
async def room_at(url: str, folder: Path, **more: Any) -> AsyncIterator[Room]:
    clock, bus, tasks = SystemClock(), Bus(), Tasks("test")
    db = Database(url)
    await db.open()
    journal = Journal(folder, tasks, db=db)
    customers = Customers(db, journal, tasks, clock, numbering=Numbering(area_code="010"))
    await journal.open()
    await customers.open()
    calls, told = Calls(bus), Told()
    pops = Pops(customers, Desk(), calls, told, bus, tasks, clock, **{"limit": 2.0, **more})
    pops.open()
    room = Room(db, journal, customers, pops, calls, told)
    bus.subscribe(CustomerIdentified, room.identified.append)
    try:
        yield room
    finally:
        await journal.close(1.0)
        await tasks.close()
        await db.close()


@pytest_asyncio.fixture
async def room(database_url: str, tmp_path: Path) -> AsyncIterator[Room]:
    async with room_at(database_url, tmp_path) as each:
        yield each


@pytest_asyncio.fixture
async def hasty_room(database_url: str, tmp_path: Path) -> AsyncIterator[Room]:
    async with room_at(database_url, tmp_path, limit=0.05) as each:
        yield each
