"""Applies the rules while callers wait: hears what changes, works out the plan, and asks the PBX for the difference.

One task for all queues. It is the PBX that serves: when we are slow or gone, callers are served as it stands there.
"""

import asyncio
import contextlib
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import structlog

from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks
from cti_server.live.changes import AgentChanged, LinkChanged, QueueChanged, QueueKind
from cti_server.routing.decisions.keeping import decoded, recalled
from cti_server.routing.decisions.model import (
    CustomerBook,
    Decision,
    DecisionKind,
    Engine,
    Live,
    Member,
    People,
    QueueKey,
    Reason,
    Skills,
    Standing,
)
from cti_server.routing.decisions.needs import SLOTS
from cti_server.routing.decisions.occupancy import Occupancy
from cti_server.routing.decisions.plan import Plan, SetPenalty, SetPriority, Step, Withdraw, plan, restored
from cti_server.routing.decisions.policy import Policy, Preference
from cti_server.routing.decisions.stays import Coming, Reservation, Stay, Stays, callers, members
from cti_server.routing.decisions.strategies import OUTSIDE

log = structlog.get_logger(__name__)

LOOK_UP_LIMIT: Final = 2.0
"""Seconds for the customer's record; without it his tier gives no points."""
HOLD: Final = 30.0
"""Seconds for which nothing is decided on a caller of whom the PBX refused something."""
BACK_OFF: Final = 2.0
"""Seconds before a queue is looked at again whose PBX did not answer."""
LONGEST_SLEEP: Final = 30.0
"""The wall clock may be set, and occupancies change without an event: look again after so many seconds."""
LISTINGS: Final = 0.2
"""Least seconds between two listings of one queue."""


class Director:
    """Runs from `start()` on.

    `policy_of` gives the rules in force of a queue, `keep` writes a decision down, `joined` hears of every caller who
    joins and `left` of every one who leaves, `ordered(pbx, queue, uniqueids)` hears in which order callers stand after
    they were moved. At most `per_second` actions are sent in a second.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        live: Live,
        people: People,
        skills: Skills,
        customers: CustomerBook,
        engine: Engine,
        policy_of: Callable[[QueueKey], Policy | None],
        keep: Callable[[Decision], None],
        joined: Callable[[QueueKey, Stay, Coming | None], None],
        left: Callable[[QueueKey, Stay, QueueChanged], None],
        ordered: Callable[[str, str, tuple[str, ...]], None],
        clock: Clock,
        tasks: Tasks,
        per_second: int = 50,
    ) -> None:
        self.stays = Stays()
        self.occupancy: dict[tuple[str, str], Occupancy] = {}
        self._bus = bus
        self._live = live
        self._people = people
        self._skills = skills
        self._customers = customers
        self._engine = engine
        self._policy_of = policy_of
        self._keep = keep
        self._joined = joined
        self._left = left
        self._ordered = ordered
        self._clock = clock
        self._tasks = tasks
        self._gap = 1.0 / per_second
        self._dirty: dict[QueueKey, None] = {}
        self._due: dict[QueueKey, float] = {}
        self._listed_at: dict[QueueKey, float] = {}
        self._restore: set[QueueKey] = set()
        self._older: set[str] = set()
        """Calls that were there before we were: another server may have told their callers how to enter."""
        self._stirred = asyncio.Event()

    def start(self) -> None:
        """Begin to listen and to act."""
        self._bus.subscribe(QueueChanged, self._on_queue)
        self._bus.subscribe(AgentChanged, self._on_agent)
        self._bus.subscribe(LinkChanged, self._on_link)
        self._older = set(self._live.calls)
        for key in self._live.queues:
            self.stir(key)
        self._tasks.start("direct-queues", self._run())

    def stir(self, key: QueueKey, *, restore: bool = False) -> None:
        """Look at a queue soon; with `restore` its members get their own penalties back first."""
        self._dirty[key] = None
        if restore:
            self._restore.add(key)
        self._stirred.set()

    # -- what is heard

    def _on_queue(self, change: QueueChanged) -> None:
        key = (change.pbx, change.name)
        if change.kind is QueueKind.CALLER_JOINED and change.caller is not None:
            stay, coming = self.stays.joined(key, change.caller)
            stay.unread = stay.unread or (coming is None and stay.call_id in self._older)
            self._meet(key, stay, coming)
        elif change.caller is not None:
            gone = self.stays.left(key, change.caller.leg_id)
            if gone is not None and not gone.again:
                self._left(key, gone, change)
        # Where nobody made rules there is nothing to work out; what was missed, the next look without a caller mends.
        if change.caller is None or self._policy_of(key) is not None:
            self.stir(key)

    def _meet(self, key: QueueKey, stay: Stay, coming: Coming | None) -> None:
        self._joined(key, stay, coming)
        policy = self._policy_of(key)
        if policy is None or coming is not None:
            return
        if policy.tiers.add or policy.prefer is not Preference.NOBODY:
            self._tasks.start("customer-of-caller", self._look_up(key, stay))

    async def _look_up(self, key: QueueKey, stay: Stay) -> None:
        call = self._live.calls.get(stay.call_id)
        if call is None or call.withheld or not call.number:
            return
        try:
            async with asyncio.timeout(LOOK_UP_LIMIT):
                facts = await self._customers.facts(call.number)
        except (CtiError, TimeoutError) as fault:
            log.info("caller_not_looked_up", call=stay.call_id, reason=str(fault))
            return
        if facts is not None:
            stay.facts = facts
            self.stir(key)

    def _on_agent(self, change: AgentChanged) -> None:
        agent = change.agent
        place = (agent.pbx, agent.device)
        if change.before is not agent.state:
            one = self.occupancy.setdefault(place, Occupancy())
            one.spent(change.before, change.at - change.before_since)
        for membership in agent.memberships:
            key = (agent.pbx, membership.queue)
            if self._policy_of(key) is not None or membership.penalty >= OUTSIDE or self._wishes_of(key):
                self.stir(key)

    def _wishes_of(self, key: QueueKey) -> bool:
        return any(stay.wish is not None for stay in self.stays.of(key).values())

    def _on_link(self, change: LinkChanged) -> None:
        if not change.link.up:
            return
        self.stays.forget_priorities(change.link.pbx)
        self._older = set(self._live.calls)
        for key in self._live.queues:
            if key[0] == change.link.pbx:
                self.stir(key)

    # -- what is done

    async def _run(self) -> None:
        while True:
            now = self._clock.now()
            wake = min([*self._due.values(), *(one.until for one in self.stays.reserved.values())], default=now + 1e9)
            if not self._dirty:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, min(wake - now, LONGEST_SLEEP))):
                        await self._stirred.wait()
            self._stirred.clear()
            now = self._clock.now()
            due = [key for key, at in self._due.items() if at <= now]
            for key in dict.fromkeys([*self._dirty, *due, *self.stays.expire(now)]):
                self._dirty.pop(key, None)
                self._due.pop(key, None)
                await self._direct(key)

    async def _direct(self, key: QueueKey) -> None:
        policy, queue = self._policy_of(key), self._live.queues.get(key)
        link = self._live.links.get(key[0])
        for stay in self.stays.agree(key, queue, self._live.calls):
            self._meet(key, stay, None)
        if queue is None or link is None or not link.up:
            return
        try:
            await self._recall(key)
            if key in self._restore:
                self._restore.discard(key)
                for step in restored(self._members(key)):
                    await self._penalty(key, step)
            if policy is None and not self._wishes(key):
                return
            policy = policy or Policy()
            if policy.orders_callers or self._wishes_of(key):
                await self._ask_priorities(key)
            await self._carry_out(key, self._plan(key, policy))
        except CtiError as fault:
            log.warning("queue_not_directed", pbx=key[0], queue=key[1], reason=fault.sentence, again_in=BACK_OFF)
            for stay in self.stays.of(key).values():
                stay.priority = None  # what the PBX has is not known any more: ask before anything is sent again
            self._due[key] = self._clock.now() + BACK_OFF

    async def _recall(self, key: QueueKey) -> None:
        """Read what the PBX keeps of callers whom another server has told how to enter."""
        for stay in [stay for stay in self.stays.of(key).values() if stay.unread]:
            call = self._live.calls.get(stay.call_id)
            channel = next((leg.channel for leg in (call.legs if call else ()) if leg.id == stay.leg_id), None)
            kept = decoded(await self._engine.kept(key[0], channel)) if channel is not None else None
            stay.unread = False
            if kept is None or kept.queue != key[1]:
                continue
            recalled(stay, kept)
            if kept.reserved and kept.reserved_until > self._clock.now():
                self.stays.reserved[*key, kept.reserved] = Reservation(stay.call_id, kept.reserved_until)

    def _wishes(self, key: QueueKey) -> bool:
        """Whether somebody waits with needs of his own, or agents are still kept for one who has left."""
        return self._wishes_of(key) or any(member.penalty >= SLOTS[0] for member in self._members(key))

    def _plan(self, key: QueueKey, policy: Policy) -> Plan:
        now, queue = self._clock.now(), self._live.queues[key]
        waiting = callers(queue, self.stays.of(key), self._live.calls, now)
        made = plan(policy, key[1], waiting, self._members(key), now)
        held = [stay.held_until for stay in self.stays.of(key).values() if stay.held_until > now]
        times = [*held, *([made.look_again] if made.look_again is not None else [])]
        if times:
            self._due[key] = max(now + 0.05, min(times))
        return made

    def _members(self, key: QueueKey) -> list[Member]:
        queue = self._live.queues[key]
        return members(queue, self._live.agents, self._people, self._skills, self.occupancy, self.stays.reserved)

    async def _ask_priorities(self, key: QueueKey) -> None:
        """Read from the PBX what it has for those of whom we do not know."""
        if all(stay.priority is not None for stay in self.stays.of(key).values()):
            return
        await self._list(key)

    async def _list(self, key: QueueKey) -> tuple[Standing, ...]:
        wait = self._listed_at.get(key, 0.0) + LISTINGS - self._clock.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        standings = await self._engine.standings(*key)
        self._listed_at[key] = self._clock.monotonic()
        stays = self.stays.of(key)
        for one in standings:
            if one.leg_id in stays:
                stays[one.leg_id].priority = one.priority
        return standings

    async def _carry_out(self, key: QueueKey, made: Plan) -> None:
        moved: list[SetPriority] = []
        for step in made.steps:
            await self._step(key, step, moved)
        for decision in made.ring:
            self._keep(decision)
        if moved:
            standings = await self._list(key)
            self._ordered(*key, tuple(one.leg_id for one in standings))
            if not in_order(standings):
                for one in moved:
                    await self._again(key, one)

    async def _step(self, key: QueueKey, step: Step, moved: list[SetPriority]) -> None:
        stay = None if isinstance(step, SetPenalty) else self.stays.of(key).get(step.caller.leg_id)
        if stay is None and not isinstance(step, SetPenalty):
            return  # he has left meanwhile
        try:
            if isinstance(step, SetPenalty):
                await self._penalty(key, step)
            elif isinstance(step, SetPriority):
                if await self._engine.set_priority(*key, step.caller.channel, step.priority) and stay is not None:
                    stay.priority = step.priority
                    moved.append(step)
                    self._keep(step.decision)
            elif stay is not None:
                await self._withdraw(key, stay, step)
        except CtiError as fault:
            if fault.code != "pbx_refused":
                raise
            self._refused(key, step, stay, fault)
        await asyncio.sleep(self._gap)

    async def _penalty(self, key: QueueKey, step: SetPenalty) -> None:
        await self._engine.set_penalty(*key, step.device, step.penalty)

    async def _withdraw(self, key: QueueKey, stay: Stay, step: Withdraw) -> None:
        # Before it is sent: an answer that does not come must not send him away twice.
        stay.leaving = True
        if await self._engine.withdraw(*key, step.caller.channel, step.info):
            self._keep(step.decision)

    async def _again(self, key: QueueKey, step: SetPriority) -> None:
        """An Asterisk that changes the number and not the place: out and in again."""
        stay = self.stays.of(key).get(step.caller.leg_id)
        if stay is None or stay.leaving or stay.wish is not None:
            return  # out and in again he would lose the agents that he may have
        stay.leaving = stay.again = True
        if not await self._engine.withdraw(*key, step.caller.channel, f"again:{step.priority}"):
            stay.leaving = stay.again = False

    def _refused(self, key: QueueKey, step: Step, stay: Stay | None, fault: CtiError) -> None:
        log.warning("pbx_refused_decision", pbx=key[0], queue=key[1], step=type(step).__name__, reason=fault.sentence)
        if stay is None or isinstance(step, SetPenalty):
            return
        now = self._clock.now()
        stay.held_until, stay.leaving = now + HOLD, False
        reason = Reason("refused", {"text": fault.sentence[:200]})
        self._keep(Decision(stay.call_id, now, DecisionKind.REFUSED, key[1], step.decision.result, (reason,)))


def in_order(standings: tuple[Standing, ...]) -> bool:
    """Whether callers stand as their priorities say."""
    return all(a.priority >= b.priority for a, b in pairwise(standings))
