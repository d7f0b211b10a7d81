"""Recorded talks as facts, and a model that remembers what came of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cti_server.ami.listing import truth_of
from cti_server.ami.message import headers
from cti_server.ami.translate import translate
from cti_server.live.changes import AgentChanged, CallChanged, CallKind, Change, QueueChanged
from cti_server.live.facts import Fact, Truth
from cti_server.live.pbx import Pbx
from cti_server.live.views import CallView, SegmentView

TALKS = Path(__file__).parents[1] / "talks"
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in TALKS.glob("*/*.ami"))
Told = tuple[Fact, float]


def messages(name: str) -> list[bytes]:
    raw = (TALKS / f"{name}.ami").read_bytes().split(b"\r\n\r\n")
    return [message.lstrip(b"\r\n") for message in raw if message.strip()]


def told(raw: Iterable[bytes]) -> list[Told]:
    """Facts with their times; what carries no time comes with what went before."""
    facts: list[Told] = []
    at = 1_795_317_400.0
    for message in raw:
        fact = translate(message, at)
        if fact is not None:
            at = fact[1]
            facts.append(fact)
    return facts


def talk(name: str) -> list[Told]:
    return told(messages(name))


def listing(name: str) -> Truth:
    """The whole truth out of the answers in a talk."""
    items: dict[str, list[dict[str, str]]] = {}
    for message in messages(name):
        item = headers(message)
        if "ActionID" in item or "BridgeUniqueid" in item:
            items.setdefault(item.get("Event", ""), []).append(item)
    asked = {
        "channels": "CoreShowChannel", "statuses": "Status", "queues": "QueueParams", "members": "QueueMember",
        "entries": "QueueEntry", "bridges": "BridgeListItem", "devices": "DeviceStateChange", "parked": "ParkedCall",
    }  # fmt: skip
    lists: dict[str, Any] = {key: tuple(items.get(event, ())) for key, event in asked.items()}
    return truth_of(SimpleNamespace(**lists, bridge_channels=(), refused={}))  # type: ignore[arg-type]


@dataclass
class Replay:
    """A model and everything that it told."""

    pbx: Pbx = field(default_factory=lambda: Pbx("a"))
    changes: list[Change] = field(default_factory=list)
    over: dict[str, CallView] = field(default_factory=dict)

    def feed(self, facts: Iterable[Told]) -> "Replay":
        for fact, at in facts:
            self.apply(fact, at)
        return self

    def apply(self, fact: Fact, at: float) -> list[Change]:
        changes = self.pbx.apply(fact, at)
        self.changes += changes
        for change in changes:
            if isinstance(change, CallChanged) and change.kind is CallKind.CLEARED:
                self.over[change.call.id] = change.call
        return changes

    def calls(self) -> list[CallView]:
        """Ended and open ones, in the order of their beginning."""
        every = [*self.over.values(), *self.pbx.calls.values()]
        return sorted(every, key=lambda call: (call.started_at, call.id))

    def of_calls(self, *kinds: CallKind) -> list[CallChanged]:
        return [c for c in self.changes if isinstance(c, CallChanged) and (not kinds or c.kind in kinds)]

    def of_agents(self, device: str) -> list[AgentChanged]:
        return [c for c in self.changes if isinstance(c, AgentChanged) and c.agent.device == device]

    def of_queues(self) -> list[QueueChanged]:
        return [c for c in self.changes if isinstance(c, QueueChanged)]

    @property
    def kept(self) -> int:
        """Records of channels, bridges and calls that the model still has."""
        book = self.pbx._book
        return len(book.legs) + len(book.bridges) + len(book.locals) + len(book.calls)


def segment_line(segment: SegmentView) -> str:
    where = [part for part in (segment.device, segment.queue) if part]
    return " ".join([segment.kind, *where, segment.result or "open"])


def pieces(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """`data` cut into chunks of these sizes; the rest comes as one."""
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size
    yield data[start:]
