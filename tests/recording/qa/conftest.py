from collections.abc import AsyncIterator

import pytest_asyncio

from cti_server.core.storage.database import Database
from tests.recording.qa.house import House


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    house = House(db)
    yield house
    await house.close()
    await db.close()
