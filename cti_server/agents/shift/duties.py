"""All duties: what the PBX, the consoles and time bring, and how the PBX is brought in step with them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from cti_server.agents.directory import Directory
from cti_server.agents.events import OutcomeSaved
from cti_server.agents.intervals import Journal
from cti_server.agents.model import Device, Live, Members, Profile
from cti_server.agents.shift import model
from cti_server.agents.shift.events import AfterCallWorkEnded, ShiftEnded
from cti_server.agents.shift.model import Duty, Note
from cti_server.agents.shift.pbx_side import PbxSide
from cti_server.agents.shift.reasons import RuleBook
from cti_server.agents.shift.told import is_idle, missed_offer, queue_talk
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, TimedOut
from cti_server.core.tasks import Tasks
from cti_server.live.changes import AgentChanged, CallChanged, CallKind

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

log = structlog.get_logger(__name__)

DUTY: Final = "agent_duty"
"""Kind of the journal's rows."""
COMMAND_LIMIT: Final = 5.0
"""Seconds that a command waits for the PBX."""
RETRY: Final = 2.0
_LONGEST_NAP: Final = 30.0
_TALKING: Final = frozenset(CallKind) - {CallKind.CLEARED, CallKind.RING_ENDED}
"""Changes after which somebody may talk in a call of a queue; also when another one hands it to him and leaves."""


class Duties:
    """A command waits for the PBX and changes nothing when that refuses; what merely happens changes the duty at once,
    and the PBX follows as soon as it can. `show(user_id)` makes what a console is told; `mark(device)` tells others.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        directory: Directory,
        journal: Journal,
        members: Members,
        clock: Clock,
        tasks: Tasks,
        book: RuleBook,
        mark: Callable[[Device], None],
        show: Callable[[int], object],
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._live = live
        self._directory = directory
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._book = book
        self._mark = mark
        self._show = show
        self.pbx = PbxSide(members, live.agents)
        self._duties: dict[int, Duty] = {}
        self._locks: dict[int, asyncio.Lock] = {}
        self.listening: set[int] = set()
        """Users of whom a console listens."""
        self._watching = False
        self._away: dict[int, float] = {}
        self._behind: dict[int, float] = {}
        self._tries: dict[int, int] = {}
        self._wake = asyncio.Event()

    def get(self, user_id: int) -> Duty | None:
        """The duty of a user who ever had one."""
        return self._duties.get(user_id)

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    # -- begin and restart

    def start(self) -> None:
        """Listen to the PBX and to the clock."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(AgentChanged, self._on_agent)
        self._bus.subscribe(OutcomeSaved, self._on_outcome)
        self._tasks.start("shift-timers", self._keep_time())

    def watch(self, hub: "PushHub") -> None:
        """Learn from the hub whose consoles listen."""
        self._watching = True
        hub.watch_family("user", self.presence)

    def restored(self, duties: Iterable[Duty]) -> None:
        """Take up duties of before a restart; what has happened since is newer."""
        for duty in duties:
            known = self._duties.setdefault(duty.user_id, duty)
            if known.signed_in and known.console and self._watching and known.user_id not in self.listening:
                # Nobody could listen while the server was away: the time of grace begins now.
                self._away[known.user_id] = self.now + self._book.rules.lost_tab_grace
        self._wake.set()

    def link_up(self, pbx: str) -> None:
        """The truth of a PBX is known again: calls may have ended unseen, and nothing we did there is sure."""
        for duty in [duty for duty in self._duties.values() if duty.pbx == pbx]:
            self.pbx.forget(duty.user_id)
            self._settle(duty.user_id)

    async def bring(self, user_id: int) -> CtiError | None:
        """Put his memberships right after a link came up or his profile changed; what went wrong, never raised."""
        async with self._lock(user_id):
            duty = self._duties[user_id]
            try:
                await self.pbx.bring(duty, *self.person(duty))
                self._tries.pop(user_id, None)
            except CtiError as fault:
                self._late(user_id, fault)
                return fault
        return None

    async def profile_changed(
        self,
        user_id: int,
        before: Profile | None,
        after: Profile | None,
        chosen: Collection[str] | None = None,
    ) -> CtiError | None:
        """His device or queues were changed. Another device ends the shift; returns what went wrong on the PBX."""
        duty = self._duties.get(user_id)
        if duty is None:
            return None
        if after is None or duty.key != after.key:
            self.commit(
                model.signed_out(replace(duty, device=after.device, pbx=after.pbx) if after else duty, self.now)
            )
            self.pbx.forget(user_id)
            return None
        if duty.signed_in:
            self.commit(model.queues_changed(duty, before, after, chosen))
        return await self.bring(user_id)

    # -- what is heard

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        if change.kind in _TALKING:
            for device, call_queue in queue_talk(call):
                duty = self._duty_at((call.pbx, device))
                if duty is not None and duty.talk is None:
                    setting = self._book.setting(call.pbx, call_queue)
                    talk = model.Talk(call.id, call_queue, float(setting.acw_seconds), setting.outcome_required)
                    self.happened(model.answered(duty, talk))
        elif change.kind is CallKind.RING_ENDED and change.device is not None and missed_offer(call, change.device):
            duty = self._duty_at((call.pbx, change.device))
            if duty is not None:
                self._let_ring(duty)

    def _let_ring(self, duty: Duty) -> None:
        after = model.let_ring(duty, self._book.rules, self.now)
        self.happened(after)
        if after.reason == model.RONA and duty.reason != model.RONA:
            told = {"kind": model.RONA, "missed": self._book.rules.rona_after}
            self._hub.publish(f"user:{duty.user_id}", "shift.notice", told, self.now)

    def _on_agent(self, change: AgentChanged) -> None:
        duty = self._duty_at((change.agent.pbx, change.agent.device))
        if duty is not None:
            self._settle(duty.user_id)
            return
        user_id = self._directory.user_of(change.agent.pbx, change.agent.device)
        if user_id is not None and user_id in self.listening:
            self.tell(user_id)

    def _on_outcome(self, event: OutcomeSaved) -> None:
        duty = self._duties.get(event.user_id)
        if duty is not None and duty.acw is not None and duty.acw.call_id == event.call_id:
            self.happened(model.work_done(duty, self.now, self._book.limits), by="outcome")

    def _settle(self, user_id: int) -> None:
        """Nothing rings and nobody talks on his device: his call is over."""
        duty = self._duties[user_id]
        if not is_idle(self._live, duty.key):
            return
        if duty.talk is not None or (duty.next is not None and duty.acw is None):
            self.happened(model.idle(duty, self.now, self._book.limits))
        elif duty.acw is not None and self.now >= duty.acw.until:
            self._work_is_late(duty)

    # -- whose console listens

    def presence(self, user_id: int, listening: bool) -> None:
        """The first console of a user began to listen, or the last one is gone."""
        duty = self._duties.get(user_id)
        if listening:
            self.listening.add(user_id)
            self._away.pop(user_id, None)
            if duty is not None and duty.signed_in and not duty.console:
                self.commit(replace(duty, console=True))
            return
        self.listening.discard(user_id)
        if duty is not None and duty.signed_in:
            self._away[user_id] = self.now + self._book.rules.lost_tab_grace
            self._wake.set()

    # -- what time brings

    async def _keep_time(self) -> None:
        while True:
            try:
                self.tick()
            except Exception:
                log.exception("shift_timers_failed")
            # Not wait_for: in Python 3.11 it loses a cancellation that comes with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._nap()):
                    await self._wake.wait()
            self._wake.clear()

    def _nap(self) -> float:
        """Seconds until something is due; what is overdue waits for a call to end, not for time."""
        now = self.now
        due = [*self._away.values(), *self._behind.values()]
        for duty in self._duties.values():
            due += [at for at in (duty.acw.until if duty.acw else duty.limit_at,) if at is not None]
        return min([_LONGEST_NAP, *(max(at - now, 0.01) for at in due if at > now)])

    async def _bring_late(self, user_id: int) -> None:
        await self.bring(user_id)

    def tick(self) -> None:
        """Do what has become due."""
        now = self.now
        for user_id, at in list(self._behind.items()):
            if now >= at:
                del self._behind[user_id]
                self._tasks.start(f"shift-{user_id}", self._bring_late(user_id))
        for user_id, at in list(self._away.items()):
            if now >= at:
                del self._away[user_id]
                self._lost_tab(user_id)
        for duty in list(self._duties.values()):
            if duty.acw is not None:
                if now >= duty.acw.until and is_idle(self._live, duty.key):
                    self._work_is_late(duty)
            elif duty.limit_at is not None and now >= duty.limit_at and not duty.overrun:
                self._overran(duty)

    def _work_is_late(self, duty: Duty) -> None:
        if duty.acw is not None and duty.acw.outcome_required:
            if not duty.overrun:
                self._overran(duty)
            return
        self.happened(model.work_done(duty, self.now, self._book.limits), by="timer")

    def _overran(self, duty: Duty) -> None:
        self.commit(model.overran(duty))
        reason = "acw" if duty.acw else duty.reason
        self._hub.publish(f"user:{duty.user_id}", "shift.overrun", {"reason": reason}, self.now)

    def _lost_tab(self, user_id: int) -> None:
        duty = self._duties.get(user_id)
        if duty is not None:
            busy = not is_idle(self._live, duty.key)
            log.info("console_lost", user_id=user_id)
            self.happened(model.lost_tab(duty, self._book.rules, busy, self.now))

    # -- how a duty changes

    async def change(self, user_id: int, step: Callable[[Duty], Duty], by: str = "agent") -> list[Note]:
        """Ask the PBX first; the duty changes when it has agreed. What happened meanwhile is not lost."""
        after = step(self.on_duty(user_id))
        notes = await self.pbx.carry(after, *self.person(after))
        self.happened(step(self._duties.get(user_id) or after), by=by)
        return notes

    @contextlib.asynccontextmanager
    async def command(self, user_id: int) -> AsyncIterator[None]:
        """One command of a user at a time, within the limit. Raises TimedOut.

        What became of a command without an answer is not known; then the PBX is put back to what the duty says.
        """
        try:
            async with asyncio.timeout(COMMAND_LIMIT), self._lock(user_id):
                yield
        except CtiError as fault:
            if user_id in self._duties:
                self._late(user_id, fault)
            raise
        except TimeoutError:
            late = TimedOut("The PBX did not answer in time.", code="pbx_timeout")
            if user_id in self._duties:
                self._late(user_id, late)
            raise late from None

    def happened(self, duty: Duty, by: str = "agent") -> None:
        """Something is so now; let the PBX follow."""
        self.commit(duty, by)
        if not self.pbx.is_done(duty):
            self._tasks.start(f"shift-{duty.user_id}", self._follow(duty.user_id))

    async def _follow(self, user_id: int) -> None:
        async with self._lock(user_id):
            duty = self._duties[user_id]
            if self.pbx.is_done(duty):
                return
            try:
                await self.pbx.carry(duty, *self.person(duty))
            except CtiError as fault:
                self._late(user_id, fault)

    def _late(self, user_id: int, fault: CtiError) -> None:
        """The PBX could not be brought in step; a lost link does it when it is up again, everything else is retried."""
        log.warning("shift_not_on_pbx", user_id=user_id, reason=fault.sentence)
        link = self._live.links.get(self._duties[user_id].pbx)
        if link is not None and link.up:
            tries = self._tries[user_id] = self._tries.get(user_id, 0) + 1
            self._behind[user_id] = self.now + min(RETRY * 2.0 ** min(tries - 1, 10), _LONGEST_NAP)
            self._wake.set()

    def commit(self, duty: Duty, by: str = "agent") -> None:
        """Keep a duty and tell of it."""
        before = self._duties.get(duty.user_id)
        if before == duty:
            return
        self._duties[duty.user_id] = duty
        self._journal.append(DUTY, model.row_of(duty))
        done = before.acw if before is not None and duty.acw is None else None
        if done is not None:
            self._bus.publish(AfterCallWorkEnded(duty.user_id, done.call_id, done.queue, done.started_at, self.now, by))
        if not duty.signed_in:
            self._away.pop(duty.user_id, None)
            if before is not None and before.signed_in:
                self._bus.publish(ShiftEnded(duty.user_id))
        self.tell(duty.user_id)
        self._mark(duty.key)
        self._wake.set()

    def tell(self, user_id: int) -> None:
        """Send a user his shift as it is."""
        self._hub.publish(f"user:{user_id}", "shift.changed", self._show(user_id), self.now)

    # -- who

    def _lock(self, user_id: int) -> asyncio.Lock:
        return self._locks.setdefault(user_id, asyncio.Lock())

    def person(self, duty: Duty) -> tuple[str, Mapping[str, int]]:
        """The agent's name, and the penalties of the queues of his profile."""
        profile = self._directory.profile_of(duty.user_id)
        places = profile.queues if profile is not None and profile.key == duty.key else ()
        return self._directory.name_of(duty.user_id), {place.queue: place.penalty for place in places}

    def profile(self, user_id: int) -> Profile:
        """A user's profile. Raises Conflict (no_device)."""
        profile = self._directory.profile_of(user_id)
        if profile is None:
            raise Conflict("No device is assigned to you.", code="no_device")
        return profile

    def on_duty(self, user_id: int) -> Duty:
        """The duty of somebody who works; who was put into queues without us is taken over as he is.

        Raises Conflict (no_device, off_duty).
        """
        profile = self.profile(user_id)
        duty = self._duties.get(user_id)
        agent = self._live.agents.get(profile.key)
        if duty is None and agent is not None and agent.memberships:
            duty = replace(model.adopted(profile, agent, self.now), console=user_id in self.listening)
        if duty is None or not duty.signed_in:
            raise Conflict("Sign in first.", code="off_duty")
        return duty

    def _duty_at(self, key: Device) -> Duty | None:
        user_id = self._directory.user_of(*key)
        duty = self._duties.get(user_id) if user_id is not None else None
        return duty if duty is not None and duty.signed_in and duty.key == key else None
