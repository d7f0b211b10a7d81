"""Two agents, their phones, and a PBX that is told by hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cti_server.core.bus import Bus
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import CallView, LegView, SegmentView
from cti_server.live.words import CallState, Direction, LegRole, LegState, SegmentKind, SegmentResult

LI, HAN = 7, 8
PHONES = {LI: "PJSIP/1001", HAN: "PJSIP/1002"}
NAMES = {LI: "李雷", HAN: "Han Meimei"}


class Desk:
    """Who works with which phone."""

    def user_of(self, pbx: str, device: str) -> int | None:
        return next((user for user, phone in PHONES.items() if phone == device), None) if pbx == "main" else None

    def name_of(self, user_id: int) -> str:
        return NAMES.get(user_id, "")


@dataclass
class Message:
    topic: str
    type: str
    data: Any


@dataclass
class Told:
    """What reached browsers."""

    messages: list[Message] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, topic: str, type: str, data: object, ts: float) -> None:
        self.messages.append(Message(topic, type, data))
        self._more.set()

    def to(self, user_id: int) -> list[Message]:
        return [message for message in self.messages if message.topic == f"user:{user_id}"]

    def kinds(self, user_id: int) -> list[str]:
        return [message.type for message in self.to(user_id)]

    async def until(self, condition: Callable[[], object], limit: float = 5.0) -> None:
        async with asyncio.timeout(limit):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def shown(self, user_id: int, count: int = 1, limit: float = 5.0) -> Any:
        await self.until(lambda: self.kinds(user_id).count("pop.show") >= count, limit)
        return [message.data for message in self.to(user_id) if message.type == "pop.show"][-1]


class Calls:
    """The live calls; each step changes one and tells the bus, as the model does."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.calls: dict[str, CallView] = {}

    def begin(self, linkedid: str = "1", number: str = "13800001111", **more: Any) -> CallView:
        call = CallView(
            id=f"main:{linkedid}",
            pbx="main",
            linkedid=linkedid,
            state=CallState.INITIATED,
            direction=more.pop("direction", Direction.INBOUND),
            number=number,
            name="",
            withheld=number == "",
            dialled="4001",
            queue="support",
            started_at=1000.0,
            **more,
        )
        self.calls[call.id] = call
        return call

    def ring(self, call_id: str, user_id: int) -> None:
        self._leg(call_id, user_id, LegState.ALERTING)
        self.tell(CallKind.DELIVERED, call_id, PHONES[user_id])

    def ring_ended(self, call_id: str, user_id: int, result: SegmentResult) -> None:
        self._leg(call_id, user_id, LegState.CLEARED)
        call = self.calls[call_id]
        segment = SegmentView(
            len(call.segments) + 1, SegmentKind.RING, 1000.0, 1001.0, result, "support", PHONES[user_id]
        )
        self.calls[call_id] = replace(call, segments=(*call.segments, segment))
        self.tell(CallKind.RING_ENDED, call_id, PHONES[user_id])

    def answer(self, call_id: str, user_id: int) -> None:
        self._leg(call_id, user_id, LegState.CONNECTED)
        self.tell(CallKind.ESTABLISHED, call_id, PHONES[user_id])

    def hang_up(self, call_id: str, user_id: int) -> None:
        self._leg(call_id, user_id, LegState.CLEARED)
        self.tell(CallKind.CONNECTION_CLEARED, call_id, PHONES[user_id])

    def end(self, call_id: str, **more: Any) -> None:
        self.calls[call_id] = replace(self.calls[call_id], state=CallState.CLEARED, **more)
        call = self.calls.pop(call_id)
        self._bus.publish(CallChanged(CallKind.CLEARED, 1010.0, call))

    def change(self, call_id: str, **more: Any) -> None:
        self.calls[call_id] = replace(self.calls[call_id], **more)
        self.tell(CallKind.UPDATED, call_id)

    def tell(self, kind: CallKind, call_id: str, device: str | None = None) -> None:
        self._bus.publish(CallChanged(kind, 1001.5, self.calls[call_id], None, device))

    def _leg(self, call_id: str, user_id: int, state: LegState) -> None:
        call = self.calls[call_id]
        device = PHONES[user_id]
        leg = LegView(f"leg-{user_id}", f"{device}-1", device, LegRole.AGENT, state, "", "", 1000.0)
        others = tuple(one for one in call.legs if one.device != device)
        self.calls[call_id] = replace(call, legs=(*others, leg))
