from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.routing.publishing.office import Office


@pytest_asyncio.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(database_url, tmp_path)
    await office.open()
    yield office
    await office.close()
