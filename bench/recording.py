"""Recordings: how fast they are taken in and with how much memory, and how fast one is found among very many.

Intake: our worker (checks, both hashes, stereo MP3, drawing, speech figures in one pass) beside ffmpeg making the same
MP3 and nothing more, and beside LAME alone, which is the limit; all in CPU seconds of one thread. Search: synthetic
rows (CTI_BENCH_RECORDINGS, one million; ten million take some minutes to make), each filter through the room's code.
"""

import array
import asyncio
import os
import random
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import asyncpg
import lameenc

from bench.ffmpeg import cpu_of_join, find_ffmpeg
from bench.report import Delays, Report
from cti_server.core.storage.database import Database
from cti_server.core.storage.migrate import migrate
from cti_server.recording import store
from cti_server.recording.intake.workshop import Workshop
from cti_server.recording.model import Wanted
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State, repository

ROWS: Final = int(os.environ.get("CTI_BENCH_RECORDINGS", "1000000"))
MINUTES: Final = float(os.environ.get("CTI_BENCH_MINUTES", "20"))
"""Length of the long file; 120 for the two hours of the goal, which takes two minutes more."""
SHORT: Final = 2.0
RATE: Final = 8000
TRIES: Final = 30
FACTOR_GOAL: Final = 30.0
MEMORY_GOAL: Final = 16.0
SEARCH_GOAL: Final = 200.0
_FILL: Final = """
insert into recording (pbx, name, linkedid, uniqueid, started_at, state, seconds, size, object, direction, number,
    number_key, customer_id, customer_name, dialled, queue, outcome, call_seconds, talk_seconds, held_seconds, devices,
    silence, longest_silence, talk_over, agent_share, tags)
select 'main', 'n' || n, 'l' || n, 'l' || n, timestamptz '2026-01-01' + n * interval '20 seconds', 'ready',
    20 + n % 600, 100000, 'o', case when n % 4 = 0 then 'outbound' else 'inbound' end, '138' || n,
    '86138' || lpad((n::bigint * 7919 % 100000000)::text, 8, '0'), n % 200000,
    case when n % 3 = 0 then (array['王','李','张','刘','陈'])[1 + n % 5] || '客户' || n % 200000 end, '4001',
    'queue' || n % 20, 'answered', 60, 50, case when n % 50 = 0 then 60 + n % 300 else 0 end,
    array[(1000 + n % 400)::text], 5, case when n % 100 = 0 then 20 + n % 60 else 2 end,
    case when n % 200 = 0 then 30 else 1 end, 0.5, case when n % 500 = 0 then array['投诉'] else '{}' end
from generate_series($1::int, $2::int) n
"""
_FILL_AGENTS: Final = """
insert into recording_agent (user_id, started_at, recording_id) select 1 + id % 400, started_at, id from recording
where id > $1
"""
SEARCHES: Final[dict[str, Callable[[random.Random], Wanted]]] = {
    "newest": lambda _: Wanted(),
    "a day": lambda r: _day(r),
    "agent": lambda r: Wanted(user_id=r.randint(1, 400)),
    "agent and day": lambda r: _day(r, user_id=r.randint(1, 400)),
    "extension": lambda r: Wanted(extension=str(1000 + r.randrange(400))),
    "queue": lambda r: Wanted(queue=f"queue{r.randrange(20)}"),
    "end of a number": lambda r: Wanted(digits=f"{r.randrange(1_000_000):06}"),
    "customer": lambda r: Wanted(customer_id=r.randrange(200_000)),
    "part of a name": lambda r: Wanted(customer=f"客户{r.randrange(200_000)}"),
    "name of nobody": lambda r: Wanted(customer=f"无此人{r.randrange(1000)}"),
    "call": lambda r: Wanted(call_id=f"main:l{r.randrange(ROWS)}"),
    "tag": lambda _: Wanted(tag="投诉"),
    "hold": lambda _: Wanted(min_held=300.0),
    "silence": lambda _: Wanted(min_silence=60.0),
    "talk-over": lambda _: Wanted(min_talk_over=20.0),
    "length": lambda _: Wanted(min_seconds=600.0),
    "queue, silence, outbound": lambda r: Wanted(
        queue=f"queue{r.randrange(20)}", min_silence=20.0, direction="outbound"
    ),
}


def _day(chance: random.Random, **more: Any) -> Wanted:
    since = 1_767_225_600.0 + chance.random() * ROWS * 20
    return Wanted(since=since, until=since + 86_400, **more)


def run() -> Report:
    """All of it."""
    report = Report("recording")
    asyncio.run(_run(report))
    report.close()
    return report


async def _run(report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as folder:
        await _intake(report, Path(folder))
    state = State.open()
    postgres = await Postgres.start(state, name="bench-postgres")
    try:
        await _search(report, await postgres.create_database("bench_recording"))
    finally:
        await postgres.discard()


# -- intake


def make(path: Path, minutes: float, seed: int) -> None:
    """A side of a call: ten seconds of noise that swells and fades as speech does, over and over."""
    chance = random.Random(seed)
    block = array.array("h", (int(chance.gauss(0, 2500) * abs((n % 2000) / 1000 - 1)) for n in range(10 * RATE)))
    for sample in range(3 * RATE, 5 * RATE):
        block[sample] = 0
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        for _ in range(round(minutes * 6)):
            sound.writeframes(block.tobytes())


async def _intake(report: Report, folder: Path) -> None:
    peaks = []
    for minutes in (SHORT, MINUTES):
        sides = [folder / f"{minutes}{side}.wav" for side in "rt"]
        for seed, side in enumerate(sides):
            make(side, minutes, seed)
        workshop = Workshop()
        begin = time.perf_counter()
        answer = await workshop.press(*sides, folder / "a.mp3", 1800.0)
        waited, took = time.perf_counter() - begin, _cpu(workshop.pid)
        assert answer["ok"], answer
        assert abs(answer["pressed"]["seconds"] - minutes * 60) < 1
        peaks.append(_peak_mb(workshop.pid))
        await workshop.close()
    ours = MINUTES * 60 / took
    lame = MINUTES * 60 / await asyncio.to_thread(_lame, sides)
    found = await find_ffmpeg()
    ffmpeg = None if isinstance(found, str) else await cpu_of_join(*found, sides, folder / "b.mp3")
    report.say(
        f"  {MINUTES:g} minutes: ours {ours:.0f} × real time on one core ({waited:.0f} s by the clock);"
        f" LAME alone {lame:.0f} ×"
    )
    report.say(f"  ffmpeg, the MP3 alone: {MINUTES * 60 / ffmpeg:.0f} ×" if ffmpeg else f"  {found}")
    report.say(f"  memory at most: {peaks[0]:.1f} MB for {SHORT:g} minutes, {peaks[1]:.1f} MB for {MINUTES:g}")
    report.results["intake"] = {
        "ours_x": round(ours, 1),
        "lame_x": round(lame, 1),
        "ffmpeg_x": round(MINUTES * 60 / ffmpeg, 1) if ffmpeg else None,
        "peak_mb": [round(peak, 1) for peak in peaks],
    }
    report.goal("intake, × real time per core", ours, FACTOR_GOAL, at_least=True)
    report.goal("memory for the long file above the short one, MB", peaks[1] - peaks[0], MEMORY_GOAL, at_least=False)


def _peak_mb(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _cpu(pid: int | None) -> float:
    """CPU seconds that a process has used, which other programs on the machine disturb less than the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _lame(sides: list[Path]) -> float:
    begin = time.thread_time()
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(48)
    encoder.set_in_sample_rate(RATE)
    encoder.set_out_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(5)
    encoder.silence()
    with wave.open(str(sides[0])) as left, wave.open(str(sides[1])) as right:
        while ours := left.readframes(RATE):
            both = array.array("h", bytes(2 * len(ours)))
            both[0::2], both[1::2] = array.array("h", ours), array.array("h", right.readframes(RATE))
            encoder.encode(both.tobytes())
    encoder.flush()
    return time.thread_time() - begin


# -- search


async def _search(report: Report, dsn: str) -> None:
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
            report.say(f"  {name:26} {delays}")
            told[name] = delays.json()
            worst = max(worst, delays.p95)
    finally:
        await db.close()
    report.results |= {"rows": ROWS, "search": told}
    report.goal("p95 of the slowest filter, ms", worst, SEARCH_GOAL, at_least=False)


async def measured(db: Database, wanted: Callable[[random.Random], Wanted], tries: int = TRIES) -> list[float]:
    """Seconds for the first page of each of some searches; the first, in which everything is cold, counts too."""
    chance, took = random.Random(7), []
    for _ in range(tries):
        asked = wanted(chance)
        begin = time.perf_counter()
        await store.page(db, asked, None, 51, str)
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
            await connection.execute(_FILL, first, min(rows, first + 100_000) - 1, timeout=600)
        await connection.execute(_FILL_AGENTS, 0, timeout=600)
        for one in made:
            await connection.execute(one["indexdef"], timeout=600)
        for table in ("recording", "recording_agent"):
            await connection.execute(f"vacuum analyze {table}", timeout=600)
    finally:
        await connection.close()
