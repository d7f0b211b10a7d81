from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from cti_server.core.storage.database import Database
from tests.recording.archive import Archive


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    yield db
    await db.close()


@pytest_asyncio.fixture
async def archive(db: Database, tmp_path: Path) -> AsyncIterator[Archive]:
    archive = Archive(db, tmp_path)
    yield archive
    await archive.close()
