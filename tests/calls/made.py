"""Views made by hand, and the edges of the rooms that work on them: what is told, and what is kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.bus import Bus
from cti_server.live.changes import AgentChanged, AgentKind, CallChanged, CallKind
from cti_server.live.views import AgentView, CallView, LegView, LinkView, MembershipView, QueueView, SegmentView
from cti_server.live.words import (
    AgentState,
    CallState,
    Direction,
    LegRole,
    LegState,
    Outcome,
    SegmentKind,
    SegmentResult,
)

AT = 1_799_978_400.0
"""2027-01-15 10:00 in Shanghai."""


def leg(device: str = "PJSIP/trunk", *, state: LegState = LegState.CONNECTED, n: int = 1, **more: Any) -> LegView:
    role = LegRole.CUSTOMER if device == "PJSIP/trunk" else LegRole.AGENT
    base = LegView(f"u{n}", f"{device}-0000000{n}", device, role, state, "13800138000", "王小明", AT)
    return replace(base, **more)


def part(n: int, kind: SegmentKind, start: float, end: float | None = None, **more: Any) -> SegmentView:
    return replace(SegmentView(n, kind, AT + start, None if end is None else AT + end), **more)


def waited(
    n: int, start: float, end: float | None, result: SegmentResult | None, queue: str = "support"
) -> SegmentView:
    return part(n, SegmentKind.QUEUE, start, end, result=result, queue=queue)


def call(linkedid: str = "1.1", *, pbx: str = "main", **more: Any) -> CallView:
    base = CallView(
        id=f"{pbx}:{linkedid}",
        pbx=pbx,
        linkedid=linkedid,
        state=CallState.INITIATED,
        direction=Direction.INBOUND,
        number="+8613800138000",
        name="王小明",
        withheld=False,
        dialled="4008001234",
        queue=None,
        started_at=AT,
        legs=(leg(),),
    )
    return replace(base, **more)


def agent(
    device: str = "PJSIP/1001", state: AgentState = AgentState.READY, *, pbx: str = "main", **more: Any
) -> AgentView:
    base = AgentView(pbx, device, "Member", state, "", AT, (MembershipView("support"),))
    return replace(base, **more)


def session(*roles: str, user_id: int = 1, scope: Scope = EVERYTHING) -> Session:
    return Session(7, user_id, "someone", "Someone", frozenset(roles), "en", False, "127.0.0.1", AT, AT, scope)


@dataclass
class Told:
    """One message of the stream."""

    topic: str
    type: str
    data: Any
    ts: float


@dataclass
class Hub:
    """Keeps what is published."""

    told: list[Told] = field(default_factory=list)
    snapshots: dict[str, Callable[..., Any]] = field(default_factory=dict)
    may: dict[str, Callable[[Session], bool]] = field(default_factory=dict)

    sights: dict[str, Any] = field(default_factory=dict)

    def register_topic(
        self, name: str, *, may: Any, snapshot: Any = None, history: int = 1000, sight: Any = None
    ) -> None:
        self.may[name] = may
        self.snapshots[name] = snapshot
        self.sights[name] = sight

    def add_part(self, topic: str, key: str, part: Any) -> None:
        self.snapshots[f"{topic}.{key}"] = part

    def hears(self, topic: str) -> bool:
        return True

    def publish(self, topic: str, type: str, data: Any, ts: float) -> None:
        self.told.append(Told(topic, type, data, ts))

    def on(self, topic: str) -> list[Told]:
        return [one for one in self.told if one.topic == topic]


@dataclass
class Live:
    """The live truth, set by hand."""

    calls: dict[str, CallView] = field(default_factory=dict)
    agents: dict[tuple[str, str], AgentView] = field(default_factory=dict)
    queues: dict[tuple[str, str], QueueView] = field(default_factory=dict)
    links: dict[str, LinkView] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.links.setdefault("main", LinkView("main", True, AT))


@dataclass
class Kept:
    """A journal in memory."""

    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def append(self, kind: str, row: dict[str, Any]) -> int:
        self.rows.append((kind, row))
        return len(self.rows)

    async def drained(self, limit: float = 5.0) -> None:
        return None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [row for name, row in self.rows if name == kind]


@dataclass
class People:
    """Owners of devices, set by hand."""

    owners: dict[tuple[str, str], int] = field(
        default_factory=lambda: {("main", "PJSIP/1001"): 1, ("main", "PJSIP/1002"): 2}
    )

    def user_of(self, pbx: str, device: str) -> int | None:
        return self.owners.get((pbx, device))

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        return next((key for key, owner in self.owners.items() if owner == user_id), None)

    def name_of(self, user_id: int) -> str:
        return {1: "李娜", 2: "Bob"}.get(user_id, "")

    standings: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    """Device → team and queues."""

    def standing(self, pbx: str, device: str) -> tuple[str, set[str]]:
        return self.standings.get(device, ("", set()))

    def users_within(self, scope: Scope) -> list[int]:
        return [user for key, user in self.owners.items() if scope.sees_agent(*self.standing(*key))]


class Pbx:
    """Keeps the live truth and the bus in step, as the feed does."""

    def __init__(self, bus: Bus, live: Live) -> None:
        self.bus = bus
        self.live = live

    def says(self, kind: CallKind, view: CallView, at: float = AT) -> None:
        self.live.calls[view.id] = view
        if kind is CallKind.CLEARED:
            del self.live.calls[view.id]
        self.bus.publish(CallChanged(kind, at, view))

    def agent(self, view: AgentView, at: float | None = None) -> None:
        key = (view.pbx, view.device)
        before = self.live.agents.get(key) or agent(view.device, AgentState.LOGGED_OFF, pbx=view.pbx)
        self.live.agents[key] = view
        kind = AgentKind.UPDATED if view.state is before.state else AgentKind(f"agent.{view.state}")
        self.bus.publish(
            AgentChanged(kind, view.since if at is None else at, view, before.state, before.reason, before.since)
        )


def story() -> Iterable[tuple[CallKind, CallView]]:
    """A caller who waits 12 s, is rung through to 1001 after 1002 did not answer, is held, and hangs up after 60 s."""
    outside = leg(n=1)
    first = call(legs=(outside,), segments=(part(1, SegmentKind.IVR, 0),))
    yield CallKind.ORIGINATED, first
    ivr = part(1, SegmentKind.IVR, 0, 3, result=SegmentResult.CLEARED)
    waiting = waited(2, 3, None, None)
    queued = replace(first, state=CallState.QUEUED, queue="support", segments=(ivr, waiting))
    yield CallKind.QUEUED, queued
    other = leg("PJSIP/1002", state=LegState.ALERTING, n=2, started_at=AT + 4)
    ring = part(3, SegmentKind.RING, 4, device="PJSIP/1002", queue="support", leg_id="u2")
    ringing = replace(queued, state=CallState.DELIVERED, legs=(outside, other), segments=(ivr, waiting, ring))
    yield CallKind.DELIVERED, ringing
    other = replace(other, state=LegState.CLEARED, ended_at=AT + 9, cause=16)
    ring = replace(ring, ended_at=AT + 9, result=SegmentResult.NO_ANSWER)
    yield CallKind.RING_ENDED, replace(queued, legs=(outside, other), segments=(ivr, waiting, ring))
    mine = leg("PJSIP/1001", state=LegState.ALERTING, n=3, started_at=AT + 10)
    ring2 = part(4, SegmentKind.RING, 10, device="PJSIP/1001", queue="support", leg_id="u3")
    yield CallKind.DELIVERED, replace(ringing, legs=(outside, other, mine), segments=(ivr, waiting, ring, ring2))
    mine = replace(mine, state=LegState.CONNECTED, answered_at=AT + 15)
    done = (ivr, replace(waiting, ended_at=AT + 15, result=SegmentResult.ANSWERED), ring)
    done = (*done, replace(ring2, ended_at=AT + 15, result=SegmentResult.ANSWERED))
    talk = part(5, SegmentKind.TALK, 15, device="PJSIP/1001", queue="support", leg_id="u3")
    talking = replace(
        queued, state=CallState.ESTABLISHED, answered_at=AT + 15, legs=(outside, other, mine), segments=(*done, talk)
    )
    yield CallKind.ESTABLISHED, talking
    held = replace(mine, state=LegState.HELD)
    yield CallKind.HELD, replace(talking, state=CallState.HELD, legs=(outside, other, held))
    yield CallKind.RETRIEVED, talking
    talk = replace(talk, ended_at=AT + 75, result=SegmentResult.CLEARED, held_seconds=10.0)
    mine = replace(mine, state=LegState.CLEARED, ended_at=AT + 75)
    outside = replace(outside, state=LegState.CLEARED, ended_at=AT + 75)
    yield (
        CallKind.CLEARED,
        replace(
            talking,
            state=CallState.CLEARED,
            ended_at=AT + 75,
            outcome=Outcome.ANSWERED,
            legs=(outside, other, mine),
            segments=(*done, talk),
        ),
    )
