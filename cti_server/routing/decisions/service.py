"""The rules of queues, how callers enter them, and what was decided on a call."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, Forbidden
from cti_server.core.local_copy import LocalCopy
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.words import Direction
from cti_server.routing.decisions import store
from cti_server.routing.decisions.director import Director
from cti_server.routing.decisions.entering import Arrival, Way, way_in
from cti_server.routing.decisions.expected.wait_estimate import Expected
from cti_server.routing.decisions.expected.waits import ESTIMATE, Waits
from cti_server.routing.decisions.keeping import VARIABLE, Kept, encoded
from cti_server.routing.decisions.model import (
    NOBODY,
    CustomerBook,
    CustomerFacts,
    Decision,
    DecisionJson,
    DecisionKind,
    Engine,
    Entry,
    ErrorsJson,
    Journal,
    Live,
    Member,
    People,
    QueueKey,
    Reason,
    Skills,
)
from cti_server.routing.decisions.policy import Policy, VersionJson, changed_parts, checked
from cti_server.routing.decisions.stays import Coming, Reservation, Stay, Wish, members
from cti_server.routing.decisions.strategies import OWN, RESERVED, choose_queue
from cti_server.routing.flows.acts import CallerTold, Queueing

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

DECISION: Final = "routing_decision"
SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    DECISION: store.write_decisions,
    ESTIMATE: store.write_estimates,
}
"""What the journal does with the rows of this room."""
COPY: Final = "queue-policies"
RETRY: Final = 2.0
ENTER_LIMIT: Final = 0.5
"""Seconds that a caller at the door of a queue waits for his record and for an agent to be kept for him, each."""
MOST_VERSIONS: Final = 50
MOST_CALLERS: Final = 5_000
_NO_WINDOW: Final = {"CTI_QUEUE_MIN": "", "CTI_QUEUE_MAX": "", "CTI_QUEUE_RULE": ""}


class Calls(Protocol):
    """Who may see which call."""

    def detail(self, who: Session, name: str) -> Awaitable[Any]:
        """A call by number or live id: `.call.call_id` is `<pbx>:<Linkedid>`. Raises NotFound."""


class Decisions:
    """Rules by queue, with versions. Listens and acts from `start()` on; until the rules were read nothing is done."""

    def __init__(
        self,
        *,
        bus: Bus,
        live: Live,
        people: People,
        skills: Skills,
        customers: CustomerBook,
        calls: Calls,
        engine: Engine,
        ordered: Callable[[str, str, tuple[str, ...]], None],
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
        per_second: int = 50,
        copy: LocalCopy | None = None,
    ) -> None:
        """`copy`: where rules are kept for a start without the database."""
        self._copy = copy
        self._bus = bus
        self._live = live
        self._people = people
        self._skills = skills
        self._customers = customers
        self._calls = calls
        self._engine = engine
        self._journal = journal
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._rules: dict[QueueKey, VersionJson] = {}
        self.waits = Waits(live, journal)
        self._callers: dict[str, CustomerFacts] = {}
        self.changed: Callable[[QueueKey], None] = lambda key: None
        """Told of each queue whose rules are others now."""
        self.ready = asyncio.Event()
        """Set once the rules were read."""
        self.director = Director(
            bus=bus,
            live=live,
            people=people,
            skills=skills,
            customers=customers,
            engine=engine,
            policy_of=self.policy_of,
            keep=self._keep,
            joined=self.waits.joined,
            left=self.waits.left,
            ordered=ordered,
            clock=clock,
            tasks=tasks,
            per_second=per_second,
        )

    def start(self) -> None:
        """Begin to listen; the rules are read as soon as the database can be asked."""
        self._bus.subscribe(CallChanged, self._on_call)
        self.waits.start(self._bus)
        self.director.start()
        self._tasks.start("queue-policies", self._read())

    async def _read(self) -> None:
        self._take_copy()
        while True:
            try:
                self._rules = await store.policies(self._db)
                break
            except CtiError as fault:
                log.warning("queue_policies_not_read", reason=fault.code, again_in=RETRY)
                await asyncio.sleep(RETRY)
        for key in self._rules:
            self.director.stir(key)
            self.changed(key)
        self.ready.set()
        await self._keep_copy()

    def _take_copy(self) -> None:
        kept = self._copy.load(COPY) if self._copy is not None else None
        if kept is None:
            return
        try:
            self._rules = {(pbx, queue): msgspec.convert(rule, VersionJson) for pbx, queue, rule in kept}
        except (msgspec.ValidationError, TypeError, ValueError) as fault:
            log.warning("queue_policies_copy_not_read", reason=str(fault))
        for key in self._rules:
            self.director.stir(key)

    async def _keep_copy(self) -> None:
        if self._copy is not None:
            rules = [[*key, msgspec.to_builtins(rule)] for key, rule in sorted(self._rules.items())]
            await asyncio.to_thread(self._copy.keep, COPY, rules)

    # -- the rules

    def policy_of(self, key: QueueKey) -> Policy | None:
        """The rules in force; None where nobody made any."""
        found = self._rules.get(key)
        return found.policy if found is not None else None

    def service_goal(self, key: QueueKey) -> tuple[int | None, float | None]:
        """Seconds and target of a queue's own service level, each None where the site's holds."""
        policy = self.policy_of(key)
        return (policy.service_seconds, policy.service_target) if policy is not None else (None, None)

    def rules(self) -> dict[QueueKey, VersionJson | None]:
        """Every queue that there is or that has rules."""
        keys = sorted({*self._live.queues, *self._rules})
        return {key: self._rules.get(key) for key in keys}

    async def versions(self, key: QueueKey) -> list[VersionJson]:
        """The last versions of a queue's rules, newest first. Raises Unavailable."""
        return await store.versions(self._db, key, MOST_VERSIONS)

    async def put(self, who: Session, key: QueueKey, policy: Policy, before: int) -> VersionJson:
        """Make these the rules; `before` is the version that was changed, 0 for none.

        Raises Forbidden, BadInput, Conflict (policy_changed) when somebody else changed it meanwhile, Unavailable.
        """
        if Role.ADMIN not in who.roles:
            raise Forbidden("Only an admin changes the rules of a queue.")
        checked(policy, key[1])
        old = self._rules.get(key)
        async with self._db.transaction() as connection:
            if before != (old.version if old is not None else 0):
                raise Conflict("Somebody else has changed these rules meanwhile.", code="policy_changed")
            made = await store.add(connection, key, before + 1, policy, who.user_id)
            if made is None:
                raise Conflict("Somebody else has changed these rules meanwhile.", code="policy_changed")
            details = {
                "version": made.version,
                "changed": changed_parts(old.policy if old is not None else None, policy),
            }
            await self._audit.write(connection, who, "queue.policy", f"{key[0]}/{key[1]}", details)
        self._rules[key] = made
        self.changed(key)
        await self._keep_copy()
        shaped = old is not None and old.policy.shapes_ring
        self.director.stir(key, restore=shaped and not policy.shapes_ring)
        return made

    # -- what a flow asks

    async def enter(
        self,
        call_id: str,
        queue: str,
        *,
        number: str = "",
        data: Mapping[str, str] | None = None,
        extra: int = 0,
        prefer_seconds: int | None = None,
    ) -> Entry:
        """How a caller enters a queue: what the dialplan is to set, and what he may be told. Never raises CtiError.

        `call_id` `<pbx>:<Linkedid>`; `extra` points of priority from the flow; `prefer_seconds` overrides the policy's.
        Takes at most two times ENTER_LIMIT.
        """
        pbx = call_id.partition(":")[0]
        wanted = self._rules_need_facts((pbx, queue)) or bool(prefer_seconds)
        facts = await self._facts(number, needed=wanted)
        entry, reserve = self._way_in(call_id, queue, facts, data or {}, extra, prefer_seconds)
        if reserve is not None and not await self._reserve(*reserve):
            return replace(entry, variables={**entry.variables, **_NO_WINDOW})
        return entry

    async def meet(self, pbx: str, uniqueid: str, number: str, wish: Queueing) -> None:
        """Look up who is about to wait, if his wish or any rule asks that; at most ENTER_LIMIT. Raises nothing."""
        call_id = self._call_of(pbx, uniqueid)
        if call_id in self._callers or not number:
            return
        if wish.last_agent_seconds or self._rules_need_facts((pbx, wish.queue)):
            await self._prefetch(call_id, number)

    def joining(self, pbx: str, uniqueid: str, wish: Queueing, caller: CallerTold, data: Mapping[str, str]) -> Queueing:
        """The same for a flow at its queue node, without waiting: by what was looked up when the call came in.

        An agent is reserved at the same time; when that comes too late he is only not the first. Raises nothing.
        """
        call_id = self._call_of(pbx, uniqueid)
        facts = self._callers.get(call_id) or CustomerFacts(tier=caller.tier)
        seconds = wish.last_agent_seconds or None
        entry, reserve = self._way_in(call_id, wish.queue, facts, data, wish.priority, seconds, wish)
        if reserve is not None:
            self._tasks.start("reserve-agent", self._reserve(*reserve))
        priority = int(entry.variables["CTI_QUEUE_PRIO"])
        variables = dict(entry.variables)
        # Told in the flow's own way and in his language, and not once more by the dialplan.
        spoken, place = variables.pop("CTI_SAY_WAIT"), None
        if wish.announce_position:
            place = self._place((pbx, entry.queue), priority)
        return replace(
            wish,
            queue=entry.queue,
            priority=priority,
            variables=variables,
            place=place,
            wait_minutes=int(spoken) if spoken else None,
        )

    def _way_in(
        self,
        call_id: str,
        queue: str,
        facts: CustomerFacts,
        data: Mapping[str, str],
        extra: int,
        prefer_seconds: int | None,
        wish: Queueing | None = None,
    ) -> tuple[Entry, tuple[QueueKey, str, int] | None]:
        """How he enters, and the member to be reserved for him."""
        pbx, now = call_id.partition(":")[0], self._clock.now()
        first = self.policy_of((pbx, queue)) or Policy()
        chosen, why = choose_queue(first.choices if first.active else (), data, queue)
        key = (pbx, chosen)
        policy = self.policy_of(key) or Policy()
        policy = policy if policy.active else Policy()
        way = way_in(policy, Arrival(call_id, chosen, now, facts, data, extra, prefer_seconds), self._members(key))
        needs = dict(wish.skills) if wish is not None else {}
        reserve, variables = None, dict(way.variables)
        reasons = (why,) if why is not None else ()
        kept = self._slot(key, call_id, needs, way, now) if needs else None
        if needs:
            variables, reasons = _with_slot(variables, kept), (*reasons, _why_needs(needs, kept))
        elif way.reserve is not None:
            reserve = (key, way.reserve.device, way.reserve.penalty)
            self.director.stays.reserved[*key, way.reserve.device] = Reservation(call_id, way.until + 1.0)
            self.director.stir(key)
        decisions = (Decision(call_id, now, DecisionKind.QUEUE, chosen, chosen, reasons), *way.decisions)
        for decision in decisions:
            self._keep(decision)
        announced = policy.announce_wait or (wish is not None and wish.announce_wait)
        until = way.until + 1.0 if reserve is not None else 0.0
        variables[VARIABLE] = encoded(
            Kept(chosen, extra, 0.0, facts.tier, facts.value_tier, kept, reserve[1] if reserve else "", until)
        )
        expected = self._expected(key, way.priority)
        spoken = variables["CTI_SAY_WAIT"] = minutes(expected.enough if expected else None) if announced else ""
        told = int(spoken) if spoken else None
        coming = Coming(chosen, way.priority, extra, facts, told, wish=kept, at=now)
        self.director.stays.expect(call_id, coming)
        return Entry(chosen, variables, decisions, expected.seconds if expected else None, announced), reserve

    def _slot(self, key: QueueKey, call_id: str, needs: dict[str, int], way: Way, now: float) -> Wish | None:
        """Where agents are kept for him; None when no more sets of needs can be told apart in this queue."""
        first, until = ("", 0.0) if way.reserve is None else (way.reserve.device, way.until)
        slot = self.director.stays.slot_for(key, needs, first, now)
        if slot is None:
            log.warning("too_many_needs", pbx=key[0], queue=key[1], call=call_id)
            return None
        return Wish(needs, slot, first, until)

    def _place(self, key: QueueKey, priority: int) -> int:
        """Where somebody who joins now with this priority will stand."""
        return 1 + sum(1 for stay in self.director.stays.of(key).values() if (stay.priority or 0) >= priority)

    # -- what callbacks ask

    def standing(self, pbx: str, queue: str) -> list[tuple[int, float]]:
        """Priority of each who waits, and since when he does."""
        view, stays = self._live.queues.get((pbx, queue)), self.director.stays.of((pbx, queue))
        found = [(who, stays.get(who.leg_id)) for who in (view.waiting if view is not None else ())]
        return [(stay.priority or 0, stay.joined_at) if stay is not None else (0, who.joined_at) for who, stay in found]

    def arriving(self, pbx: str, queue: str, leg_id: str, joined_at: float, priority: int) -> dict[str, str]:
        """Somebody who kept his place comes into the queue by this leg: his wait counts from then.

        Returns what the PBX is to keep of it: channel variables.
        """
        self.director.stays.waited_before((pbx, queue), leg_id, joined_at)
        call_id = f"{pbx}:{leg_id.removesuffix('-2')}"
        self.director.stays.expect(call_id, Coming(queue, priority, priority, NOBODY))
        return {VARIABLE: encoded(Kept(queue, priority, joined_at))}

    # -- what the dialplan asks of one whom we took out

    def priority_of(self, pbx: str, queue: str, leg_id: str) -> int:
        """With which he stood in a queue out of which he was taken; he is looked at, and may still come back."""
        stay = self.director.stays.seen_away((pbx, queue), leg_id)
        return max(0, stay.priority or stay.extra) if stay is not None else 0

    def staying(self, pbx: str, queue: str, leg_id: str) -> dict[str, str]:
        """He was offered a callback and rather waits: channel variables by which he stands where he stood."""
        key, stays = (pbx, queue), self.director.stays
        stay = stays.sent_away(key, leg_id)
        if stay is None:
            return {}
        priority = max(0, stay.priority or 0)
        ahead = [one for one in stays.of(key).values() if _before(one, stay, priority)]
        stays.waited_before(key, leg_id, stay.joined_at)
        coming = Coming(queue, priority, stay.extra, stay.facts, wish=stay.wish, offered=True)
        stays.expect(stay.call_id, coming)
        facts, wish = stay.facts, stay.wish
        kept = Kept(queue, stay.extra, stay.joined_at, facts.tier, facts.value_tier, wish, offered=True)
        place = {"CTI_QUEUE_PRIO": str(priority), "CTI_POSITION": str(len(ahead) + 1), VARIABLE: encoded(kept)}
        return _with_slot(place, wish)

    def _call_of(self, pbx: str, uniqueid: str) -> str:
        call_id = f"{pbx}:{uniqueid}"
        if call_id in self._live.calls:
            return call_id
        calls = [c for c in self._live.calls.values() if c.pbx == pbx and any(leg.id == uniqueid for leg in c.legs)]
        return calls[0].id if calls else call_id

    def _rules_need_facts(self, key: QueueKey | None = None) -> bool:
        """Whether any rules (of this queue, or that it may send callers to) ask who calls."""
        rules = [one.policy for one in self._rules.values() if one.policy.active]
        if key is not None and key not in self._rules:
            return False
        return any(one.tiers.add or one.prefer_seconds for one in rules)

    async def _prefetch(self, call_id: str, number: str) -> None:
        facts = await self._facts(number, needed=True)
        if facts is not NOBODY:
            self._callers[call_id] = facts
            while len(self._callers) > MOST_CALLERS:
                del self._callers[next(iter(self._callers))]

    async def _facts(self, number: str, *, needed: bool) -> CustomerFacts:
        if not (number and needed):
            return NOBODY
        try:
            async with asyncio.timeout(ENTER_LIMIT):
                return await self._customers.facts(number) or NOBODY
        except (CtiError, TimeoutError) as fault:
            log.info("caller_not_looked_up", reason=str(fault))
            return NOBODY

    async def _reserve(self, key: QueueKey, device: str, penalty: int) -> bool:
        with contextlib.suppress(CtiError, TimeoutError):
            async with asyncio.timeout(ENTER_LIMIT):
                return await self._engine.set_penalty(*key, device, RESERVED + penalty % OWN)
        return False

    def _members(self, key: QueueKey) -> list[Member]:
        queue, director = self._live.queues.get(key), self.director
        if queue is None:
            return []
        return members(
            queue, self._live.agents, self._people, self._skills, director.occupancy, director.stays.reserved
        )

    def _expected(self, key: QueueKey, priority: int) -> Expected | None:
        """What somebody who joins now with this priority may expect; None while it is not known."""
        return self.waits.expected(key, self._place(key, priority))

    def _on_call(self, change: CallChanged) -> None:
        """Look up who calls, if any rule asks that."""
        if change.kind is CallKind.CLEARED:
            self._callers.pop(change.call.id, None)
        elif change.kind is CallKind.ORIGINATED and change.call.direction is Direction.INBOUND:
            number = "" if change.call.withheld else change.call.number
            if number and self._rules_need_facts():
                self._tasks.start("customer-of-call", self._prefetch(change.call.id, number))

    # -- why

    def _keep(self, decision: Decision) -> None:
        self._journal.append(DECISION, decision.row())

    async def of_call(self, who: Session, name: str) -> list[DecisionJson]:
        """What was decided on a call that `who` may see, in order. Raises NotFound, Unavailable."""
        call = await self._calls.detail(who, name)
        pbx, _, linkedid = call.call.call_id.partition(":")
        return [self._with_names(one) for one in await store.decisions(self._db, pbx, linkedid)]

    def _with_names(self, one: DecisionJson) -> DecisionJson:
        """Agents are kept by number; people are shown their names, as they are now."""
        reasons = tuple(
            Reason(why.code, {**why.values, "agent": self._people.name_of(int(why.values["user"]))})
            if "user" in why.values
            else why
            for why in one.reasons
        )
        return replace(one, reasons=reasons)

    async def errors(self, days: int, tolerance: float) -> list[ErrorsJson]:
        """How good the expected waits of the last days were. Raises Unavailable."""
        return await store.errors(self._db, self._clock.now() - days * 86400.0, tolerance)

    def name_of(self, user_id: int | None) -> str:
        """Who changed the rules."""
        return self._people.name_of(user_id) if user_id is not None else ""


def _before(one: Stay, other: Stay, priority: int) -> bool:
    """Whether one who waits stands before another who comes back with this priority."""
    return (-(one.priority or 0), one.joined_at) < (-priority, other.joined_at)


def _with_slot(variables: dict[str, str], wish: Wish | None) -> dict[str, str]:
    """The ring of a caller with needs; without a slot he is served as everybody."""
    if wish is None:
        return {**variables, **_NO_WINDOW}
    window = {"CTI_QUEUE_MIN": str(wish.slot), "CTI_QUEUE_MAX": str(wish.slot + OWN - 1), "CTI_QUEUE_RULE": ""}
    return {**variables, **window}


def _why_needs(needs: Mapping[str, int], wish: Wish | None) -> Reason:
    text = ", ".join(f"{name} ≥ {level}" for name, level in sorted(needs.items()))
    return Reason("needs" if wish is not None else "needsNotKept", {"skills": text})


def minutes(seconds: float | None) -> str:
    """An expected wait as it is spoken: whole minutes, rounded up; empty for less than one, or not known."""
    return "" if seconds is None or seconds < 60 else str(math.ceil(seconds / 60))
