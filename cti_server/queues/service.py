"""Keeps each queue's figures of the business day and tells the consoles of every change, at a bounded rate."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError
from cti_server.core.push.sights import Sight
from cti_server.core.tasks import Tasks
from cti_server.live.changes import AgentChanged, AgentKind, CallChanged, CallKind, QueueChanged, QueueKind
from cti_server.live.views import SegmentView
from cti_server.queues import store
from cti_server.queues.business_day import BusinessDay
from cti_server.queues.figures import DayOfQueue, Goal, Wait
from cti_server.queues.model import (
    Live,
    QueueJson,
    QueueKey,
    figures_json,
    told_waits,
    waiting_json,
)
from cti_server.queues.staff import Staff

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Database

log = structlog.get_logger(__name__)

TOPIC = "queues"
FIGURES = "queue.figures"
"""The kind of a change in which nobody came or left."""
SIGHT = Sight(
    items=("queues",),
    key=lambda queue: (queue.pbx, queue.name),
    shown=lambda scope, queue: queue if scope.sees_queue(queue.name) else None,
    gone=lambda queue: ("queue.removed", {"pbx": queue.pbx, "name": queue.name}),
)
LEAST_GAP = 0.25
"""Seconds between two messages about one queue; the first of a burst goes out at once."""
RESTORE_PAUSE = 2.0
CLOCKS_APART = 60.0
"""A PBX may be ahead of us by so many seconds; one that is further ahead must not begin a new day."""
LONGEST_SLEEP = 3600.0
"""The wall clock may be set meanwhile: look again after an hour, however far the next day is."""


def may_watch(session: Session) -> bool:
    """Who sees queues and other people: supervisors and admins."""
    return bool(session.roles & {Role.SUPERVISOR, Role.ADMIN})


class QueuesService:
    """The figures of each queue since the business day began, and topic `queues`."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        db: "Database",
        clock: Clock,
        tasks: Tasks,
        day: BusinessDay,
        goal: Goal,
        labels: Mapping[str, str],
        drained: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`drained` waits until the history is complete in the database (Journal.drained)."""
        self._bus = bus
        self._hub = hub
        self._live = live
        self._db = db
        self._clock = clock
        self._tasks = tasks
        self._business_day = day
        self.goal = goal
        self._labels = dict(labels)
        self._drained = drained
        self._bounds = day.bounds(clock.now())
        self._days: dict[QueueKey, DayOfQueue] = {}
        self._booked: dict[str, tuple[SegmentView, ...]] = {}
        self._staff = Staff()
        self._pending: dict[QueueKey, str] = {}
        self._timers: dict[QueueKey, asyncio.TimerHandle] = {}
        self._sent: dict[QueueKey, float] = {}
        self._rollover: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        hub.register_topic(TOPIC, may=may_watch, snapshot=self.snapshot, sight=SIGHT)

    def start(self) -> None:
        """Begin to listen, and restore the day from the database as soon as it can be asked."""
        self._loop = asyncio.get_running_loop()
        for agent in self._live.agents.values():
            self._staff.see(agent)
        self._bus.subscribe(QueueChanged, self._on_queue)
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(AgentChanged, self._on_agent)
        self._tasks.start("restore-figures", self._restore_when_possible())
        self._wait_for_midnight()

    def close(self) -> None:
        """Send nothing further."""
        self._loop = None
        for timer in (*self._timers.values(), *([self._rollover] if self._rollover else [])):
            timer.cancel()
        self._timers.clear()

    # -- what is shown

    def snapshot(self) -> dict[str, list[QueueJson]]:
        """All queues, by PBX and name."""
        return {"queues": self.listing()}

    def listing(self) -> list[QueueJson]:
        """All queues, by PBX and name."""
        return [self.show(key) for key in sorted(self._live.queues)]

    def show(self, key: QueueKey) -> QueueJson:
        """One queue as it stands. Raises KeyError for one that the PBX does not have."""
        self._roll(self._clock.now())
        queue = self._live.queues[key]
        return QueueJson(
            pbx=queue.pbx,
            name=queue.name,
            label=self._labels.get(queue.name, queue.name),
            waiting=waiting_json(queue),
            figures=figures_json(self._day_of(key), self.goal),
            agents=self._staff.of(key),
            day_start=self._bounds[0],
        )

    # -- what is heard

    def _on_queue(self, change: QueueChanged) -> None:
        self._mark((change.pbx, change.name), change.kind)

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        over = change.kind is CallKind.CLEARED
        # Segments that are the same object as before have been booked already; what is over may have been merged.
        if not over and call.segments is self._booked.get(call.id):
            return
        for key, number, wait in told_waits(call):
            if self._book(key, number, wait):
                self._mark(key, FIGURES)
        if over:
            self._booked.pop(call.id, None)
        else:
            self._booked[call.id] = call.segments

    def _on_agent(self, change: AgentChanged) -> None:
        agent = change.agent
        # A member paused in one queue keeps his state: memberships may matter even when the state is the same.
        for queue in self._staff.see(agent):
            self._mark((agent.pbx, queue), FIGURES if change.kind is not AgentKind.UPDATED else QueueKind.UPDATED)

    # -- the figures

    def _book(self, key: QueueKey, number: int, wait: Wait | None) -> bool:
        if wait is None:
            return self._day_of(key).unbook(number)
        now = self._clock.now()
        self._roll(now)
        if wait.entered_at < now + CLOCKS_APART:
            self._roll(wait.entered_at)
        # Who entered yesterday and was answered today belongs to yesterday's figures, which stand in the history.
        return self._bounds[0] <= wait.entered_at < self._bounds[1] and self._day_of(key).book(number, wait)

    def _day_of(self, key: QueueKey) -> DayOfQueue:
        day = self._days.get(key)
        if day is None:
            day = self._days[key] = DayOfQueue(self.goal)
        return day

    def _roll(self, at: float) -> None:
        if at >= self._bounds[1]:
            self._bounds = self._business_day.bounds(at)
            self._days.clear()

    async def restore(self) -> None:
        """Book what the history knows of this day; what is booked already is not counted again. Raises Unavailable."""
        if self._drained is not None:
            await self._drained()
        for key, number, wait in await store.waits_of_day(self._db, *self._bounds):
            if self._book(key, number, wait):
                self._mark(key, FIGURES)

    async def _restore_when_possible(self) -> None:
        while True:
            try:
                return await self.restore()
            except CtiError as fault:
                log.warning("queue_figures_not_restored", reason=fault.code, again_in=RESTORE_PAUSE)
                await asyncio.sleep(RESTORE_PAUSE)

    # -- when it is told

    def _mark(self, key: QueueKey, kind: str) -> None:
        if self._loop is None:
            return
        self._pending[key] = _stronger(self._pending.get(key), kind)
        if key not in self._timers:
            gap = self._sent.get(key, -LEAST_GAP) + LEAST_GAP - self._clock.monotonic()
            # Even with no gap to keep it waits for the end of this turn of the loop: one fact brings several changes.
            self._timers[key] = self._loop.call_later(max(0.0, gap), self._send, key)

    def _send(self, key: QueueKey) -> None:
        self._timers.pop(key, None)
        kind = self._pending.pop(key)
        if key not in self._live.queues:
            return
        self._sent[key] = self._clock.monotonic()
        self._hub.publish(TOPIC, kind, self.show(key), self._clock.now())

    def _wait_for_midnight(self) -> None:
        if self._loop is None:
            return
        now = self._clock.now()
        if now >= self._bounds[1]:
            self._roll(now)
            for key in self._live.queues:
                self._mark(key, FIGURES)
        rest = min(LONGEST_SLEEP, max(0.05, self._bounds[1] - now))
        self._rollover = self._loop.call_later(rest, self._wait_for_midnight)


def _stronger(before: str | None, now: str) -> str:
    """Of two kinds that go out as one message, the one that says more; of equals the later."""
    rank = {FIGURES: 0, QueueKind.UPDATED.value: 1}
    return now if before is None or rank.get(now, 2) >= rank.get(before, 2) else before
