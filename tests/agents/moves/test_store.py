"""A change as the database keeps it."""

from dataclasses import replace

import pytest

from cti_server.agents.model import QueuePlace
from cti_server.agents.moves import store
from cti_server.agents.moves.model import Change, Item, Kind, Move
from cti_server.core.storage.database import Database

pytestmark = pytest.mark.database


async def test_it_comes_back_as_it_was(database_url: str) -> None:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    item = Item(7, "李娜", (QueuePlace("a", 1),), (), signed_in=("a",))
    move = Move(0, 2, "王", 1000.0, Change(Kind.REMOVE, ("a",)), None, "", 4600.0, (item,))
    async with db.transaction() as connection:
        move = replace(move, id=await store.add(connection, move))
        timed = replace(move, at=10.0, until=2000.0)
        timed = replace(timed, id=await store.add(connection, timed))
    assert await store.recent(db, 500.0) == [move, timed]
    await store.save(db, replace(timed, undone_at=1500.0))
    assert await store.recent(db, 500.0) == [move]
    await db.close()
