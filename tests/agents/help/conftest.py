"""The room of help on a real PostgreSQL and journal, with people and calls made by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agents.help.room import Room


@pytest.fixture
async def room(database_url: str, tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(database_url, tmp_path / "journal")
    await room.open()
    yield room
    await room.close()
