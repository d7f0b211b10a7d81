"""From the click to the PBX: the real server, agents who talk, recorded calls at a set pace as the load.

A click is an HTTP request as a console sends it (own call, own session, a fresh Idempotency-Key). The time is taken
just before its bytes are written; a process that plays the PBX notes when the action's bytes have come. Both read the
machine's one monotonic clock. Beside it, in the same seconds, the floor: a bare relay that turns the same request into
an action, without looking at it.
"""

import asyncio
import json
import secrets
import shutil
import time
from dataclasses import dataclass, field
from typing import Any, Final

from bench.fake_pbx import load_traffic
from bench.million import Person, add_people, fill
from bench.parts import Program, Server
from bench.report import Delays, Report
from bench.talk import agent_of
from cti_server.core.tasks import Tasks
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import SandboxError, State

RATE: Final = 2_500
"""Events a second under load."""
SECONDS: Final = 20
"""Shorter than the time between two comparisons with the PBX, whose lists know nothing of these calls."""
LANES: Final = 30
PAUSE: Final = 0.02
"""Seconds between two clicks, each of another agent."""
CUSTOMERS: Final = 20_000
PBX: Final = "bench"
GOAL: Final = 20.0


@dataclass
class Line:
    """One kept connection, as a browser's."""

    port: int
    head: str
    """The headers that all of its requests have."""

    async def open(self) -> "Line":
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def post(self, path: str, body: object) -> tuple[float, float]:
        """(when it was sent, when it was answered). Raises SandboxError for another answer than 202."""
        text = json.dumps(body)
        request = (
            f"POST {path} HTTP/1.1\r\n{self.head}Idempotency-Key: {secrets.token_hex(8)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        )
        begin = time.monotonic()
        self._writer.write(request.encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        size = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        answer = await self._reader.readexactly(int(size.split(b":")[1]))
        if b" 202 " not in head[:20]:
            raise SandboxError(f"{path} was answered {head[:30]!r} {answer!r}")
        return begin, time.monotonic()

    def close(self) -> None:
        """Disconnect."""
        self._writer.close()


@dataclass
class Clicks:
    """What was clicked: by channel (empty: the floor), the times at which it was sent and how long its answer took."""

    sent: dict[str, list[float]] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)

    async def click(self, line: Line, path: str, channel: str, on: bool) -> None:
        """One click."""
        begin, end = await line.post(path, {"on": on})
        self.sent.setdefault(channel, []).append(begin)
        if channel:
            self.answers.append(end - begin)


def delays(sent: dict[str, list[float]], came: list[tuple[str, float]]) -> tuple[list[float], list[float], int]:
    """(seconds from each click to its action, the same of the floor, how many are missing or too many).

    An agent clicks again only when he has his answer, so the actions on one channel come in the order of the clicks.
    """
    found: dict[str, list[float]] = {}
    for channel, at in came:
        found.setdefault(channel, []).append(at)
    wrong = sum(abs(len(found.get(channel, [])) - len(sent.get(channel, []))) for channel in found.keys() | sent.keys())
    each = {
        channel: [at - begin for begin, at in zip(times, found.get(channel, []), strict=False)]
        for channel, times in sent.items()
    }
    return [one for channel, some in each.items() if channel for one in some], each.get("", []), wrong


def orders() -> tuple[dict[str, int], dict[str, int]]:
    """The lanes of those who click, and the load that comes to RATE."""
    marked = {"lanes": LANES, "first_lane": 0, "first_call": 0}
    load = {"lanes": 1, "first_lane": LANES, "first_call": 1_000_000}
    load["lanes"] = round(RATE / load_traffic(load).pace)
    return marked, load


async def clicking(clicks: Clicks, talks: list[dict[str, Any]], lines: list[Line], least: Line) -> None:
    """Mute and unmute, agent after agent, and after each the floor; until it is cancelled."""
    turn = 0
    while True:
        talk = talks[turn % len(talks)]
        path = f"/api/v1/calls/{PBX}:{talk['call']}/mute"
        await clicks.click(lines[talk["lane"]], path, talk["channel"], turn // len(talks) % 2 == 0)
        await clicks.click(least, path, "", True)
        turn += 1
        await asyncio.sleep(PAUSE)


@dataclass
class Stage:
    """Everything that runs."""

    pbx: Program
    server: Server
    people: list[Person]
    floor_port: int
    tasks: Tasks
    calls: int = 0

    async def phase(self, report: Report, key: str, load: dict[str, int] | None) -> Delays:
        """A PBX on which these agents talk; click; tell what came of it."""
        marked, loaded = orders()
        await self.pbx.ask(members=[marked, loaded])
        await asyncio.sleep(1.0)
        await self.server.until_ready()
        talks = await self.pbx.ask(talks={"lanes": LANES, "first_call": 500_000 + self.calls})
        self.calls += LANES
        lines = [await self._line(self.server.port, self.people[2 * lane].token).open() for lane in range(LANES)]
        least = await self._line(self.floor_port, "x").open()
        await asyncio.sleep(1.0)
        clicks, cpu = Clicks(), self.server.cpu
        asking = self.tasks.start("clicks", clicking(clicks, talks, lines, least))
        if load is None:
            await asyncio.wait([asking], timeout=SECONDS)
            told: dict[str, Any] = {"events": 0, "seconds": SECONDS, "cut": False}
        else:
            order = {"seconds": SECONDS, "marked": {**load, "lanes": 1, "first_lane": LANES}, "load": load}
            told = await self.pbx.ask(limit=SECONDS * 4 + 60, **order)
        if asking.done():
            asking.result()
        asking.cancel()
        await asyncio.wait([asking])
        await asyncio.sleep(0.5)
        came = [(channel, at) for channel, at in await self.pbx.ask(clicks=True)]
        for line in (*lines, least):
            line.close()
        return tell(report, key, clicks, came, told, (self.server.cpu - cpu) / told["seconds"])

    @staticmethod
    def _line(port: int, token: str) -> Line:
        return Line(port, f"Host: 127.0.0.1:{port}\r\nX-CTI: 1\r\nCookie: cti={token}\r\n")


def tell(
    report: Report, key: str, clicks: Clicks, came: list[tuple[str, float]], told: dict[str, Any], cpu: float
) -> Delays:
    """Print and keep one phase."""
    mine, floor, wrong = delays(clicks.sent, came)
    click, least, answer = Delays.of(mine), Delays.of(floor), Delays.of(clicks.answers)
    rate = told["events"] / SECONDS
    report.say(f"{key}: {rate:,.0f} events/s for {SECONDS} s; the server's CPU {cpu:.0%} of a core")
    report.say(f"  click written → action came at the PBX   {click}")
    report.say(f"  click written → answered 202             {answer}")
    report.say(f"  floor: bare relay, written → came        {least}")
    report.say(f"  ratio to the floor: p50 {click.p50 / least.p50:.1f}, p99 {click.p99 / least.p99:.1f}")
    if least.p99 > GOAL / 4:
        report.say("  the floor itself is slow: this machine has other work, the absolute figures say little")
    report.results[key] = {
        "events_per_s": round(rate),
        "server_cpu": round(cpu, 3),
        "click": click.json(),
        "answer": answer.json(),
        "floor": least.json(),
        "ratio_p50": round(click.p50 / least.p50, 2),
        "ratio_p99": round(click.p99 / least.p99, 2),
        "disturbed": least.p99 > GOAL / 4,
    }
    report.goal(f"{key}: links dropped by the server", int(told["cut"]), 0, at_least=False)
    # The click under way when the phase ended may be counted on one side only.
    report.goal(f"{key}: actions missing or sent twice", max(0, wrong - 1), 0, at_least=False)
    return click


async def measure(report: Report, dsn: str, state: State) -> None:
    """Start all, measure both phases."""
    marked, load = orders()
    lanes = marked["lanes"] + load["lanes"]
    devices = [f"PJSIP/{agent_of(lane, number)}" for lane in range(lanes) for number in (1, 2)]
    people = await add_people(dsn, PBX, devices)
    tasks = Tasks("bench")
    async with Program("bench.fake_pbx") as pbx:
        account = await pbx.hear()
        async with (
            Program("bench.relay", str(account["port"])) as relay,
            Server(state, "command", {"database.url": dsn, "pbx": [{"name": PBX, **account}]}) as server,
        ):
            try:
                stage = Stage(pbx, server, people, await relay.hear(), tasks)
                await stage.phase(report, "idle", None)
                loaded = await stage.phase(report, "load", load)
                report.goal("load: p99 in ms", loaded.p99, GOAL, at_least=False)
            finally:
                await tasks.close()


async def work(report: Report) -> None:
    """With a PostgreSQL of its own, gone afterwards."""
    state = State.open()
    postgres = await Postgres.start(state, name="bench-postgres")
    try:
        dsn = await postgres.create_database("command")
        await fill(dsn, CUSTOMERS)
        await measure(report, dsn, state)
    finally:
        await postgres.discard()
        await asyncio.to_thread(shutil.rmtree, state.root / "bench" / "command" / "var", True)


def run() -> Report:
    """The bench."""
    report = Report("command")
    asyncio.run(work(report))
    report.close()
    return report
