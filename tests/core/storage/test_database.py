import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from cti_server.core.errors import NotFound, Unavailable
from cti_server.core.storage.connecting import Way
from cti_server.core.storage.database import Connection, Database

pytestmark = pytest.mark.database

STILL = """
select count(*) from pg_stat_activity
 where query like '%given_up%' and state = 'active' and pid <> pg_backend_pid()
"""


@contextlib.asynccontextmanager
async def opened(url: str, **more: Any) -> AsyncIterator[Database]:
    db = Database(url, **more)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


@pytest_asyncio.fixture
async def db(empty_database_url: str) -> AsyncIterator[Database]:
    async with opened(empty_database_url) as database:
        yield database


async def test_asks_and_tells(db: Database) -> None:
    assert db.up
    assert db.down_since is None
    assert await db.fetchval("select $1::int + 1", 41) == 42
    assert (await db.fetchrow("select 1 as a"))["a"] == 1
    assert [row["n"] for row in await db.fetch("select n from generate_series(1, 3) n")] == [1, 2, 3]
    assert await db.execute("create table t (id int primary key)") == "CREATE TABLE"


async def test_a_transaction_is_kept_or_left(db: Database) -> None:
    await db.execute("create table t (id int primary key)")
    async with db.transaction() as connection:
        await connection.execute("insert into t values (1)")

    async def left() -> None:
        async with db.transaction() as connection:
            await connection.execute("insert into t values (2)")
            raise NotFound("no such thing")

    with pytest.raises(NotFound):
        await left()
    assert await db.fetchval("select array_agg(id) from t") == [1]


async def test_errors_about_values_come_through(db: Database) -> None:
    await db.execute("create table t (id int primary key)")
    await db.execute("insert into t values (1)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("insert into t values (1)")


async def test_a_full_pool_answers_in_time(empty_database_url: str) -> None:
    async with opened(empty_database_url, pool_size=2, timeout=0.2) as db, db.connection(), db.connection():
        with pytest.raises(Unavailable) as caught:
            await db.fetchval("select 1")
        assert caught.value.code == "database_busy"


async def test_a_slow_statement_is_given_up_here_and_there(empty_database_url: str) -> None:
    async with opened(empty_database_url, timeout=0.3) as db:
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            await db.execute("select pg_sleep(5) as given_up")
        assert caught.value.code == "database_slow"
        assert time.monotonic() - began < 1.5
        async with asyncio.timeout(2):
            while await db.fetchval(STILL):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_reports_may_take_longer(empty_database_url: str) -> None:
    async with opened(empty_database_url, timeout=0.3) as db:
        await db.execute("select pg_sleep(0.6)", timeout=3.0)
        assert await db.fetchval("show statement_timeout") == "300ms"


async def test_an_interrupted_caller_leaves_no_busy_connection_behind(empty_database_url: str) -> None:
    async with opened(empty_database_url, pool_size=1) as db:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(db.execute("select pg_sleep(1)"), 0.05)
        assert await db.fetchval("select 1") == 1


async def test_deadlocks_and_lost_serialisations_are_tried_again(db: Database) -> None:
    tries = 0

    async def work(connection: Connection) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            await connection.execute("do $$ begin raise exception 'x' using errcode = '40P01'; end $$")
        return tries

    assert await db.run(work) == 3


async def test_after_three_more_tries_it_says_so(db: Database) -> None:
    tries = 0

    async def work(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        await connection.execute("do $$ begin raise exception 'x' using errcode = '40001'; end $$")

    with pytest.raises(Unavailable):
        await db.run(work)
    assert tries == 4


async def test_half_open_is_told_within_three_seconds_and_heals(gate: Any, until: Any) -> None:
    async with opened(gate.url, timeout=2.5) as db:
        assert await db.fetchval("select 1") == 1
        gate.fall_silent()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await db.fetchval("select 2")
        assert time.monotonic() - began <= 3.0
        await until(lambda: not db.up, 4.0)
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            await db.fetchval("select 3")
        assert caught.value.code == "database_away"
        assert time.monotonic() - began < 0.1
        gate.speak_again()
        assert await db.wait_up(10.0)
        assert await asyncio.gather(*(db.fetchval("select $1::int", n) for n in range(20))) == list(range(20))


async def test_a_long_limit_does_not_make_a_half_open_line_wait(gate: Any) -> None:
    async with opened(gate.url, timeout=30.0) as db:
        assert await db.fetchval("select 1") == 1
        gate.fall_silent()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await db.fetchval("select 2")
        assert time.monotonic() - began <= 3.0


async def test_a_slow_line_is_not_a_lost_one(gate: Any) -> None:
    gate.delay = 0.2
    async with opened(gate.url, timeout=2.5) as db:
        assert await db.fetchval("select 1") == 1
        assert db.up


async def test_listeners_hear_of_loss_and_return(gate: Any, until: Any) -> None:
    heard: list[bool] = []
    async with opened(gate.url) as db:
        db.listen(lambda up, since: heard.append(up))
        await gate.shut()
        await until(lambda: not db.up, 5.0)
        assert db.down_since is not None
        assert db.reason
        await gate.start()
        assert await db.wait_up(5.0)
        assert db.reason == ""
    assert heard == [False, True]


async def test_opens_while_the_database_is_away(gate: Any) -> None:
    await gate.shut()
    async with opened(gate.url) as db:
        assert not db.up
        with pytest.raises(Unavailable):
            await db.fetchval("select 1")
        await gate.start()
        assert await db.wait_up(5.0)


async def test_a_killed_server_is_used_again_after_its_restart(own_postgres: Any, until: Any) -> None:
    async with opened(own_postgres.dsn) as db:
        assert await db.fetchval("select 1") == 1
        await own_postgres.kill()
        await until(lambda: not db.up, 5.0)  # its children live on for a moment
        with pytest.raises(Unavailable):
            await db.fetchval("select 1")
        await own_postgres.restart()
        began = time.monotonic()
        assert await db.wait_up(10.0)
        assert await db.fetchval("select 1") == 1
        assert time.monotonic() - began <= 10.0


async def test_a_standby_counts_as_away(db: Database) -> None:
    async def write() -> None:
        async with db.transaction() as connection:
            await connection.execute("set transaction read only")
            await connection.execute("create table t (id int)")

    with pytest.raises(Unavailable) as caught:
        await write()
    assert caught.value.code == "database_away"


async def test_the_way_sets_its_limits(empty_database_url: str) -> None:
    connection = await Way(empty_database_url, 2.0, 1.5, "someone").connect()
    try:
        assert await connection.fetchval("show statement_timeout") == "1500ms"
        assert await connection.fetchval("show application_name") == "someone"
    finally:
        await connection.close()


async def test_it_is_not_up_before_what_must_be_done_first_is_done(empty_database_url: str, until: Any) -> None:
    tries: list[bool] = []

    async def prepare() -> None:
        tries.append(db.up)
        if len(tries) == 1:
            raise Unavailable("not yet", code="database_away")
        connection = await asyncpg.connect(empty_database_url)
        await connection.execute("create table made_first (id int)")
        await connection.close()

    db = Database(empty_database_url)
    db.before_up(prepare)
    own = db.dedicated({"look": "select count(*) as n from made_first"})
    await db.open()
    await own.open()
    try:
        assert not db.up
        assert not own.up
        assert await db.wait_up(5.0)
        assert await db.fetchval("select count(*) from made_first") == 0
        await until(lambda: own.up, 3.0)
        assert tries == [False, False]
    finally:
        await db.close()
