import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.journal import Journal
from cti_server.core.storage import drain, position
from cti_server.core.storage.database import Connection, Database
from cti_server.core.tasks import Tasks

pytestmark = pytest.mark.database

COUNT = "select coalesce(array_agg(n order by id), '{}') from t"


async def sink(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if any(row.get("bug") for row in rows):
        raise KeyError("bug")
    await connection.executemany("insert into t (n) values ($1)", [(row["n"],) for row in rows])


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    await database.execute("create table t (id bigint generated always as identity, n int check (n >= 0))")
    yield database
    await database.close()


def journal(folder: Path, db: Database) -> Journal:
    return Journal(folder, Tasks("test"), db=db, sinks={"call": sink})


async def test_a_refused_row_is_put_aside_and_the_rest_goes_on(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    for n in [1, 2, -3, 4, "five", 6, 7]:
        one.append("call", {"n": n})
    one.append("call", {"n": 8, "bug": True})
    one.append("call", {"n": 9})
    await one.drained()
    assert await db.fetchval(COUNT) == [1, 2, 4, 6, 7, 9]
    assert (one.dead, one.depth, one.written) == (3, 0, 6)
    letters = [json.loads(line) for line in (tmp_path / "dead.jsonl").read_text().splitlines()]
    assert [letter["row"]["n"] for letter in letters] == [-3, "five", 8]
    assert "CheckViolationError" in letters[0]["error"]
    await one.close()


async def test_rows_of_a_kind_that_is_gone_are_put_aside(db: Database, tmp_path: Path) -> None:
    old = Journal(tmp_path, Tasks("test"), db=Database("postgresql://nobody@127.0.0.1:1/x"), sinks={"gone": sink})
    await old.open()
    old.append("gone", {"n": 1})
    await old.flushed()
    await old.close()
    one = journal(tmp_path, db)
    await one.open()
    one.append("call", {"n": 2})
    await one.drained()
    assert await db.fetchval(COUNT) == [2]
    assert one.dead == 1
    await one.close()


async def test_a_missing_table_is_waited_for(db: Database, tmp_path: Path) -> None:
    await db.execute("alter table t rename to elsewhere")
    one = journal(tmp_path, db)
    await one.open()
    one.append("call", {"n": 1})
    await one.flushed()
    await db.execute("alter table elsewhere rename to t")
    await one.drained(10)
    assert await db.fetchval(COUNT) == [1]
    assert one.dead == 0
    await one.close()


async def test_a_folder_put_back_from_a_copy_loses_no_new_row(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    one.append("call", {"n": 1})
    await one.drained()
    await one.close()
    async with db.transaction() as connection:
        name = (tmp_path / "id").read_text()
        assert await position.locked(connection, name) == 1
        await position.set_to(connection, name, 1000)
    again = journal(tmp_path, db)
    await again.open()
    again.append("call", {"n": 2})
    await again.drained()
    assert await db.fetchval(COUNT) == [1, 2]
    await again.close()


async def test_batches_are_bounded(db: Database, tmp_path: Path) -> None:
    sizes: list[int] = []

    async def counting(connection: Connection, rows: list[dict[str, Any]]) -> None:
        sizes.append(len(rows))
        await sink(connection, rows)

    one = Journal(tmp_path, Tasks("test"), db=db, sinks={"call": counting})
    await one.open()
    for n in range(1200):
        one.append("call", {"n": n})
    await one.drained(20)
    assert max(sizes) <= drain.MOST_ROWS
    assert await db.fetchval(COUNT) == list(range(1200))
    await one.close()
