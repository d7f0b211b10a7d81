"""PostgreSQL is killed for half a minute while calls go on: is the history whole afterwards, and how soon?

The real server, its journal on disk, a PostgreSQL that syncs to disk, and recorded calls with agents who are known, of
callers of whom four in five are not. `kill -9` comes in the middle. Afterwards each call that was sent must stand in
the history once, over and answered, and with whom its agent talked as well.
"""

import asyncio
import shutil
import time
from typing import Any, Final

import asyncpg

from bench.end_to_end import PBX, Watch, enter
from bench.fake_pbx import marked_traffic
from bench.million import add_people, fill
from bench.parts import Program, Server
from bench.report import Report
from bench.talk import agent_of
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State

AWAY: Final = 30.0
"""Seconds without PostgreSQL."""
BEFORE: Final = 5.0
SECONDS: Final = 36
"""In which calls begin. All is over before the server compares its calls with the PBX (after 45 s), for the one that is
played here lists none."""
LANES: Final = 30
CAUGHT_UP: Final = 30.0
"""Seconds after its return in which the history must be whole."""
CUSTOMERS: Final = 200_000
_CALLS: Final = "select linkedid from call where linkedid = any($1) and ended_at is not null and outcome = 'answered'"
_TALKS: Final = (
    "select substr(call_id, length($2::text) + 2) from interaction"
    " where substr(call_id, length($2::text) + 2) = any($1)"
)
_DOUBLED: Final = {
    "calls": "select count(*) from (select 1 from call group by pbx, linkedid having count(*) > 1) twice",
    "talks": "select count(*) from (select 1 from interaction where call_id not like 'old:%'"
    " group by call_id, user_id having count(*) > 1) twice",
    "talks in a call": "select count(*) from (select 1 from call_segment where kind = 'talk' and ended_at is not null"
    " group by call_id, device, started_at having count(*) > 1) twice",
}


async def outage(postgres: Postgres) -> tuple[float, float]:
    """Kill it, wait, start it again; when it was back (monotonic), and how long it was away."""
    await asyncio.sleep(BEFORE)
    await postgres.kill()
    begin = time.monotonic()
    await asyncio.sleep(AWAY)
    await postgres.restart()
    return time.monotonic(), time.monotonic() - begin


async def whole(connection: "asyncpg.Connection[Any]", calls: set[str], limit: float) -> tuple[set[str], set[str]]:
    """Which of these calls are missing, and of which the talk; as soon as none is, or after `limit` seconds."""
    deadline = time.monotonic() + limit
    while True:
        lost = calls - {row[0] for row in await connection.fetch(_CALLS, list(calls))}
        untold = calls - {row[0] for row in await connection.fetch(_TALKS, list(calls), PBX)}
        if not (lost or untold) or time.monotonic() > deadline:
            return lost, untold
        await asyncio.sleep(0.1)


async def measure(report: Report, postgres: Postgres, state: State) -> None:
    """Start all, break it, count."""
    dsn = await postgres.create_database("outage")
    await fill(dsn, CUSTOMERS)
    order = {"lanes": LANES, "first_lane": 0, "first_call": 0}
    people = await add_people(dsn, PBX, [f"PJSIP/{agent_of(lane)}" for lane in range(LANES)])
    boss = (await add_people(dsn, PBX, [""], ["supervisor"]))[0]
    watch = Watch()
    async with Program("bench.fake_pbx") as pbx:
        account = await pbx.hear()
        await pbx.ask(members=[order, {**order, "first_lane": LANES, "lanes": 1}])
        async with Server(state, "outage", {"database.url": dsn, "pbx": [{"name": PBX, **account}]}) as server:
            await enter(server, watch, dict(enumerate(people)), boss)
            await pbx.ask(members=[order, {**order, "first_lane": LANES, "lanes": 1}])  # a fresh link
            await asyncio.sleep(1.0)
            await server.until_ready()
            work = asyncio.gather(
                outage(postgres), pbx.ask(limit=SECONDS * 4 + 60, seconds=SECONDS, marked=order, load=None)
            )
            (back, away), told = await work
            calls = {call for call, _, _ in told["marks"]}
            rate = marked_traffic(order).pace
            report.say(f"{len(calls)} calls, {rate:.0f} events/s; PostgreSQL was killed and away for {away:.1f} s")
            report.results["away_s"] = round(away, 1)
            await count(report, dsn, calls, back)
            letters = server.folder / "var/journal/dead.jsonl"
            refused = len(letters.read_text().splitlines()) if letters.exists() else 0
            report.goal("rows refused", refused, 0, at_least=False)
            report.goal("links dropped by the server", int(told["cut"]), 0, at_least=False)
            watch.close()


async def count(report: Report, dsn: str, calls: set[str], back: float) -> None:
    """What came of these calls; `back`: when PostgreSQL was there again (monotonic seconds)."""
    connection = await asyncpg.connect(dsn)
    try:
        lost, untold = await whole(connection, calls, CAUGHT_UP)
        after = time.monotonic() - back
        report.say(f"  the history was looked at until {after:.1f} s after its return")
        report.goal("calls lost", len(lost), 0, at_least=False)
        report.goal("talks of which it is not known with whom", len(untold), 0, at_least=False)
        for what, query in _DOUBLED.items():
            report.goal(f"{what} doubled", int(await connection.fetchval(query)), 0, at_least=False)
        report.results["outage"] = {"calls": len(calls), "lost": sorted(lost)[:10], "untold": sorted(untold)[:10]}
    finally:
        await connection.close()


async def work(report: Report) -> None:
    """With a PostgreSQL of its own, gone afterwards."""
    state = State.open()
    postgres = await Postgres.start(state, name="bench-outage", durable=True)
    try:
        await measure(report, postgres, state)
    finally:
        await postgres.discard()
        await asyncio.to_thread(shutil.rmtree, state.root / "bench" / "outage" / "var", True)


def run() -> Report:
    """The bench."""
    report = Report("outage")
    asyncio.run(work(report))
    report.close()
    return report
