"""What is counted of callers in flows, and the arithmetic (pure)."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from cti_server.core.auth.model import Session
from cti_server.routing.flows.document import Flow
from cti_server.routing.flows.nodes import Condition, Menu

CONTAINED: Final = frozenset({"contained"})
HANDED: Final = frozenset({"handed", "served", "ended"})
GONE: Final = frozenset({"gone"})
"""He hung up in the middle. Every other outcome is a safe queue: safe, no_way, loop, lost …"""


class Calls(Protocol):
    """Who may see which call."""

    def detail(self, who: Session, name: str) -> Awaitable[Any]:
        """A call by number or live id: `.call.call_id` is `<pbx>:<Linkedid>`. Raises NotFound."""


@dataclass(frozen=True, slots=True)
class StepJson:
    """One node that a caller passed: when (unix seconds), for how long, by which exit.

    `label` as the admin named the node, `chosen` what he calls the exit (the label of a key or of a case), both of the
    version that the call followed; empty where he named nothing.
    """

    flow: str
    version: int
    title: str
    node: str
    kind: str
    label: str
    exit: str
    chosen: str
    at: float
    seconds: float


def named(row: Mapping[str, Any], document: Flow | None) -> StepJson:
    """A visit with the names of its flow's version; without them when that cannot be read any more."""
    node = document.nodes.get(row["node"]) if document is not None else None
    chosen = ""
    if isinstance(node, Menu):
        chosen = node.key_labels.get(row["exit"], "")
    elif isinstance(node, Condition):
        chosen = next((case.label for case in node.cases if case.name == row["exit"]), "")
    return StepJson(
        flow=row["flow"],
        version=row["version"],
        title=document.title if document is not None else "",
        node=row["node"],
        kind=row["kind"],
        label=node.label if node is not None else "",
        exit=row["exit"],
        chosen=chosen,
        at=row["at"],
        seconds=row["seconds"],
    )


@dataclass(frozen=True, slots=True)
class ExitJson:
    """By one exit of a node."""

    exit: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class NodeJson:
    """One node: callers that passed, seconds they stayed on average, hung up in it, ran into time-outs, chose what."""

    node: str
    kind: str
    passed: int
    hung_up: int
    timed_out: int
    mean_seconds: float
    exits: tuple[ExitJson, ...]


@dataclass(frozen=True, slots=True)
class DayJson:
    """Calls that began on one day of the site's zone (YYYY-MM-DD), by how they ended; the rest still goes on."""

    day: str
    calls: int
    contained: int
    handed: int
    hung_up: int
    to_safe_queue: int


@dataclass(frozen=True, slots=True)
class FiguresJson:
    """A flow over a time. Rates 0 to 1, null without calls.

    `completion_rate`: calls that came to an end of the flow or were handed on, of all that are over.
    `containment_rate`: calls that ended without an agent because the caller had what he wanted, of all that are over.
    `repeat_rate`: calls of a number that had called the same flow within 24 hours, of those that show a number.
    """

    flow: str
    version: int | None
    since: float
    until: float
    calls: int
    over: int
    completed: int
    contained: int
    handed: int
    hung_up: int
    to_safe_queue: int
    repeated: int
    completion_rate: float | None
    containment_rate: float | None
    repeat_rate: float | None
    outcomes: dict[str, int]
    top_exits: tuple[dict[str, Any], ...]
    nodes: tuple[NodeJson, ...]
    """Counted when they were passed; a call counts when it began."""
    days: tuple[DayJson, ...]
    """Every day of the time, in order."""


def days_of(rows: Iterable[Mapping[str, Any]], since: float, until: float, zone: str) -> tuple[DayJson, ...]:
    """Counts by day and outcome → every day from `since` until before `until`. Rows: day, outcome, count."""
    counted: dict[str, dict[str | None, int]] = {}
    for row in rows:
        counted.setdefault(row["day"], {})[row["outcome"]] = row["count"]
    first, last = (datetime.fromtimestamp(at, ZoneInfo(zone)).date() for at in (since, max(since, until - 1e-6)))
    names = ((first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1))
    return tuple(_day(name, counted.get(name, {})) for name in names)


def _day(name: str, outcomes: Mapping[str | None, int]) -> DayJson:
    contained, handed, gone = (
        sum(count for outcome, count in outcomes.items() if outcome in kind) for kind in (CONTAINED, HANDED, GONE)
    )
    over = sum(count for outcome, count in outcomes.items() if outcome is not None)
    return DayJson(name, sum(outcomes.values()), contained, handed, gone, over - contained - handed - gone)


def nodes_of(rows: Iterable[Mapping[str, Any]]) -> tuple[NodeJson, ...]:
    """Sums by node and exit → nodes, the most visited first. Rows: node, kind, exit, count, seconds."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["node"], []).append(row)
    made = [_node(name, each) for name, each in found.items()]
    return tuple(sorted(made, key=lambda node: (-node.passed, node.node)))


def _node(name: str, rows: list[Mapping[str, Any]]) -> NodeJson:
    passed = sum(row["count"] for row in rows)
    by_exit = {row["exit"]: row["count"] for row in rows}
    exits = (ExitJson(exit_, count, count / passed) for exit_, count in by_exit.items())
    return NodeJson(
        node=name,
        kind=rows[-1]["kind"],
        passed=passed,
        hung_up=by_exit.get("gone", 0),
        timed_out=by_exit.get("timeout", 0),
        mean_seconds=sum(row["seconds"] for row in rows) / passed,
        exits=tuple(sorted(exits, key=lambda each: (-each.count, each.exit))),
    )


def rate(part: int, whole: int) -> float | None:
    """A share, None of nothing."""
    return part / whole if whole else None


def top_exits(nodes: Iterable[NodeJson], most: int = 10) -> tuple[dict[str, Any], ...]:
    """Where callers hung up most."""
    gone = sorted(((node.hung_up, node.node) for node in nodes if node.hung_up), reverse=True)
    return tuple({"node": name, "count": count} for count, name in gone[:most])
