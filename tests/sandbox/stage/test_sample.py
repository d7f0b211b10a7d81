"""The sample customers in a real database."""

import asyncpg
import pytest

from cti_server.sandbox.stage.people import CUSTOMERS, KNOWN, SHARED_NUMBER
from cti_server.sandbox.stage.sample import load_customers
from cti_server.sandbox.stage.stage import SITE

pytestmark = pytest.mark.database

NOW = 1_795_000_000.0
AGENTS = {1: "李娜", 2: "Tom Becker"}


async def test_they_are_loaded_once_with_all_that_a_pop_shows(database_url: str) -> None:
    assert await load_customers(database_url, CUSTOMERS, AGENTS, NOW, SITE)
    assert not await load_customers(database_url, CUSTOMERS, AGENTS, NOW, SITE)
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("select count(*) from customer") == len(CUSTOMERS)
        shared = "+86" + SHARED_NUMBER.replace("-", "").lstrip("0")
        assert await connection.fetchval("select count(*) from contact where value = $1", shared) == 2
        known = await connection.fetchrow(
            "select (select count(*) from note n where n.customer_id = c.id and open) as notes,"
            " (select count(*) from interaction i where i.customer_id = c.id) as calls,"
            " (select max(at) < to_timestamp($2) from interaction i where i.customer_id = c.id) as past"
            " from customer c where name = $1",
            KNOWN.name,
            NOW,
        )
        assert known is not None
        assert (known["notes"], known["past"]) == (1, True)
        assert known["calls"] > 0
        names = await connection.fetch("select distinct agent_name from interaction")
        assert {row[0] for row in names} == set(AGENTS.values())
    finally:
        await connection.close()
