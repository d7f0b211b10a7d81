"""Finding a recording among very many: every filter, and combinations that fit few or none.

Synthetic rows (CTI_BENCH_RECORDINGS, one million; ten million take some minutes and 8 GB) whose properties do not
depend on one another: queues of very different size, figures that fall off exponentially as real ones do. Each search
goes through the room's own code, cold first.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable
from typing import Any, Final

import asyncpg

from bench.report import Delays, Report
from cti_server.core.storage.database import Database
from cti_server.core.storage.migrate import migrate
from cti_server.recording import store
from cti_server.recording.finding import store as finding
from cti_server.recording.model import Wanted, Within
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State, repository

ROWS: Final = int(os.environ.get("CTI_BENCH_RECORDINGS", "1000000"))
TRIES: Final = 30
GOAL: Final = 200.0
LIMIT: Final = 7200.0
FIRST: Final = 1_767_225_600.0
_FILL: Final = """
insert into recording (pbx, name, linkedid, uniqueid, started_at, state, seconds, size, object, direction, number,
    number_key, customer_id, customer_name, dialled, queue, outcome, call_seconds, talk_seconds, held_seconds, devices,
    silence, longest_silence, talk_over, agent_share, tags, delete_after)
select 'main', 'n' || n, 'l' || n, 'l' || n, at, case when r[1] < 0.001 then 'failed' else 'ready' end,
    5 - 180 * ln(r[2]), 100000, 'o',
    case when r[3] < 0.002 then 'internal' when r[3] < 0.25 then 'outbound' else 'inbound' end, '138' || n,
    '86138' || lpad((r[4] * 1e8)::bigint::text, 8, '0'), (r[5] * 200000)::bigint,
    case when r[6] < 0.33 then (array['王','李','张','刘','陈'])[1 + n % 5] || '客户' || (r[5] * 200000)::bigint end,
    '4001',
    'queue' || floor(20 * r[7] * r[7]), case when r[8] < 0.97 then 'answered' when r[8] < 0.9995 then 'transferred'
    else 'interrupted' end, 60, 50, case when r[9] < 0.3 then -40 * ln(r[10]) else 0 end,
    array[(1000 + floor(r[11] * 400))::text], 5, 2 - 4 * ln(r[12]), 1.5 * -ln(r[13]), 0.5,
    case when r[14] < 0.002 then array['投诉'] else '{}' end, at + interval '180 days'
from generate_series($1::int, $2::int) n,
    lateral (select timestamptz '2026-01-01' + n * interval '20 seconds' as at,
        array(select (1 + (hashint8extended(n, k) & 2147483647)) / 2147483649.0::float8
            from generate_series(1, 14) k) as r) f
"""
_FILL_AGENTS: Final = """
insert into recording_agent (user_id, started_at, recording_id)
select devices[1]::bigint - 999, started_at, id from recording
"""


def _queue(chance: random.Random) -> str:
    return f"queue{chance.randrange(20)}"


SEARCHES: Final[dict[str, Callable[[random.Random], Wanted]]] = {
    "newest": lambda _: Wanted(),
    "a day": lambda r: _days(r),
    "agent": lambda r: Wanted(user_id=r.randint(1, 400)),
    "agent and day": lambda r: _days(r, user_id=r.randint(1, 400)),
    "extension": lambda r: Wanted(extension=str(1000 + r.randrange(400))),
    "queue": lambda r: Wanted(queue=_queue(r)),
    "queue that nobody has": lambda r: Wanted(queue=f"old{r.randrange(9)}"),
    "internal": lambda _: Wanted(direction="internal"),
    "interrupted": lambda _: Wanted(outcome="interrupted"),
    "failed": lambda _: Wanted(state="failed"),
    "end of a number": lambda r: Wanted(digits=f"{r.randrange(1_000_000):06}"),
    "three digits": lambda r: Wanted(digits=f"{r.randrange(1000):03}"),
    "number of nobody": lambda r: Wanted(digits=f"9999{r.randrange(10_000_000):07}"),
    "customer": lambda r: Wanted(customer_id=r.randrange(200_000)),
    "part of a name": lambda r: Wanted(customer=f"客户{r.randrange(200_000)}"),
    "name of nobody": lambda r: Wanted(customer=f"无此人{r.randrange(1000)}"),
    "call": lambda r: Wanted(call_id=f"main:l{r.randrange(ROWS)}"),
    "tag": lambda _: Wanted(tag="投诉"),
    "hold": lambda _: Wanted(min_held=300.0),
    "silence": lambda _: Wanted(min_silence=60.0),
    "silence, none so long": lambda _: Wanted(min_silence=500.0),
    "talk-over": lambda _: Wanted(min_talk_over=20.0),
    "length": lambda _: Wanted(min_seconds=600.0),
    "very long": lambda _: Wanted(min_seconds=2500.0),
    "queue, silence, outbound": lambda r: Wanted(queue=_queue(r), min_silence=20.0, direction="outbound"),
    "queue, long silence, outbound": lambda r: Wanted(queue=_queue(r), min_silence=40.0, direction="outbound"),
    "queue, talk-over, long": lambda r: Wanted(queue=_queue(r), min_talk_over=8.0, min_seconds=600.0),
    "outbound, silence, hold": lambda _: Wanted(direction="outbound", min_silence=30.0, min_held=120.0),
    "agent, silence, outbound": lambda r: Wanted(user_id=r.randint(1, 400), min_silence=25.0, direction="outbound"),
    "agent, tag, queue": lambda r: Wanted(user_id=r.randint(1, 400), tag="投诉", queue=_queue(r)),
    "queue, tag, silence": lambda r: Wanted(queue=_queue(r), tag="投诉", min_silence=10.0),
    "queue, interrupted, a month": lambda r: _days(r, 30, queue=_queue(r), outcome="interrupted"),
    "silence, a month": lambda r: _days(r, 30, min_silence=30.0),
    "end of a number, queue": lambda r: Wanted(digits=f"{r.randrange(10_000):04}", queue=_queue(r)),
    "supervisor of a queue": lambda r: Wanted(within=_within(r)),
    "supervisor, silence, outbound": lambda r: Wanted(min_silence=20.0, direction="outbound", within=_within(r)),
    "agent's own, silence": lambda r: Wanted(min_silence=20.0, within=Within(r.randint(1, 400))),
}


def _days(chance: random.Random, days: int = 1, **more: Any) -> Wanted:
    since = FIRST + chance.random() * max(ROWS * 20 - days * 86_400, 0)
    return Wanted(since=since, until=since + days * 86_400, **more)


def _within(chance: random.Random) -> Within:
    first = chance.randint(1, 380)
    return Within(
        first, (_queue(chance), _queue(chance)), tuple(range(first, first + 20)), tuple(range(first, first + 20))
    )


def run() -> Report:
    """All of it; the database is removed afterwards."""
    report = Report("archive")
    asyncio.run(_run(report))
    report.close()
    return report


async def _run(report: Report) -> None:
    postgres = await Postgres.start(State.open(), name="bench-postgres")
    try:
        await search(report, await postgres.create_database("bench_archive"))
    finally:
        await postgres.discard()


async def search(report: Report, dsn: str) -> None:
    await migrate(dsn, repository() / "cti_server/migrations")
    begin = time.perf_counter()
    await fill(dsn, ROWS)
    report.say(f"  {ROWS:,} rows made in {time.perf_counter() - begin:.0f} s")
    db = Database(dsn, pool_size=2, timeout=30.0)
    await db.open()
    worst, told = 0.0, {}
    try:
        for name, wanted in SEARCHES.items():
            delays = Delays.of(await measured(db, wanted))
            report.say(f"  {name:32} {delays}")
            told[name] = delays.json()
            worst = max(worst, delays.p95)
    finally:
        await db.close()
    report.results |= {"rows": ROWS, "search": told}
    report.goal("p95 of the slowest filter, ms", worst, GOAL, at_least=False)


async def measured(db: Database, wanted: Callable[[random.Random], Wanted], tries: int = TRIES) -> list[float]:
    """Seconds for the first page of each of some searches; the first, in which everything is cold, counts too."""
    chance, took = random.Random(7), []
    for _ in range(tries):
        asked = wanted(chance)
        begin = time.perf_counter()
        async with db.transaction() as connection:
            await store.rows_of(connection, await finding.page(connection, asked, None, 51), str)
        took.append(time.perf_counter() - begin)
    return took


async def fill(dsn: str, rows: int) -> None:
    """Put the rows in. The indexes are made afterwards, from what the catalogue says of them."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set maintenance_work_mem = '512MB'; set synchronous_commit = off")
        await connection.execute("set session_replication_role = replica")
        made = await connection.fetch(
            "select indexname, indexdef from pg_indexes where tablename = 'recording'"
            " and indexname like 'recording_by_%'"
        )
        for one in made:
            await connection.execute(f"drop index {one['indexname']}")
        for first in range(0, rows, 100_000):
            await connection.execute(_FILL, first, min(rows, first + 100_000) - 1, timeout=LIMIT)
        await connection.execute(_FILL_AGENTS, timeout=LIMIT)
        for one in made:
            await connection.execute(one["indexdef"], timeout=LIMIT)
        for table in ("recording", "recording_agent"):
            await connection.execute(f"vacuum analyze {table}", timeout=LIMIT)
    finally:
        await connection.close()
