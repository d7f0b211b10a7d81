import asyncio
import contextlib
import os
import random
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from cti_server.core.errors import Conflict, Unavailable
from cti_server.core.storage.migrate import LOCK, MigrationError, migrate, pending, read_folder
from cti_server.sandbox.state import repository

pytestmark = pytest.mark.database

FIRST = "create table a (id int primary key);\ninsert into a values (1);\n"
SECOND = "create table b (id int references a (id));\n"
PROGRAM = """
import asyncio, sys
from pathlib import Path
from cti_server.core.storage.migrate import migrate
asyncio.run(migrate(sys.argv[1], Path(sys.argv[2])))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_room_a.sql").write_text(FIRST)
    (tmp_path / "0040_room_b.sql").write_text(SECOND)
    return tmp_path


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_applies_in_order_and_once(empty_database_url: str, folder: Path) -> None:
    assert await pending(empty_database_url, folder) == ["0001_room_a.sql", "0040_room_b.sql"]
    assert await migrate(empty_database_url, folder) == ["0001_room_a.sql", "0040_room_b.sql"]
    assert await migrate(empty_database_url, folder) == []
    assert await pending(empty_database_url, folder) == []
    (folder / "0002_room_later.sql").write_text("create table c (id int);")
    assert await migrate(empty_database_url, folder) == ["0002_room_later.sql"]


async def test_an_edited_file_is_refused_by_name(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0001_room_a.sql").write_text(FIRST + "-- a change")
    with pytest.raises(MigrationError, match=r"0001_room_a\.sql") as caught:
        await migrate(empty_database_url, folder)
    assert caught.value.code == "migration_edited"


async def test_a_failing_file_leaves_nothing(empty_database_url: str, folder: Path) -> None:
    (folder / "0050_room_bad.sql").write_text("create table half (id int);\n\nselect nonsense;\n")
    with pytest.raises(MigrationError, match=r"0050_room_bad.sql, line 3.*nonsense"):
        await migrate(empty_database_url, folder)
    assert await ask(empty_database_url, "select to_regclass('half') is null and to_regclass('b') is not null")
    (folder / "0050_room_bad.sql").write_text("create table half (id int);")
    assert await migrate(empty_database_url, folder) == ["0050_room_bad.sql"]


async def test_two_at_once_apply_each_file_once(empty_database_url: str, folder: Path) -> None:
    done = await asyncio.gather(*(migrate(empty_database_url, folder) for _ in range(4)))
    assert sorted(name for names in done for name in names) == ["0001_room_a.sql", "0040_room_b.sql"]


async def test_waits_for_another_one_only_so_long(empty_database_url: str, folder: Path) -> None:
    other = await asyncpg.connect(empty_database_url)
    await other.execute("select pg_advisory_lock($1)", LOCK)
    with pytest.raises(Conflict):
        await migrate(empty_database_url, folder, wait=0.2)
    await other.close()
    assert len(await migrate(empty_database_url, folder)) == 2


async def test_files_of_a_newer_release_do_not_stop_an_older_one(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0040_room_b.sql").unlink()
    assert await migrate(empty_database_url, folder) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [("one.sql", "select 1"), ("0001_other.sql", "select 1"), ("0003_room_x.sql", "select 1;\nCOMMIT;\nselect 2")],
)
def test_wrong_files_are_named(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(MigrationError, match=name):
        read_folder(folder)


async def test_an_absent_database_is_unavailable(folder: Path) -> None:
    with pytest.raises(Unavailable):
        await migrate("postgresql://nobody@127.0.0.1:1/nothing", folder)


async def test_our_own_files_apply_to_an_empty_database(empty_database_url: str) -> None:
    assert await migrate(empty_database_url, repository() / "cti_server/migrations")


async def test_killed_inside_it_starts_again(empty_database_url: str, tmp_path: Path) -> None:
    for number in range(1, 8):
        (tmp_path / f"{number:04d}_room_t.sql").write_text(
            f"create table t{number} (id int primary key);\nselect pg_sleep(0.05);\ninsert into t{number} values (1);\n"
        )
    chance = random.Random(7)
    for _ in range(5):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, empty_database_url, str(tmp_path), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await asyncio.wait_for(child.wait(), 0.35 + chance.random() * 0.2)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself meanwhile
                os.kill(child.pid, signal.SIGKILL)
            await child.wait()
        applied = await ask(empty_database_url, "select to_regclass('schema_migration')")
        if applied is not None:
            tables = await ask(empty_database_url, "select count(*) from pg_tables where tablename like 't_'")
            assert tables == await ask(empty_database_url, "select count(*) from schema_migration")
    await migrate(empty_database_url, tmp_path)
    assert await ask(empty_database_url, "select count(*) from schema_migration") == 7
