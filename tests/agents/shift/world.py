"""Shifts without a database: a PBX that keeps what it is asked, an audit log in memory, a clock that is set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from cti_server.agents.directory import Directory
from cti_server.agents.model import Profile, QueuePlace
from cti_server.agents.shift.model import ShiftRules, Target
from cti_server.agents.shift.reasons import QueueSetting, Reason
from cti_server.agents.shift.service import ShiftService
from cti_server.core.bus import Bus
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import CallView, MembershipView
from cti_server.live.words import AgentState, CallState, SegmentKind, SegmentResult
from tests.agents.people import AskedMembers, Users
from tests.calls.made import AT, Hub, Kept, Live, Pbx, agent, call, part
from tests.fakes.set_clock import SetClock

PROFILE = Profile(1, "main", "PJSIP/1001", (QueuePlace("support"), QueuePlace("sales", 2)))
BREAK = Reason("break", "小休", "Break", 900)


class Audit:
    """What was written, as (who, action, subject, details)."""

    def __init__(self) -> None:
        self.written: list[tuple[Any, ...]] = []

    async def note(self, who: Any, action: str, subject: str, details: Any = None) -> None:
        self.written.append((who.user_id, action, subject, details))

    async def write(self, connection: Any, who: Any, action: str, subject: str, details: Any = None) -> None:
        self.written.append((who.user_id, action, subject, details))


class Db:
    """Takes everything."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Db"]:
        yield self

    async def execute(self, *_: Any) -> None: ...

    async def executemany(self, *_: Any) -> None: ...


class World:
    """One agent, 李娜, at PJSIP/1001."""

    def __init__(self, rules: ShiftRules | None = None) -> None:
        self.bus, self.hub, self.live, self.kept = Bus(), Hub(), Live(), Kept()
        self.members, self.clock, self.tasks, self.audit = AskedMembers(), SetClock(AT), Tasks("test"), Audit()
        self.pbx = Pbx(self.bus, self.live)
        self.directory = Directory()
        self.directory.load([PROFILE], Users().known)
        self.marked: list[Any] = []
        self.shift = ShiftService(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            live=self.live,
            directory=self.directory,
            db=Db(),  # type: ignore[arg-type]
            journal=self.kept,
            audit=self.audit,  # type: ignore[arg-type]
            members=self.members,
            clock=self.clock,
            tasks=self.tasks,
            mark=self.marked.append,
            rules=rules,
        )
        self.shift._book.reasons = [
            BREAK,
            Reason("meeting", "会议", "Meeting"),
            Reason("old", "旧", "Old", None, False),
        ]
        self.shift.start()

    @property
    def duties(self) -> Any:
        return self.shift._duties

    @property
    def duty(self) -> Any:
        return self.shift._duties.get(1)

    def at(self, seconds: float) -> None:
        """Set the clock, counted from the beginning."""
        self.clock.pass_seconds(AT + seconds - self.clock.now())

    def asked(self) -> list[tuple[object, ...]]:
        """What the PBX was asked since the last time."""
        found, self.members.asked = self.members.asked, []
        return found

    def told(self, kind: str) -> list[Any]:
        return [one.data for one in self.hub.on("user:1") if one.type == kind]

    async def calm(self) -> None:
        """Let everything that was begun come to its end."""
        for _ in range(3):
            waiting = [task for task in self.tasks._running if "timers" not in task.get_name()]
            await asyncio.gather(*waiting)
            await asyncio.sleep(0)

    def phone(self, state: AgentState, *calls: str, pause: str | None = None) -> None:
        """What the PBX says of the device now."""
        memberships = tuple(
            MembershipView(place.queue, place.penalty, pause is not None, pause or "") for place in PROFILE.queues
        )
        self.pbx.agent(agent(state=state, memberships=memberships, call_ids=calls), self.clock.now())

    async def ready(self) -> None:
        """Signed in and ready."""
        await self.shift.sign_in(1)
        self.phone(AgentState.NOT_READY, pause="signedIn")
        await self.shift.set_state(1, Target(AgentState.READY))
        self.phone(AgentState.READY)
        await self.calm()
        self.asked()
        self.hub.told.clear()

    def rings(self, result: SegmentResult | None = None) -> CallView:
        """A call of the queue rings; with a result it has rung."""
        end = None if result is None else 20.0
        ring = part(2, SegmentKind.RING, 5, end, device="PJSIP/1001", queue="support", result=result)
        view = call(state=CallState.DELIVERED, queue="support", segments=(ring,))
        self.pbx.says(CallKind.DELIVERED if result is None else CallKind.RING_ENDED, view)
        return view

    def let_ring(self, result: SegmentResult = SegmentResult.NO_ANSWER) -> None:
        """The phone rang for the queue and stopped."""
        view = self.rings()
        self.phone(AgentState.ALERTING, view.id)
        ring = replace(view.segments[0], ended_at=AT + 20, result=result)
        self.bus.publish(CallChanged(CallKind.RING_ENDED, AT + 20, replace(view, segments=(ring,)), None, "PJSIP/1001"))
        self.phone(AgentState.READY)

    def talks(self, queue: str | None = "support", linkedid: str = "1.1") -> str:
        """He talks with a caller."""
        talk = part(3, SegmentKind.TALK, 10, device="PJSIP/1001", queue=queue)
        view = call(linkedid, state=CallState.ESTABLISHED, queue=queue, segments=(talk,))
        self.phone(AgentState.BUSY, view.id)
        self.pbx.says(CallKind.ESTABLISHED, view)
        return view.id

    def hangs_up(self, pause: str | None = None) -> None:
        """His device is free again."""
        self.live.calls.clear()
        state = AgentState.READY if pause is None else AgentState.NOT_READY
        self.phone(AgentState.WORKING_AFTER_CALL if pause == "acw" else state, pause=pause)

    def follows(self, seconds: int, outcome_required: bool = False) -> None:
        """What follows the calls of the queue."""
        self.shift._book.put_settings([QueueSetting("main", "support", seconds, outcome_required)])

    async def close(self) -> None:
        await self.tasks.close()
