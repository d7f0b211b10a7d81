import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.errors import Conflict, TimedOut
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Connection, Database
from cti_server.core.tasks import Tasks

pytestmark = pytest.mark.database

# Not idempotent on purpose: a row written twice shows as a doubled number.
TABLE = "create table t (id bigint generated always as identity, kind text, n bigint)"
ALL = "select coalesce(array_agg(n order by id), '{}') from t"

WRITER = """
import asyncio, sys
from pathlib import Path
import structlog
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks

async def sink(connection, rows):
    await connection.executemany("insert into t (kind, n) values ('call', $1)", [(row["n"],) for row in rows])

async def main(url, folder, first):
    db = Database(url)
    await db.open()
    journal = Journal(Path(folder), Tasks("writer"), db=db, sinks={"call": sink})
    await journal.open()
    n = int(first)
    while True:
        for _ in range(20):
            journal.append("call", {"n": n, "padding": "x" * 200})
            n += 1
        await journal.flushed()
        print(n - 1, flush=True)
        await asyncio.sleep(0)

asyncio.run(main(*sys.argv[1:]))
"""


def sink_of(kind: str) -> Any:
    async def sink(connection: Connection, rows: list[dict[str, Any]]) -> None:
        await connection.executemany("insert into t (kind, n) values ($1, $2)", [(kind, row["n"]) for row in rows])

    return sink


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    await database.execute(TABLE)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def away() -> AsyncIterator[Database]:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    await database.open()
    yield database
    await database.close()


def journal(folder: Path, db: Database, **more: Any) -> Journal:
    return Journal(folder, Tasks("test"), db=db, sinks={"call": sink_of("call"), "leg": sink_of("leg")}, **more)


async def test_rows_arrive_in_order(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    assert [one.append("call", {"n": n}) for n in range(1, 101)] == list(range(1, 101))
    assert one.depth == 100
    assert one.oldest_at is not None
    await one.drained()
    assert await db.fetchval(ALL) == list(range(1, 101))
    assert (one.depth, one.oldest_at, one.written) == (0, None, 100)
    await one.close()


async def test_kinds_of_a_batch_go_in_the_order_of_the_sinks(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    one.append("leg", {"n": 1})
    one.append("call", {"n": 2})
    await one.drained()
    assert await db.fetchval(ALL) == [2, 1]
    await one.close()


async def test_only_known_kinds_and_json_are_taken(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    with pytest.raises(KeyError):
        one.append("nothing", {})
    with pytest.raises(TypeError):
        one.append("call", {"n": object()})
    assert one.append("call", {"n": 1}) == 1
    await one.drained()
    await one.close()


async def test_rows_wait_on_disk_while_the_database_is_away(db: Database, away: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, away)
    await one.open()
    for n in range(1, 51):
        one.append("call", {"n": n})
    await one.flushed()
    with pytest.raises(TimedOut):
        await one.drained(0.2)
    assert one.depth == 50
    await one.close(0.2)
    two = journal(tmp_path, db)
    await two.open()
    assert two.depth == 50
    two.append("call", {"n": 51})
    await two.drained()
    assert await db.fetchval(ALL) == list(range(1, 52))
    await two.close()


async def test_an_idle_journal_learns_how_far_it_is(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    one.append("call", {"n": 1})
    await one.drained()
    await one.close()
    two = journal(tmp_path, db)
    await two.open()
    await two.drained()
    assert two.depth == 0
    assert await db.fetchval(ALL) == [1]
    await two.close()


async def test_one_folder_one_process(db: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, db)
    await one.open()
    with pytest.raises(Conflict):
        await journal(tmp_path, db).open()
    await one.close()


async def test_a_full_budget_counts_what_is_lost_and_takes_rows_again(
    db: Database, away: Database, tmp_path: Path
) -> None:
    one = journal(tmp_path, away, max_bytes=20_000)
    await one.open()
    taken = [one.append("call", {"n": n, "padding": "x" * 1000}) for n in range(40)]
    assert one.lost == taken.count(0) > 0
    assert 0 not in taken[:15]
    await one.flushed()
    await one.close(0.1)
    two = journal(tmp_path, db, max_bytes=20_000)
    await two.open()
    await two.drained()
    async with asyncio.timeout(5):
        while not two.append("call", {"n": 100, "padding": "x" * 1000}):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # the space is given back after the rows are written
    await two.drained()
    assert await db.fetchval(ALL) == [*range(40 - one.lost), 100]
    await two.close()


async def test_a_disk_that_refuses_gives_no_acknowledgement(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = journal(tmp_path, db)
    await one.open()
    broken = True
    real = os.fsync

    def fsync(handle: int) -> None:
        if broken:
            raise OSError(5, "Input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    one.append("call", {"n": 1})
    with pytest.raises(TimedOut):
        await one.flushed(0.3)
    assert one.failing_since is not None
    assert one.depth == 1
    broken = False
    await one.drained()
    assert one.failing_since is None
    assert await db.fetchval(ALL) == [1]
    await one.close()


async def test_killed_at_any_point_nothing_acknowledged_is_lost_or_doubled(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(11)
    acknowledged: list[int] = []
    for round_ in range(8):
        first = (round_ + 1) * 1_000_000
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, database_url, str(tmp_path), str(first), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        last = int(await asyncio.wait_for(child.stdout.readline(), 20))
        killer = asyncio.get_running_loop().call_later(chance.random() * 0.5, os.kill, child.pid, signal.SIGKILL)
        async for line in child.stdout:
            if line.endswith(b"\n"):
                last = int(line)
        await child.wait()
        killer.cancel()
        acknowledged += range(first, last + 1)
    one = journal(tmp_path, db)
    await one.open()
    await one.drained(30)
    await one.close()
    stored = await db.fetchval(ALL)
    assert len(stored) == len(set(stored))
    assert stored == sorted(stored)
    assert set(acknowledged) <= set(stored)
    assert len(acknowledged) > 500


async def test_killed_postgresql_loses_and_doubles_nothing(own_postgres: Any, tmp_path: Path) -> None:
    from cti_server.core.storage.migrate import migrate
    from cti_server.sandbox.state import repository

    await migrate(own_postgres.dsn, repository() / "cti_server/migrations")
    db = Database(own_postgres.dsn)
    await db.open()
    await db.execute(TABLE)
    one = journal(tmp_path, db)
    await one.open()
    n = 0
    for _ in range(3):
        for _ in range(40):
            for _ in range(25):
                one.append("call", {"n": n})
                n += 1
            await one.flushed()
        await own_postgres.kill()
        for _ in range(500):
            one.append("call", {"n": n})
            n += 1
        await one.flushed()  # the disk goes on
        await own_postgres.restart()
    await one.drained(30)
    assert await db.fetchval(ALL) == list(range(n))
    assert one.dead == 0
    await one.close()
    await db.close()


async def test_what_postgresql_may_not_have_can_be_read_back(away: Database, tmp_path: Path) -> None:
    one = journal(tmp_path, away)
    await one.open()
    for n in range(5):
        one.append("leg" if n % 2 else "call", {"n": n})
    await one.flushed()
    await one.close()
    again = journal(tmp_path, away)
    await again.open()
    again.append("call", {"n": 6})
    await again.flushed()
    assert await again.undrained("call", lambda rows: [row["n"] for row in rows]) == [0, 2, 4, 6]
    await again.close()


async def test_who_waits_for_rows_does_not_wait_until_more_have_gathered(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.core.journal.GATHER_ROWS", 60.0)
    one = journal(tmp_path, db)
    await one.open()
    one.append("call", {"n": 1})
    await one.drained()
    one.append("call", {"n": 2})
    await one.drained()
    assert await db.fetchval(ALL) == [1, 2]
    await one.close()


async def test_what_is_drained_can_be_forgotten_on_disk(db: Database, tmp_path: Path) -> None:
    """Neither the segment that is being written nor the letters keep the words; rows go on as before."""
    one = journal(tmp_path, db)
    await one.open()
    one.append("call", {"n": 1, "who": "王小明"})
    one.append("call", {"n": "王小明 is no number"})
    await one.drained()
    assert [name[-4:] for name in naming(tmp_path, "王小明")] == [".log", "sonl"]
    one.append("call", {"n": 2})
    assert await one.forget("王小明", "███") == 1
    assert naming(tmp_path, "王小明") == []
    assert await one.forget("王小明", "███") == 0
    one.append("call", {"n": 3})
    await one.close()
    again = journal(tmp_path, db)
    await again.open()
    assert again.append("call", {"n": 4}) == 5
    await again.drained()
    assert await db.fetchval(ALL) == [1, 2, 3, 4]
    await again.close()


def naming(folder: Path, word: str) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file() and word in path.read_text("utf-8"))
