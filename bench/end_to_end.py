"""From the PBX's bytes to the agent's screen pop: the real server, a million customers, recorded calls at a set pace.

A process plays the PBX and notes the time just before it writes the AgentCalled of a marked call; here the time is
taken at which the `pop.show` of that call arrives at the websocket of the agent who is rung. Both read the machine's
one monotonic clock. Every agent of the load is known to the server, every caller is a customer: all look-ups, pops and
history are done. Beside it, in the same seconds, the floor: a bare TCP echo with one `select 1` in between.
"""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bench.fake_pbx import load_traffic, marked_traffic
from bench.million import Person, add_people, fill
from bench.parts import Program, Server
from bench.report import Delays, Report
from bench.talk import agent_of
from bench.websocket import Browser
from cti_server.core.tasks import Tasks
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State

RATE: Final = 5_500
"""Events a second under load: the most that a real Asterisk of a machine like this sends."""
SECONDS: Final = 25
IDLE_LANES: Final = 10
LOAD_LANES: Final = 30
PBX: Final = "bench"
QUEUES: Final = ("support", "sales")
AFTER: Final = 5.0
"""Seconds after the last event in which a pop may still come."""
GOAL: Final = 10.0


@dataclass
class Agent:
    """A marked lane's agent and what came over his websocket."""

    lane: int
    browser: Browser
    shown: dict[str, float] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)


class Watch:
    """Reads the websockets of many, in this process's event loop."""

    def __init__(self) -> None:
        self._browsers: list[Browser] = []
        self.frames = 0

    def add(self, browser: Browser, hear: Callable[[float, dict[str, Any]], None] | None) -> None:
        """Read this one from now on; heartbeats are answered. Without `hear` the frames are only counted."""
        self._browsers.append(browser)
        browser.sock.setblocking(False)
        asyncio.get_running_loop().add_reader(browser.sock, self._read, browser, hear)

    def _read(self, browser: Browser, hear: Callable[[float, dict[str, Any]], None] | None) -> None:
        at = time.monotonic()
        for message in browser.take():
            self.frames += 1
            if message["type"] == "ping":
                browser.say(type="pong")
            elif hear is not None:
                hear(at, message)

    def close(self) -> None:
        """Close them all."""
        for browser in self._browsers:
            asyncio.get_running_loop().remove_reader(browser.sock)
            browser.sock.close()


def hearing(agent: Agent) -> Callable[[float, dict[str, Any]], None]:
    """Notes an agent's pops."""

    def hear(at: float, message: dict[str, Any]) -> None:
        if message["type"] == "pop.show":
            pop = message["data"]
            agent.shown.setdefault(pop["call_id"].removeprefix(f"{PBX}:"), at)
            agent.statuses[pop["status"]] = agent.statuses.get(pop["status"], 0) + 1

    return hear


async def floor(port: int, pause: float, delays: list[float]) -> None:
    """Ask the floor over and over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        begin = time.monotonic()
        writer.write(b"x\n")
        await reader.readline()
        delays.append(time.monotonic() - begin)
        await asyncio.sleep(pause)


@dataclass
class Phase:
    """What one phase brought."""

    pops: list[float]
    lost: int
    strangers: int
    """Pops at an agent who was not rung."""
    statuses: dict[str, int]
    """How many pops showed what: the record (matched), or the number alone because the look-up took too long."""
    told: dict[str, Any]
    floor: list[float]
    cpu: float
    """Seconds that the server used."""


def matched(agents: dict[int, Agent], marks: list[tuple[str, int, float]]) -> tuple[list[float], int, int]:
    """(seconds from mark to pop, how many never came, how many came to somebody else)."""
    delays, lost, expected = [], 0, set()
    for call, lane, at in marks:
        expected.add((call, lane))
        shown = agents[lane].shown.get(call)
        if shown is None:
            lost += 1
        else:
            delays.append(shown - at)
    strangers = sum((call, agent.lane) not in expected for agent in agents.values() for call in agent.shown)
    return delays, lost, strangers


@dataclass
class Stage:
    """Everything that runs."""

    pbx: Program
    server: Server
    agents: dict[int, Agent]
    floor_port: int
    tasks: Tasks

    async def phase(self, order: dict[str, Any]) -> Phase:
        """Send and collect."""
        for agent in self.agents.values():
            agent.shown.clear()
            agent.statuses.clear()
        delays: list[float] = []
        asking = self.tasks.start("floor", floor(self.floor_port, 0.05, delays))
        cpu = self.server.cpu
        told = await self.pbx.ask(limit=SECONDS * 4 + 60, **order)
        cpu = self.server.cpu - cpu
        deadline = time.monotonic() + AFTER
        marks = [(call, lane, at) for call, lane, at in told.pop("marks")]
        while matched(self.agents, marks)[1] and time.monotonic() < deadline:  # noqa: ASYNC110 (sockets tell `Watch`)
            await asyncio.sleep(0.1)
        asking.cancel()
        pops, lost, strangers = matched(self.agents, marks)
        statuses: Counter[str] = Counter()
        for agent in self.agents.values():
            statuses.update(agent.statuses)
        return Phase(pops, lost, strangers, dict(statuses), told, delays, cpu)


def orders() -> tuple[dict[str, Any], dict[str, Any]]:
    """The idle phase and the one under load. Ids and lanes do not meet."""
    marked = {"lanes": LOAD_LANES, "first_lane": 0, "first_call": 0}
    load = {"lanes": 1, "first_lane": LOAD_LANES, "first_call": 1_000_000}
    load["lanes"] = round((RATE - marked_traffic(marked).pace) / load_traffic(load).pace)
    idle = {"seconds": SECONDS, "marked": {**marked, "lanes": IDLE_LANES, "first_call": 500_000}, "load": None}
    return idle, {"seconds": SECONDS, "marked": marked, "load": load}


async def enter(server: Server, watch: Watch, people: dict[int, Person], wallboard: Person) -> dict[int, Agent]:
    """The marked agents at their consoles, and one wallboard and supervisor who hears everything."""
    agents = {}
    for lane, person in people.items():
        browser = await asyncio.to_thread(Browser, server.port)
        ticket = await server.ticket(person.token)
        await asyncio.to_thread(browser.enter, ticket, ["me"])
        agents[lane] = Agent(lane, browser)
        watch.add(browser, hearing(agents[lane]))
    browser = await asyncio.to_thread(Browser, server.port)
    ticket = await server.ticket(wallboard.token)
    await asyncio.to_thread(browser.enter, ticket, ["queues", "agents", "system"])
    watch.add(browser, None)
    return agents


def tell(report: Report, key: str, title: str, phase: Phase) -> None:
    """Print and keep one phase."""
    told, rate = phase.told, phase.told["events"] / SECONDS
    report.goal(f"{key}: links dropped by the server", int(told["cut"]), 0, at_least=False)
    pops, least = Delays.of(phase.pops), Delays.of(phase.floor)
    per_event = 1e6 * phase.cpu / told["sent"]
    report.say(f"{title}: {rate:,.0f} events/s for {SECONDS} s; the server's CPU {per_event:.0f} µs an event, ", end="")
    report.say(f"{phase.cpu / told['seconds']:.0%} of a core")
    report.say(f"  AgentCalled written → pop.show arrived   {pops}")
    report.say(f"  floor: TCP echo with select 1            {least}")
    report.say(f"  ratio to the floor: p50 {pops.p50 / least.p50:.1f}, p99 {pops.p99 / least.p99:.1f}")
    disturbed = least.p99 > GOAL / 2
    if disturbed:
        report.say(
            "  the floor itself is slow: this machine has other work, the absolute figures of this run say little"
        )
    shown = ", ".join(f"{count} {status}" for status, count in sorted(phase.statuses.items()))
    report.say(f"  what they showed: {shown}")
    report.say(
        f"  pops lost {phase.lost}, at a wrong agent {phase.strangers}; sender late by {told['latest']:.3f} s at most"
    )
    report.results[key] = {
        "events_per_s": round(rate),
        "server_cpu": round(phase.cpu / told["seconds"], 3),
        "server_cpu_us_per_event": round(per_event, 1),
        "disturbed": disturbed,
        "pop": pops.json(),
        "floor": least.json(),
        "ratio_p50": round(pops.p50 / least.p50, 2),
        "ratio_p99": round(pops.p99 / least.p99, 2),
        "shown": phase.statuses,
        "lost": phase.lost,
        "wrong_agent": phase.strangers,
    }
    report.goal(f"{key}: pops lost or at a wrong agent", phase.lost + phase.strangers, 0, at_least=False)


async def measure(report: Report, dsn: str, state: State) -> None:
    """Start all, measure both phases."""
    idle, load = orders()
    lanes = load["load"]["first_lane"] + load["load"]["lanes"]
    devices = [f"PJSIP/{agent_of(lane, number)}" for lane in range(lanes) for number in (1, 2)]
    people = await add_people(dsn, PBX, devices)
    wallboard = (await add_people(dsn, PBX, [""], ["supervisor"]))[0]
    watch, tasks = Watch(), Tasks("bench")
    async with Program("bench.fake_pbx") as pbx, Program("bench.floor", dsn) as least:
        account = await pbx.hear()
        await pbx.ask(members=[load["marked"], load["load"]])
        floor_port = await least.hear()
        link = {"name": PBX, **account}
        async with Server(state, "end_to_end", {"database.url": dsn, "pbx": [link]}) as server:
            try:
                marked = {lane: people[2 * lane] for lane in range(LOAD_LANES)}
                agents = await enter(server, watch, marked, wallboard)
                stage = Stage(pbx, server, agents, floor_port, tasks)
                tell(report, "idle", "quiet", await stage.phase(idle))
                # A PBX without calls again, and a link that is compared with it once, as after every reconnect.
                await pbx.ask(members=[load["marked"], load["load"]])
                await asyncio.sleep(1.0)
                await server.until_ready()
                loaded = await stage.phase(load)
                tell(report, "load", "under load", loaded)
                report.goal("load: p99 in ms", Delays.of(loaded.pops).p99, GOAL, at_least=False)
            finally:
                watch.close()
                await tasks.close()


async def work(report: Report) -> None:
    """With a PostgreSQL of its own, gone afterwards."""
    state = State.open()
    postgres = await Postgres.start(state, name="bench-postgres")
    try:
        report.say("putting a million customers into PostgreSQL …")
        begin = time.monotonic()
        dsn = await postgres.create_database("million")
        await fill(dsn)
        report.say(f"  done in {time.monotonic() - begin:.0f} s")
        await measure(report, dsn, state)
    finally:
        await postgres.discard()
        await asyncio.to_thread(shutil.rmtree, state.root / "bench" / "end_to_end" / "var", True)


def run() -> Report:
    """The bench."""
    report = Report("end_to_end")
    asyncio.run(work(report))
    report.close()
    return report
