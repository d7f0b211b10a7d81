"""What do routing strategies cost? The arrivals of a bank's call center, served by each strategy, beside longest idle.

CTI_BANK_CALLS names the file (tab, 17 columns; see bank_calls.py). Without it a small made-up pattern is used, and the
bench says so.
"""

import math
import os
import random
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

import msgspec

from bench.bank_calls import DAY, HALF_HOUR, BankCall, by_day, made_up, mean_patience, read, staffing
from bench.queueing import Arrival, Simulation, plain
from bench.report import Report, percentile
from cti_server.routing.decisions.expected.wait_estimate import Expected, Pulse
from cti_server.routing.decisions.policy import VALUE_TIERS, Policy
from cti_server.routing.decisions.strategies import value_cuts, value_tier

SEED: Final = 20
ERLANG_SEED: Final = 100
SERVICE_LEVEL: Final = 20.0
POINTS: Final = {"top1": 30, "next4": 20, "next15": 10}
STRATEGIES: Final[dict[str, Policy]] = {
    "longest idle": plain(),
    "tiers": msgspec.convert({"tiers": {"add": POINTS}}, Policy),
    "tiers+aging": msgspec.convert({"tiers": {"add": POINTS}, "aging": {"every_seconds": 30, "add": 5}}, Policy),
    "least occupied": msgspec.convert({"strategy": "leastOccupied"}, Policy),
    "skills 4>3>all": msgspec.convert(
        {
            "strategy": "skillBased",
            "skills": ["main"],
            "level": 4,
            "relaxing": [{"after_seconds": 20, "level": 3}, {"after_seconds": 60, "level": 0}],
        },
        Policy,
    ),
    "last agent 20 s": msgspec.convert({"prefer": "lastAgent", "prefer_seconds": 20}, Policy),
}
ERLANG_C: Final = {13: (0.2853, 0.79559, 17.116), 14: (0.1741, 0.88835, 7.836)}
"""Agents → P(wait), service level in 20 s, ASA at 10 erlangs and 180 s (docs/glossary.md)."""


def run(path: str | None = None) -> Report:
    """Run; the file is `path`, else what CTI_BANK_CALLS names."""
    report = Report("routing")
    check_erlang(report)
    name = path or os.environ.get("CTI_BANK_CALLS", "")
    calls = read(Path(name)) if name else made_up()
    what = (
        f"{Path(name).name}: {len(calls):,} calls"
        if name
        else f"made-up pattern (no CTI_BANK_CALLS): {len(calls):,} calls"
    )
    report.say(f"\n  arrivals from {what}; patience mean {mean_patience(calls):.0f} s, from the same calls")
    report.results["arrivals"] = {"source": Path(name).name if name else "made up", "calls": len(calls)}
    compare(report, calls)
    estimates(report, calls, real=bool(name))
    report.close()
    return report


# -- is the simulator right?


def check_erlang(report: Report, calls: int = 40_000, seeds: int = 6) -> None:
    """M/M/n with patient callers must give Erlang C; the mean of some runs, for one run's waits hang together."""
    report.say(
        f"  the simulator beside Erlang C (10 erlangs, {seeds} × {calls:,} calls):  P(wait)        SL 20 s        ASA"
    )
    for agents, (wait, level, asa) in ERLANG_C.items():
        runs = [erlang(agents, calls, ERLANG_SEED + run) for run in range(seeds)]
        found = [fmean(run[part] for run in runs) for part in range(3)]
        figures = "   ".join(f"{a:7.3f} / {b:7.3f}" for a, b in zip(found, (wait, level, asa), strict=True))
        report.say(f"    {agents} agents                                           {figures}")
        report.results[f"erlang_c_{agents}"] = [round(one, 4) for one in found]
        report.goal(f"{agents} agents: P(wait) off by", abs(found[0] - wait), 0.02, at_least=False)
        report.goal(f"{agents} agents: service level off by", abs(found[1] - level), 0.02, at_least=False)


def erlang(agents: int, calls: int, seed: int = SEED) -> tuple[float, float, float]:
    """P(wait), service level and ASA of M/M/n by simulation."""
    chance, at, arrivals = random.Random(seed), 0.0, []
    for _ in range(calls):
        at += chance.expovariate(10 / 180)
        arrivals.append(Arrival(at, chance.expovariate(1 / 180), math.inf))
    staff = [(0.0, frozenset(f"A{n}" for n in range(agents)))]
    waits = [one.waited for one in Simulation(plain(), arrivals, staff).run().arrivals]
    return (
        fmean(wait > 0 for wait in waits),
        fmean(wait <= SERVICE_LEVEL for wait in waits),
        fmean(waits),
    )


# -- the strategies


def arrivals_of(calls: Sequence[BankCall], seed: int = SEED) -> list[Arrival]:
    """The real arrivals and service times; patience drawn; tiers by a value drawn once for each customer."""
    chance = random.Random(seed)
    patience = mean_patience(calls)
    served = [call.service for call in calls if call.answered]
    values = {customer: chance.lognormvariate(0, 1.5) for customer in sorted({c.customer for c in calls if c.customer})}
    cuts = value_cuts(values.values())
    found = []
    for call in calls:
        service = call.service or chance.choice(served)
        tier = value_tier(values[call.customer], cuts) if call.customer else VALUE_TIERS[-1]
        found.append(Arrival(call.joined, service, chance.expovariate(1 / patience), tier, call.customer))
    return found


def compare(report: Report, calls: Sequence[BankCall]) -> None:
    """Each strategy on all days."""
    names = sorted({call.agent for call in calls if call.answered})
    chance = random.Random(SEED)
    skills = {name: {"main": chance.choice((1, 2, 3, 4, 5))} for name in names}
    report.say(
        f"  {len(names)} agents, their skill levels drawn. Who took a call works the whole half hour, so that waits are"
    )
    report.say("  shorter than they were; compare the strategies with each other")
    report.say(
        "\n                    tier    calls   mean wait     p50     p90   SL 20 s   gave up    occupancy (of agents)"
    )
    for name, policy in STRATEGIES.items():
        done: list[Arrival] = []
        busy = ready = 0.0
        shares: dict[str, list[float]] = defaultdict(list)
        last: dict[int, str] = {}
        same = 0
        for _, day in by_day(calls):
            known = dict(last)
            simulation = Simulation(policy, arrivals_of_day(calls, day), shifts(day), skills, last).run()
            done += simulation.arrivals
            b, r = simulation.seconds()
            busy, ready = busy + b, ready + r
            for agent, share in simulation.occupancy().items():
                shares[agent].append(share)
            same += sum(known.get(one.customer) == one.agent for one in simulation.arrivals if one.agent)
        _tell(report, name, done, busy / (busy + ready), [fmean(one) for one in shares.values()], same)


_ARRIVALS: dict[int, dict[int, Arrival]] = {}


def arrivals_of_day(calls: Sequence[BankCall], day: Sequence[BankCall]) -> list[Arrival]:
    """Fresh callers of one day: the same for every strategy."""
    kept = _ARRIVALS.setdefault(id(calls), {})
    if not kept:
        kept.update({id(call): one for call, one in zip(calls, arrivals_of(calls), strict=True)})
    found = [kept[id(call)] for call in day]
    return [Arrival(one.at, one.service, one.patience, one.tier, one.customer) for one in found]


def shifts(day: Sequence[BankCall]) -> list[tuple[float, frozenset[str]]]:
    """Who works from when on; in a half hour without anybody those of the one before stay."""
    staff = staffing(day)
    found, before = [], frozenset[str]()
    for half in range(int(DAY // HALF_HOUR)):
        names = frozenset(staff.get(half, ())) or before
        if names != before:
            found.append((half * HALF_HOUR, names))
            before = names
    return found


def _tell(report: Report, name: str, done: list[Arrival], occupancy: float, shares: list[float], same: int) -> None:
    spread = f"{occupancy:6.1%}  ({min(shares):.0%} – {max(shares):.0%})"
    result: dict[str, object] = {"occupancy": round(occupancy, 4), "least": round(min(shares), 4)}
    result["most"] = round(max(shares), 4)
    result["same_agent"] = same
    for tier in ("all", *VALUE_TIERS):
        some = [one for one in done if tier in ("all", one.tier)]
        waits = [one.waited for one in some if one.answered_at is not None]
        if not waits:
            continue
        gave_up = len(some) - len(waits)
        level = sum(wait <= SERVICE_LEVEL for wait in waits) / len(some)
        figures = (fmean(waits), percentile(waits, 0.5), percentile(waits, 0.9), level, gave_up / len(some))
        result[tier] = dict(zip(("mean", "p50", "p90", "sl20", "gave_up"), (round(f, 3) for f in figures), strict=True))
        told = f"{figures[0]:9.1f} s {figures[1]:6.1f}  {figures[2]:6.1f}   {figures[3]:6.1%}    {figures[4]:6.1%}"
        end = f"    {spread}, {same:,} with their last agent of an earlier day" if tier == "all" else ""
        report.say(f"  {name if tier == 'all' else '':16} {tier:7} {len(some):7,} {told}{end}")
    report.results[name] = result


# -- the expected wait


def estimates(report: Report, calls: Sequence[BankCall], *, real: bool = False) -> None:
    """What callers would have been told when they joined, and how long they really waited."""
    told: dict[str, list[tuple[float, float]]] = defaultdict(list)
    ranges: list[tuple[Expected, float]] = []
    pulses = {"main": Pulse(), "internet": Pulse()}
    for _, day in by_day(calls):
        for queue, pulse in pulses.items():
            # Each day begins with what the days before have taught, as a server does that runs on.
            Replay(pulse, told, ranges).run([call for call in day if call.queue == queue])
    report.say("\n  expected wait, told on joining, beside the real one (callers who were answered after a wait)")
    report.say("                                calls   mean error      bias   within 30 s")
    for name, pairs in told.items():
        errors = [expected - waited for expected, waited in pairs]
        figures = (fmean(map(abs, errors)), fmean(errors), fmean(abs(one) <= 30 for one in errors))
        report.results[f"estimate: {name}"] = {
            "calls": len(pairs),
            "mae": round(figures[0], 2),
            "bias": round(figures[1], 2),
            "within_30": round(figures[2], 4),
        }
        report.say(f"  {name:27} {len(pairs):7,}   {figures[0]:8.1f} s {figures[1]:8.1f} s   {figures[2]:9.1%}")
    if ranges:
        _tell_ranges(report, ranges, real=real)


def _tell_ranges(report: Report, ranges: list[tuple[Expected, float]], *, real: bool) -> None:
    inside = fmean(one.low <= waited <= one.high for one, waited in ranges)
    enough = fmean(waited <= one.enough for one, waited in ranges)
    minutes = fmean(waited <= 60 * math.ceil(one.enough / 60) for one, waited in ranges)
    width = fmean(one.high - one.low for one, _ in ranges)
    report.results["range"] = {"inside": round(inside, 4), "enough": round(enough, 4), "minutes": round(minutes, 4)}
    report.say(
        f"  the range of four in five held {inside:.1%} ({width:.0f} s wide); of three in four it was to be enough for"
    )
    report.say(f"  {enough:.1%}, and as whole minutes, as it is spoken, for {minutes:.1%}")
    report.goal("share of waits in the range of four in five", inside, 0.75, at_least=True)
    report.goal("share who waited no longer than they were told", minutes, 0.75, at_least=True)


class Replay:
    """One day of one queue: adds by estimator (expected, real) of each caller who waited and was answered."""

    def __init__(
        self, pulse: Pulse, told: dict[str, list[tuple[float, float]]], ranges: list[tuple[Expected, float]]
    ) -> None:
        self.pulse, self.told, self.ranges = pulse, told, ranges
        self.waiting: dict[int, BankCall] = {}
        self.busy, self.seen = Counter[str](), dict[str, float]()
        self.last, self.mean = 0.0, deque[float](maxlen=50)
        self.foretold: dict[int, Expected] = {}

    def run(self, day: Sequence[BankCall]) -> None:
        """All of it."""
        events: list[tuple[float, int, int, BankCall]] = []
        for n, call in enumerate(day):
            begun = call.joined + call.waited
            events += [(call.joined, 2, n, call), (begun, 1 if call.waited else 3, n, call)]
            if call.answered:
                events.append((begun + call.service, 0, n, call))
        for at, kind, n, call in sorted(events, key=lambda one: one[:3]):
            if kind == 2:
                self.joins(at, n, call)
            elif kind:
                self.leaves(at, n, call)
            else:
                self.busy[call.agent] -= 1
                self.seen[call.agent] = at
                self.pulse.handled(call.service)

    def joins(self, at: float, n: int, call: BankCall) -> None:
        """He is told what to expect."""
        mine = call.joined - call.head_start
        place = 1 + sum(other.joined - other.head_start <= mine for other in self.waiting.values())
        head = max((at - other.joined for other in self.waiting.values()), default=0.0)
        self.waiting[n] = call
        agents = sum(at - when <= HALF_HOUR for when in self.seen.values())
        # Who had to wait found nobody free, which a live server sees in the agents' states; here it is in the file.
        expected = self.pulse.expected(place, agents, 0) if call.waited else None
        if expected is None:
            return
        self.foretold[n] = expected
        if call.answered:
            mean = fmean(self.mean) if self.mean else 0.0
            for name, seconds in (
                ("position and staff, learned", expected.seconds),
                ("position and staff alone", expected.model),
                ("position × handling ÷ staff", place * (self.pulse.handling or 0.0) / agents),
                ("head of the line", head),
                ("last one answered", self.last),
                ("mean of the last 50", mean),
            ):
                self.told[name].append((seconds, call.waited))
            self.ranges.append((expected, call.waited))

    def leaves(self, at: float, n: int, call: BankCall) -> None:
        """To an agent, or because he gave up."""
        self.waiting.pop(n, None)
        self.pulse.left(call.waited, not call.answered)
        if not call.answered:
            return
        if n in self.foretold:
            self.pulse.turned_out(self.foretold[n], call.waited)
        self.busy[call.agent] += 1
        self.seen[call.agent] = at
        if call.waited > 0:
            self.last = call.waited
            self.mean.append(call.waited)
