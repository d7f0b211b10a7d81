"""A small call center on a real PBX: link, live model, call control, agents with phones that send and measure tones."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cti_server.ami.actions import Action, Reply, queue_add, queue_remove
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.ami.login import LinkSettings
from cti_server.calls.control.model import Scene, Stage, scene_of
from cti_server.calls.control.numbers import DialRules
from cti_server.calls.control.service import ControlService
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.tasks import Tasks
from cti_server.live.changes import AgentChanged, CallChanged, CallKind, LinkChanged
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.live.views import CallView, SegmentView
from cti_server.live.words import SegmentKind
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.phone import Call, Phone
from cti_server.sandbox.phones.rtp import Pacer
from tests.calls.control.times import Times

PBX = "main"
MUSIC = 350
CUSTOMER = 1000
TONES = {"1001": 440, "1002": 620, "1003": 770}
TALKS = frozenset({SegmentKind.TALK, SegmentKind.CONFERENCE})


def session(user_id: int, *roles: str) -> Session:
    return Session(user_id, user_id, f"u{user_id}", f"User {user_id}", frozenset(roles or ("agent",)), "en", False,
                   "127.0.0.1", 0.0, 0.0)  # fmt: skip


@dataclass(frozen=True)
class Seat:
    user_id: int
    pbx: str
    device: str
    team: str = ""


class People:
    def __init__(self, devices: Mapping[int, str]) -> None:
        self.seats = {user_id: Seat(user_id, PBX, device) for user_id, device in devices.items()}

    def __iter__(self) -> Iterator[Seat]:
        return iter(self.seats.values())

    def user_of(self, pbx: str, device: str) -> int | None:
        return next((s.user_id for s in self.seats.values() if (s.pbx, s.device) == (pbx, device)), None)

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        seat = self.seats.get(user_id)
        return (seat.pbx, seat.device) if seat else None

    def name_of(self, user_id: int) -> str:
        return f"User {user_id}" if user_id in self.seats else ""


@dataclass
class Hub:
    told: list[tuple[str, str, Any]] = field(default_factory=list)
    parts: dict[tuple[str, str], Any] = field(default_factory=dict)

    def add_part(self, topic: str, key: str, part: Any) -> None:
        self.parts[topic, key] = part

    def hears(self, topic: str) -> bool:
        return True

    def publish(self, topic: str, type: str, data: Any, ts: float) -> None:
        self.told.append((topic, type, data))


@dataclass
class AuditBook:
    notes: list[tuple[int, str, str]] = field(default_factory=list)

    async def note(self, who: Session, action: str, subject: str, details: Mapping[str, object] | None = None) -> None:
        self.notes.append((who.user_id, action, subject))


class Office:
    """Agents 1, 2, 3 at 1001, 1002, 1003; customers come in by `customer()`."""

    def __init__(self, pbx: Asterisk, **options: Any) -> None:
        self.asterisk = pbx
        self.clock = SystemClock()
        self.bus = Bus()
        settings = LinkSettings(name=PBX, host=pbx.host, port=pbx.ami_port, user=pbx.ami_user, secret=pbx.ami_secret)
        self.connection = AmiConnection(settings, self.clock)
        self.model = Pbx(PBX)
        self.live = Pbxs({PBX: self.model})
        self._stirred = asyncio.Event()
        self.feed = Feed(self.connection, self.model, self.bus, on_true=self._stirred.set)
        self.hub = Hub()
        self.audit = AuditBook()
        self.people = People({1: "PJSIP/1001", 2: "PJSIP/1002", 3: "PJSIP/1003"})
        self.tasks = Tasks("office")
        self.sent: list[Action] = []
        self.refuse: Callable[[Action], Exception | None] = lambda action: None
        rules = DialRules(outside_prefix="9", forbidden=("900", "00"), per_minute=100)
        self.control = ControlService(
            bus=self.bus, hub=self.hub, live=self.live, people=self.people, send=self.send, audit=self.audit,
            tasks=self.tasks, clock=self.clock, **{"rules": rules, "ring_seconds": 5, **options},
        )  # fmt: skip
        self.phones: dict[str, Phone] = {}
        self.over: dict[str, CallView] = {}
        self.times = Times(pbx)
        self.held_beside_the_pbx = True
        self.changes: list[CallChanged] = []

    async def send(self, pbx: str, action: Action) -> Reply:
        self.sent.append(action)
        fault = self.refuse(action)
        if fault is not None:
            raise fault
        return await self.connection.send(action)

    def _hear(self, change: Any) -> None:
        if isinstance(change, CallChanged):
            self.changes.append(change)
            if change.kind is CallKind.CLEARED:
                self.over[change.call.id] = change.call
        self._stirred.set()

    async def until(self, holds: Callable[[], Any], what: str, limit: float = 5.0) -> None:
        try:
            async with asyncio.timeout(limit):
                while not holds():
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            calls = [
                (c.state, [(leg.channel, leg.state, leg.place) for leg in c.legs]) for c in self.live.calls.values()
            ]
            raise AssertionError(f"{what}: not within {limit} s; {calls}") from None

    async def open(self) -> None:
        await self.times.open()
        await self.connect()
        await self.open_phones()

    async def connect(self) -> None:
        for kind in (CallChanged, AgentChanged, LinkChanged):
            self.bus.subscribe(kind, self._hear)
        self.control.start()
        self.feed.start()
        await self.until(lambda: self.model.link.up, "the link")

    async def open_phones(self) -> None:
        pacer = Pacer()
        sip = self.asterisk.sip_port
        for number, tone in TONES.items():
            phone = await Phone.open(number, self.asterisk.passwords[number], sip_port=sip, tone=tone, pacer=pacer)
            self.phones[number] = phone
            await phone.register()
            phone.answer_after = 0.05
        self.trunk = await Phone.open("trunk", sip_port=sip, tone=CUSTOMER, pacer=pacer, port=self.asterisk.trunk_port)
        self.trunk.answer_after = 0.05

    async def disconnect(self) -> None:
        await self.feed.close()
        await self.tasks.close()

    async def close(self) -> None:
        for phone in (*self.phones.values(), self.trunk):
            await phone.close()
        await self.until(lambda: not self.live.calls, "the end of all calls", 8.0)
        await self.disconnect()
        await self.times.close()

    # -- scenes

    def scene(self, user_id: int) -> Scene | None:
        device = self.people.seats[user_id].device
        scenes = (scene_of(call, device) for call in self.live.calls.values())
        return next((scene for scene in scenes if scene is not None), None)

    async def stands(self, user_id: int, stage: Stage, limit: float = 5.0) -> Scene:
        def there() -> bool:
            scene = self.scene(user_id)
            return scene is not None and scene.stage is stage

        await self.until(there, f"user {user_id} {stage} (now {getattr(self.scene(user_id), 'stage', None)})", limit)
        scene = self.scene(user_id)
        assert scene is not None
        return scene

    @asynccontextmanager
    async def queue_call(self, number: str = "13800000001") -> AsyncIterator[tuple[str, Call, Call]]:
        """Agent 1 talks to a customer of queue support: (call id, customer's phone, agent's phone)."""
        device, before = self.people.seats[1].device, set(self.over)
        await self.connection.send(queue_add("support", device))
        customer = self.trunk.call("4000", caller=number, headers={"X-Trunk": "1"})
        await customer.answered()
        agent = await self.phones["1001"].incoming()
        scene = await self.stands(1, Stage.TALKING)
        await self.connection.send(queue_remove("support", device))
        await hear(customer, 440, agent, CUSTOMER)
        try:
            yield scene.call.id, customer, agent
        finally:
            for phone in (self.trunk, *self.phones.values()):
                for call in list(phone.calls.values()):
                    call.hangup()
            await self.until(lambda: not self.live.calls, "the end of the call", 8.0)
        if self.held_beside_the_pbx:
            await self.times.agree(*(call for id_, call in self.over.items() if id_ not in before))

    async def ended(self, call_id: str) -> CallView:
        await self.until(lambda: call_id in self.over, "the end of the call", 8.0)
        return self.over[call_id]


async def hear(first: Call, first_hears: int, second: Call, second_hears: int) -> None:
    """Both hear the other's tone."""
    assert await first.hears(first_hears), (first_hears, first.levels(first_hears))
    assert await second.hears(second_hears), (second_hears, second.levels(second_hears))


def talks_of(call: CallView, device: str) -> list[SegmentView]:
    return [part for part in call.segments if part.device == device and part.kind in TALKS]


def seconds(parts: list[SegmentView]) -> float:
    return sum((part.ended_at or 0.0) - part.started_at for part in parts)
