"""People, a journal, a hub and an audit log that remember, and calls made by hand."""

from dataclasses import dataclass, field
from typing import Any

from cti_server.core.auth.model import Session as SignedIn
from cti_server.core.auth.scope import Scope
from cti_server.core.errors import CtiError
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import CallView, LegView, LinkView
from cti_server.live.words import CallState, Direction, LegRole, LegState
from cti_server.monitoring.model import Mode, Ring

SUPERVISOR, LI, BOB, OTHER = 9, 1, 2, 8


@dataclass(frozen=True)
class Place:
    pbx: str
    device: str
    team: str = ""


@dataclass
class Staff:
    """Who has which device."""

    places: dict[int, Place] = field(
        default_factory=lambda: {
            SUPERVISOR: Place("main", "PJSIP/1005"),
            OTHER: Place("main", "PJSIP/1006"),
            LI: Place("main", "PJSIP/1001", "north"),
            BOB: Place("main", "PJSIP/10012", "south"),
        }
    )
    names: dict[int, str] = field(default_factory=lambda: {SUPERVISOR: "王建国", OTHER: "Eva", LI: "李娜", BOB: "Bob"})

    def profile_of(self, user_id: int) -> Place | None:
        return self.places.get(user_id)

    def user_of(self, pbx: str, device: str) -> int | None:
        return next((user for user, at in self.places.items() if (at.pbx, at.device) == (pbx, device)), None)

    def name_of(self, user_id: int) -> str:
        return self.names.get(user_id, "")

    def standing(self, pbx: str, device: str) -> tuple[str, set[str]]:
        user_id = self.user_of(pbx, device)
        return (self.places[user_id].team if user_id is not None else ""), {"support"}

    def users_within(self, scope: Scope) -> list[int]:
        return [user for user, at in self.places.items() if scope.sees_agent(*self.standing(at.pbx, at.device))]


@dataclass
class KeptJournal:
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def append(self, kind: str, row: dict[str, Any]) -> int:
        self.rows.append((kind, row))
        return len(self.rows)

    def last(self, session_id: str) -> dict[str, Any]:
        return [row for _, row in self.rows if row["id"] == session_id][-1]


@dataclass
class KeptHub:
    """A hub that remembers what was told, and what it was given to show."""

    told: list[tuple[str, str, Any]] = field(default_factory=list)
    topics: dict[str, Any] = field(default_factory=dict)
    parts: dict[tuple[str, str], Any] = field(default_factory=dict)

    def register_topic(self, name: str, **rules: Any) -> None:
        self.topics[name] = rules

    def add_part(self, topic: str, key: str, part: Any) -> None:
        self.parts[topic, key] = part

    def publish(self, topic: str, type: str, data: Any, ts: float) -> None:
        self.told.append((topic, type, data))

    def kinds(self, topic: str) -> list[str]:
        return [kind for at, kind, _ in self.told if at == topic]


@dataclass
class KeptAudit:
    entries: list[tuple[str, str, str]] = field(default_factory=list)

    async def note(self, who: SignedIn, action: str, subject: str, details: object = None) -> None:
        self.entries.append((who.login, action, subject))


class EmptyDatabase:
    """A database in which nothing was set."""

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        return []


@dataclass
class AskedSpies:
    """A PBX that keeps what it was asked; `fault` is what it answers."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    fault: CtiError | None = None
    on_ring: Any = None
    on_switch: Any = None
    on_hang_up: Any = None
    gone: bool = False
    """The channels are gone before they can be hung up."""

    async def ring(self, wanted: Ring) -> None:
        self._take("ring", wanted)
        if self.on_ring:
            self.on_ring(wanted)

    async def switch(self, pbx: str, channel: str, mode: Mode, target: str) -> None:
        self._take("switch", channel, mode, target)
        if self.on_switch:
            self.on_switch(channel, mode, target)

    async def hang_up(self, pbx: str, channel: str) -> bool:
        self._take("hang_up", channel)
        if self.on_hang_up:
            self.on_hang_up(channel)
        return not self.gone

    def _take(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.fault:
            raise self.fault


@dataclass
class SetLive:
    """The live truth, set by hand."""

    calls: dict[str, CallView] = field(default_factory=dict)
    links: dict[str, LinkView] = field(default_factory=lambda: {"main": LinkView("main", True, 0.0)})


def signed_in(user_id: int = SUPERVISOR, *roles: str, login: str = "wang", language: str = "zh-CN") -> SignedIn:
    return SignedIn(
        1, user_id, login, "王建国", frozenset(roles or ("supervisor",)), language, False, "127.0.0.1", 0, 0
    )


def leg(
    device: str,
    serial: int = 1,
    role: LegRole = LegRole.AGENT,
    state: LegState = LegState.CONNECTED,
    *,
    id: str = "",
    ended_at: float | None = None,
) -> LegView:
    return LegView(
        id=id or f"1700.{serial}",
        channel=f"{device}-{serial:08x}",
        device=device,
        role=role,
        state=state,
        number="",
        name="",
        started_at=1000.0,
        answered_at=1001.0 if state is not LegState.ALERTING else None,
        ended_at=ended_at,
    )


def call(*legs: LegView, id: str = "main:1700.0", queue: str | None = "support", pbx: str = "main") -> CallView:
    return CallView(
        id=id,
        pbx=pbx,
        linkedid=id.partition(":")[2],
        state=CallState.ESTABLISHED,
        direction=Direction.INBOUND,
        number="13800000001",
        name="",
        withheld=False,
        dialled="4000",
        queue=queue,
        started_at=1000.0,
        legs=legs,
    )


CUSTOMER = leg("PJSIP/trunk", 0, LegRole.CUSTOMER)


def changed(call: CallView, at: float = 1010.0) -> CallChanged:
    return CallChanged(CallKind.UPDATED, at, call)
