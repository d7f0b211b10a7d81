"""The private PostgreSQL: real, on a socket only, back after a crash, gone with its parent."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import SandboxError, State
from tests.sandbox.parents import assert_ends_with_its_parent

pytestmark = pytest.mark.database

PARENT = """
import asyncio, sys
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State

async def main():
    server = await Postgres.start(State.open(sys.argv[1]), durable=False)
    print(server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_every_test_gets_a_database_of_its_own(postgres: Postgres, empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    try:
        assert await connection.fetchval("select current_database()") != "cti"
        assert await connection.fetchval("show listen_addresses") == ""
    finally:
        await connection.close()


async def test_a_migrated_database_knows_its_tables(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetchval(
            "select count(*) from information_schema.tables where table_schema = 'public'"
        )
        assert tables > 0
    finally:
        await connection.close()


async def test_what_was_committed_is_there_after_a_kill(own_postgres: Postgres) -> None:
    connection = await asyncpg.connect(own_postgres.dsn)
    await connection.execute("create table kept (what text); insert into kept values ('中文')")
    await own_postgres.kill()
    assert not own_postgres.running
    await own_postgres.restart()
    connection = await asyncpg.connect(own_postgres.dsn)
    assert await connection.fetchval("select what from kept") == "中文"
    await connection.close()


async def test_a_second_server_on_the_same_folder_is_refused(state: State, own_postgres: Postgres) -> None:
    name = own_postgres.log.parent.name
    with pytest.raises(SandboxError, match=r"runs from .* already"):
        await Postgres.start(state, name=name)
    assert own_postgres.running


async def has_mode(folder: Path, mode: int) -> bool:
    return await asyncio.to_thread(lambda: folder.stat().st_mode & 0o777 == mode)


async def test_a_long_state_path_gets_a_short_socket_folder_that_is_taken_away(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    server = await Postgres.start(State.open(deep), durable=False)
    try:
        folder = Path(server.dsn.partition("host=")[2])
        assert await has_mode(folder, 0o700)
        connection = await asyncpg.connect(server.dsn)
        await connection.close()
    finally:
        await server.discard()
    assert not await asyncio.to_thread(folder.exists)


async def test_a_killed_parent_leaves_no_server(tmp_path: Path) -> None:
    await assert_ends_with_its_parent(PARENT, str(tmp_path / "s"))
    following = await Postgres.start(State.open(tmp_path / "s"), durable=False)
    assert following.running
    await following.discard()


async def test_names_of_databases_are_checked(postgres: Postgres) -> None:
    with pytest.raises(ValueError, match="database name"):
        await postgres.create_database('x"; drop database cti; --')
