import asyncio
import time
from typing import Any

import asyncpg
import pytest

from cti_server.core.errors import Unavailable
from cti_server.core.storage.database import Database

pytestmark = pytest.mark.database

STATEMENTS = {"one": "select $1::int + 1 as n", "nap": "select pg_sleep($1::float8)", "wrong": "select 1 / $1::int"}


async def test_answers_by_prepared_statements(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    own = db.dedicated(STATEMENTS)
    await own.open()
    try:
        assert own.up
        assert (await own.fetchrow("one", 1))["n"] == 2
        found = await asyncio.gather(*(own.fetchrow("one", n) for n in range(50)))
        assert [row["n"] for row in found] == list(range(1, 51))
    finally:
        await db.close()


async def test_a_refused_value_costs_no_connection(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    own = db.dedicated(STATEMENTS)
    await own.open()
    try:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await own.fetchrow("wrong", 0)
        assert own.up
        assert (await own.fetchrow("one", 1))["n"] == 2
    finally:
        await db.close()


async def test_slow_answers_are_given_up_and_the_next_one_is_prompt(empty_database_url: str, until: Any) -> None:
    db = Database(empty_database_url, timeout=0.3)
    own = db.dedicated(STATEMENTS)
    await own.open()
    try:
        with pytest.raises(Unavailable):
            await own.fetchrow("nap", 5.0)
        await until(lambda: own.up, 3.0)
        assert (await own.fetchrow("one", 1))["n"] == 2
    finally:
        await db.close()


async def test_comes_back_by_itself_after_a_half_open_line(gate: Any, until: Any) -> None:
    db = Database(gate.url, timeout=1.0)
    own = db.dedicated(STATEMENTS)
    await own.open()
    try:
        gate.fall_silent()
        await until(lambda: not own.up, 5.0)  # nobody asks; its own beat finds out
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await own.fetchrow("one", 1)
        assert time.monotonic() - began < 0.1
        gate.speak_again()
        await until(lambda: own.up, 5.0)
        assert (await own.fetchrow("one", 1))["n"] == 2
    finally:
        await db.close()
