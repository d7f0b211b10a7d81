"""A queue of a PBX told by hand, and an engine that keeps what it was asked."""

import asyncio
from collections.abc import Callable

from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.tasks import Tasks
from cti_server.live import facts as told
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.routing.decisions.director import Director
from cti_server.routing.decisions.model import CustomerFacts, Decision, Standing
from cti_server.routing.decisions.policy import Policy
from tests.whole.site import poll

KEY = ("main", "support")


class Engine:
    """Keeps what it was asked; `answer` may raise instead."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.priorities: dict[str, int] = {}
        self.keeps: dict[str, str] = {}
        self.moved = asyncio.Event()
        self.answer: Callable[[str], bool] = lambda name: True

    def _ask(self, name: str, *values: object) -> bool:
        self.asked.append((name, *map(str, values)))
        self.moved.set()
        return self.answer(name)

    async def standings(self, pbx: str, queue: str) -> tuple[Standing, ...]:
        self._ask("standings")
        ordered = sorted(self.priorities.items(), key=lambda item: -item[1])
        return tuple(Standing(leg, place, priority) for place, (leg, priority) in enumerate(ordered, 1))

    async def set_priority(self, pbx: str, queue: str, channel: str, priority: int) -> bool:
        if done := self._ask("priority", channel, priority):
            self.priorities[channel.rpartition("-")[2]] = priority
        return done

    async def set_penalty(self, pbx: str, queue: str, device: str, penalty: int) -> bool:
        return self._ask("penalty", device, penalty)

    async def kept(self, pbx: str, channel: str) -> str:
        return self.keeps.get(channel, "")

    async def withdraw(self, pbx: str, queue: str, channel: str, info: str) -> bool:
        return self._ask("withdraw", channel, info)


class Hall:
    """A queue of a PBX told by hand."""

    def __init__(self) -> None:
        self.bus, self.clock, self.tasks = Bus(), SystemClock(), Tasks("hall")
        self.pbx = Pbx("main")
        self.engine = Engine()
        self.policy: Policy | None = None
        self.kept: list[Decision] = []
        self.orders: list[tuple[str, ...]] = []
        self.director = Director(
            bus=self.bus, live=Pbxs({"main": self.pbx}), people=self, skills=self, customers=self, engine=self.engine,
            policy_of=lambda key: self.policy if key == KEY else None, keep=self.kept.append,
            joined=lambda *_: None, left=lambda *_: None, ordered=lambda pbx, queue, ids: self.orders.append(ids),
            clock=self.clock, tasks=self.tasks, per_second=500,
        )  # fmt: skip

    def user_of(self, pbx: str, device: str) -> int | None:
        return None

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        return None

    def name_of(self, user_id: int) -> str:
        return ""

    def of(self, user_id: int) -> dict[str, int]:
        return {}

    async def facts(self, number: str) -> CustomerFacts | None:
        return CustomerFacts(tier="gold") if number == "138" else None

    def tell(self, fact: told.Fact, ago: float = 0.0) -> None:
        for change in self.pbx.apply(fact, self.clock.now() - ago):
            self.bus.publish(change)

    def join(self, leg: str, number: str = "", ago: float = 0.0) -> None:
        channel = told.Channel(f"PJSIP/trunk-{leg}", number=number, context="c", exten="4000", id=leg, linkedid=leg)
        self.engine.priorities[leg] = 0
        self.tell(told.ChannelBegan(channel, 4, "4000"), ago)
        self.tell(told.QueueJoined(channel, "support", 99, "c,4000"), ago)

    async def asked(self, *wanted: str) -> None:
        """Wait until the engine was asked this."""
        async with asyncio.timeout(3):
            while wanted not in self.engine.asked:
                self.engine.moved.clear()
                await self.engine.moved.wait()

    async def settled(self) -> None:
        """Until the director has looked at the queue once more and rests."""
        self.director.stir(KEY)

        async def look() -> bool | None:
            return None if self.director._dirty or self.director._stirred.is_set() else True

        await poll(look, "the director to rest", 3.0)
