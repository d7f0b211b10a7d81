import asyncio

import pytest

from cti_server.core.storage import position
from cti_server.core.storage.database import Database

pytestmark = pytest.mark.database


async def test_moves_with_the_transaction_only_and_one_at_a_time(database_url: str) -> None:
    db = Database(database_url)
    await db.open()

    async def step() -> None:
        async with db.transaction() as connection:
            await position.set_to(connection, "j", await position.locked(connection, "j") + 1)

    await asyncio.gather(*(step() for _ in range(20)))
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await position.set_to(connection, "j", 99)
        await transaction.rollback()
    async with db.transaction() as connection:
        assert await position.locked(connection, "j") == 20
        assert await position.locked(connection, "other") == 0
    await db.close()
