"""The edges of the room: a PBX that keeps who may register, a stream that keeps what is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from cti_server.calls.softphone.model import Figures, PhoneOptions
from cti_server.calls.softphone.service import SoftphoneService
from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.errors import Unavailable
from cti_server.core.tasks import Tasks
from cti_server.live.views import AgentView, CallView
from tests.calls.made import AT, session
from tests.fakes.set_clock import SetClock

LI, ZHAO, DESK = 1, 2, 3
FIGURES = Figures(packets_received=500, packets_lost=5, packets_sent=510, jitter_ms=4.0, codec="opus", rtt_ms=20.0)


@dataclass
class Door:
    """Endpoint → who may register; `away` makes the PBX unreachable."""

    given: dict[str, tuple[str, str]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    away: bool = False

    async def give(self, pbx: str, endpoint: str, user: str, password: str) -> None:
        self._reach()
        self.given[endpoint] = (user, password)

    async def take(self, pbx: str, endpoint: str, *, registered: bool = True) -> None:
        self._reach()
        self.given.pop(endpoint, None)
        self.taken.append(endpoint)

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("away")


@dataclass
class Owned:
    user_id: int
    key: tuple[str, str]


class People:
    def __init__(self) -> None:
        self.devices = {LI: ("main", "PJSIP/1001w"), ZHAO: ("main", "PJSIP/1002w"), DESK: ("main", "PJSIP/1003")}

    def __iter__(self) -> Iterator[Owned]:
        return iter([Owned(user, key) for user, key in self.devices.items()])

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        return self.devices.get(user_id)

    def users_within(self, scope: Scope) -> list[int]:
        return [LI] if "north" in scope.teams else []


class Hub:
    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any]] = []
        self.parts: dict[str, Any] = {}

    def add_part(self, topic: str, key: str, part: Any) -> None:
        self.parts[topic, key] = part

    def hears(self, topic: str) -> bool:
        return True

    def publish(self, topic: str, type: str, data: object, ts: float) -> None:
        self.told.append((topic, type, data))


@dataclass
class Live:
    calls: Mapping[str, CallView] = field(default_factory=dict)
    agents: Mapping[tuple[str, str], AgentView] = field(default_factory=dict)


class Journal:
    def __init__(self) -> None:
        self.rows: list[tuple[str, dict[str, Any]]] = []

    def append(self, kind: str, row: dict[str, Any]) -> int:
        self.rows.append((kind, row))
        return len(self.rows)


class World:
    def __init__(self, **options: Any) -> None:
        websockets = {"main": "wss://pbx.example:8089/ws"}
        self.options = replace(PhoneOptions(enabled=True, websockets=websockets), **options)
        self.bus, self.door, self.hub, self.live = Bus(), Door(), Hub(), Live()
        self.people, self.journal, self.clock, self.tasks = People(), Journal(), SetClock(AT), Tasks("test")
        self.service = self.make()

    def make(self, db: object = None) -> SoftphoneService:
        return SoftphoneService(
            self.options,
            bus=self.bus,
            hub=cast("Any", self.hub),
            live=self.live,
            people=self.people,
            doorkeeper=self.door,
            journal=self.journal,
            db=cast("Any", db),
            clock=self.clock,
            tasks=self.tasks,
        )

    async def settle(self) -> None:
        """Let what was begun come to its end."""
        while len(self.tasks):
            for task in list(self.tasks._running):
                await task


def who(user_id: int = LI, session_id: int = 7) -> Session:
    return replace(session("agent", user_id=user_id), session_id=session_id)
