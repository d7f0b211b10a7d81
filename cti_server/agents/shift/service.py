"""What agents, supervisors and admins ask of the shifts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cti_server.agents.directory import Directory
from cti_server.agents.intervals import Journal
from cti_server.agents.model import AgentShiftJson, Device, Live, Members, Profile
from cti_server.agents.shift import model, store
from cti_server.agents.shift.duties import DUTY, Duties
from cti_server.agents.shift.model import Duty, Note, ShiftRules, Target
from cti_server.agents.shift.reasons import (
    QueueSetting,
    Reason,
    RuleBook,
    checked_reasons,
    checked_settings,
    merged_reasons,
)
from cti_server.agents.shift.told import ShiftJson, check_calm, is_busy, is_idle, shift_json
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.live.words import AgentState

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {DUTY: store.write_duties}
"""What the journal does with the rows of the shifts."""


class ShiftService:
    """The use cases. `mark(device)` is called when what is shown of an agent has changed."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        directory: Directory,
        db: "Database",
        journal: Journal,
        audit: AuditLog,
        members: Members,
        clock: Clock,
        tasks: Tasks,
        mark: Callable[[Device], None],
        rules: ShiftRules | None = None,
    ) -> None:
        self._hub = hub
        self._live = live
        self._directory = directory
        self._db = db
        self._audit = audit
        self._book = RuleBook(rules or ShiftRules())
        self._tabs: dict[int, str] = {}
        self._duties = Duties(
            bus=bus,
            hub=hub,
            live=live,
            directory=directory,
            journal=journal,
            members=members,
            clock=clock,
            tasks=tasks,
            book=self._book,
            mark=mark,
            show=self.shown,
        )
        self.phone_ready: Callable[[int], bool] = lambda user_id: True
        """Whether the user's phone can ring: a phone in the browser has to be started and checked first."""
        hub.add_part("user", "shift", self.shown)
        hub.add_part("agents", "reasons", self.reasons)

    # -- begin and restart

    def start(self) -> None:
        """Listen to the PBX and to the clock."""
        self._duties.start()

    def watch(self, hub: "PushHub") -> None:
        """Learn from the hub whose consoles listen."""
        self._duties.watch(hub)

    async def restore(self) -> None:
        """Load duties, reasons and settings; the journal must be drained. Raises Unavailable."""
        duties, reasons = await store.duties(self._db), await store.reasons(self._db)
        self._book.put_settings(await store.queue_settings(self._db))
        self._book.reasons = reasons
        self._duties.restored(duties)

    def link_up(self, pbx: str) -> None:
        """The truth of a PBX is known again."""
        self._duties.link_up(pbx)

    def governs(self, user_id: int) -> bool:
        """Whether this agent has a shift, signed in or out, so that his memberships are its affair."""
        return self._duties.get(user_id) is not None

    async def bring(self, user_id: int) -> None:
        """Put his memberships right after a link came up; never raises."""
        await self._duties.bring(user_id)

    async def profile_changed(
        self,
        user_id: int,
        before: Profile | None,
        after: Profile | None,
        chosen: Collection[str] | None = None,
    ) -> CtiError | None:
        """His device or queues were changed. Another device ends the shift; what went wrong on the PBX, never raised.

        `chosen`: of his new queues only these.
        """
        return await self._duties.profile_changed(user_id, before, after, chosen)

    def queues_of(self, user_id: int) -> tuple[str, ...] | None:
        """The queues that he is signed in to, none when he is signed out; None: he never had a shift."""
        duty = self._duties.get(user_id)
        return None if duty is None else duty.queues

    # -- what is shown

    def shown(self, user_id: int) -> ShiftJson | None:
        """The agent's shift; None when he has no device."""
        profile = self._directory.profile_of(user_id)
        if profile is None:
            return None
        agent = self._live.agents.get(profile.key)
        duty = self._duties.get(user_id)
        if duty is None and agent is not None and agent.memberships:
            duty = model.adopted(profile, agent, agent.since)
        return shift_json(profile, duty, agent, self._book, self._tabs.get(user_id, ""))

    def in_brief(self, user_id: int) -> AgentShiftJson | None:
        """What supervisors see of it beside the state."""
        duty = self._duties.get(user_id)
        if duty is None:
            return None
        limit = None if duty.acw else duty.limit_at
        return AgentShiftJson(duty.signed_in, limit, duty.acw.until if duty.acw else None, duty.missed)

    # -- what an agent asks

    async def sign_in(self, user_id: int, queues: Sequence[str] | None = None) -> list[Note]:
        """Begin to work, or change the queues (None: all of them).

        Raises Conflict (no_device, ringing), BadInput, Unavailable, TimedOut.
        """
        profile = self._duties.profile(user_id)
        chosen = model.chosen_queues(profile, queues)
        check_calm(self._live, profile.key)
        async with self._duties.command(user_id):
            before = self._duties.get(user_id)
            after = model.signed_in(before, profile, chosen, self._duties.now)
            notes = await self._duties.pbx.join(after, *self._duties.person(after))
            now = model.signed_in(self._duties.get(user_id), profile, chosen, after.since)
            self._duties.happened(replace(now, console=user_id in self._duties.listening or now.console))
        return notes

    async def sign_out(self, user_id: int) -> list[Note]:
        """Stop working. Raises Conflict (off_duty, ringing, on_call), Unavailable, TimedOut."""
        return await self._come_into(user_id, Target(AgentState.LOGGED_OFF))

    async def set_state(self, user_id: int, target: Target) -> list[Note]:
        """Be ready or not. Raises BadInput (unknown_reason), Conflict (off_duty, ringing, on_call, outcome_missing,
        phone_not_ready), Unavailable, TimedOut."""
        self._book.check(target)
        self._check_phone(user_id, target)
        return await self._come_into(user_id, target)

    async def choose_next(self, user_id: int, target: Target | None) -> None:
        """What to come into after this call; at once when there is neither call nor after-call work.

        Raises BadInput (unknown_reason), Conflict (off_duty, outcome_missing), Unavailable, TimedOut.
        """
        duty = self._duties.on_duty(user_id)
        if target is not None:
            self._book.check(target)
            self._check_phone(user_id, target)
            if not duty.acw and not duty.talk and is_idle(self._live, duty.key):
                await self._come_into(user_id, target)
                return
        async with self._duties.command(user_id):
            await self._duties.change(user_id, lambda before: model.chose_next(before, target))

    def _check_phone(self, user_id: int, target: Target) -> None:
        if target.state == AgentState.READY and not self.phone_ready(user_id):
            raise Conflict("Start the phone in this page and pass its check first.", code="phone_not_ready")

    async def extend_work(self, user_id: int) -> None:
        """More time for the after-call work. Raises Conflict (off_duty, no_acw, acw_limit)."""
        duty = self._duties.on_duty(user_id)
        after = model.extended(self._with_work(duty), self._book.rules)
        if after == duty:
            raise Conflict("After-call work cannot take longer.", code="acw_limit")
        self._duties.commit(after)

    async def finish_work(self, user_id: int) -> None:
        """End the after-call work. Raises Conflict (off_duty, no_acw, outcome_missing), Unavailable, TimedOut."""
        self._check_outcome(self._with_work(self._duties.on_duty(user_id)))
        async with self._duties.command(user_id):
            await self._duties.change(user_id, lambda duty: model.work_done(duty, self._duties.now, self._book.limits))

    def take_over(self, user_id: int, tab: str) -> None:
        """This browser tab is the one that acts from now on; the others hear of it."""
        if self._tabs.get(user_id) != tab:
            self._tabs[user_id] = tab
            self._hub.publish(f"user:{user_id}", "session.takenOver", {"tab": tab}, self._duties.now)

    # -- what a supervisor asks

    async def force(self, who: Session, user_id: int, target: Target, text: str) -> bool:
        """Put an agent into a state. True: at once; False: after his call.

        Raises NotFound, BadInput, Conflict (off_duty, ringing), Unavailable, TimedOut. The audit log has it before
        the PBX does.
        """
        if self._directory.profile_of(user_id) is None:
            raise NotFound("This user has no device.", code="no_such_profile")
        if target.state == AgentState.NOT_READY and not target.reason:
            target = replace(target, reason=model.FORCED)
        self._book.check(target, model.FORCED)
        duty = self._duties.on_duty(user_id)
        check_calm(self._live, duty.key)
        details = {"state": target.state, "reason": target.reason, "text": text}
        await self._audit.note(who, "agent.force", str(user_id), details)
        later = is_busy(self._live, duty.key)
        step = (lambda before: model.chose_next(before, target)) if later else self._step(target)
        async with self._duties.command(user_id):
            await self._duties.change(user_id, step, by="supervisor")
        told = {"by": who.name, "state": target.state, "reason": target.reason, "text": text, "after_call": later}
        self._hub.publish(f"user:{user_id}", "agent.forced", told, self._duties.now)
        return not later

    # -- what an admin asks

    def reasons(self) -> list[Reason]:
        """All reasons, inactive ones too."""
        return list(self._book.reasons)

    async def put_reasons(self, who: Session, reasons: Sequence[Reason]) -> list[Reason]:
        """Set the list of reasons. Raises BadInput, Unavailable."""
        merged = merged_reasons(self._book.reasons, checked_reasons(reasons))
        async with self._db.transaction() as connection:
            await store.put_reasons(connection, merged)
            await self._audit.write(connection, who, "agent.reasons", "", {"reasons": [one.code for one in reasons]})
        self._book.reasons = merged
        self._hub.publish("agents", "agents.reasons", merged, self._duties.now)
        for user_id in self._duties.listening:
            self._duties.tell(user_id)
        return merged

    def queue_settings(self) -> list[QueueSetting]:
        """What follows a call of each queue that is known."""
        keys = sorted({*self._live.queues, *self._book.settings})
        return [self._book.setting(*key) for key in keys]

    async def put_queue_settings(self, who: Session, settings: Sequence[QueueSetting]) -> list[QueueSetting]:
        """Set what follows the calls of queues; others stay. Raises BadInput, Unavailable."""
        known = {**self._live.queues, **self._book.settings}
        checked = checked_settings(settings, known, self._book.rules.acw_most)
        async with self._db.transaction() as connection:
            await store.put_queue_settings(connection, checked)
            told = {f"{one.pbx} {one.queue}": [one.acw_seconds, one.outcome_required] for one in checked}
            await self._audit.write(connection, who, "queue.settings", "", told)
        self._book.put_settings(checked)
        return self.queue_settings()

    # -- how it is done

    def _step(self, target: Target) -> Callable[[Duty], Duty]:
        limit, at = self._book.limits.get(target.reason), self._duties.now
        return lambda duty: model.came_into(duty, target, limit, at)

    async def _come_into(self, user_id: int, target: Target) -> list[Note]:
        duty = self._duties.on_duty(user_id)
        check_calm(self._live, duty.key)
        if is_busy(self._live, duty.key):
            raise Conflict("You are on a call; choose what comes after it.", code="on_call")
        self._check_outcome(duty)
        async with self._duties.command(user_id):
            return await self._duties.change(user_id, self._step(target))

    def _with_work(self, duty: Duty) -> Duty:
        if duty.acw is None:
            raise Conflict("There is no after-call work.", code="no_acw")
        return duty

    def _check_outcome(self, duty: Duty) -> None:
        if duty.acw is not None and duty.acw.outcome_required:
            raise Conflict("Say first what came of the call.", code="outcome_missing")
