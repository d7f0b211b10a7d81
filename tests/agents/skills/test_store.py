"""What the database itself refuses of skills."""

import asyncpg
import pytest

from cti_server.agents.skills import store
from cti_server.core.storage.database import Database

pytestmark = pytest.mark.database


async def test_a_level_out_of_range_and_a_user_who_goes(database_url: str) -> None:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    await db.execute("insert into app_user (login, name, roles) values ('li', '李娜', '{agent}')")
    async with db.transaction() as connection:
        await store.put(connection, 1, {"a": 1, "b": 5})
    assert await store.skills(db) == {1: {"a": 1, "b": 5}}
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("insert into agent_skill (user_id, skill, level) values (1, 'c', 6)")
    await db.execute("delete from app_user")
    assert await store.skills(db) == {}
    await db.close()
