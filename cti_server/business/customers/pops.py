"""Which agent sees which call: the pop comes with the ring, follows the call, and goes or stays as the call ends.

Fed by the bus in plain calls; the look-up runs beside, once per call and number, and tells all who wait for it.
"""

import asyncio
import dataclasses
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from cti_server.agents.events import AgentProfileChanged, OutcomeSaved
from cti_server.business.customers.model import (
    CustomerJson,
    Directory,
    Finder,
    HideReason,
    Live,
    PopJson,
    PopState,
    PopStatus,
    Publisher,
    Talk,
    TalkLog,
    Who,
    state_at,
    who,
    why_ring_ended,
    with_who,
)
from cti_server.business.customers.numbers import Number
from cti_server.business.customers.service import Customers
from cti_server.calls.events import CustomerIdentified
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, NotFound, TooMany, Unavailable
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind, LinkChanged
from cti_server.live.views import CallView, LegView
from cti_server.live.words import Direction, LegRole, LegState, Outcome

log = structlog.get_logger(__name__)

ENDS = (CallKind.RING_ENDED, CallKind.CONNECTION_CLEARED)
ACTIVE = (LegState.ALERTING, LegState.CONNECTED, LegState.HELD)
RETRY_EVERY = 0.5
MOST_FORGOTTEN = 500


@dataclass(slots=True)
class _Pop:
    """A pop and what the browser need not know."""

    user_id: int
    device: str
    pbx: str
    direction: str
    number: Number
    told: str
    """The number as the call had it, to see whether it changed."""
    json: PopJson
    shown: bool = False
    chosen: bool = False
    """Whether the agent himself said who it is."""
    timer: asyncio.TimerHandle | None = None


class Pops:
    """The pops of all agents, in memory. `limit` seconds a look-up may take before the number alone is shown."""

    def __init__(
        self,
        customers: Customers,
        directory: Directory,
        live: Live,
        hub: Publisher,
        bus: Bus,
        tasks: Tasks,
        clock: Clock,
        *,
        limit: float = 0.3,
    ) -> None:
        self._customers = customers
        self._finder: Finder = customers
        self._talks: TalkLog = customers
        self._directory = directory
        self._live = live
        self._hub = hub
        self._bus = bus
        self._tasks = tasks
        self._clock = clock
        self._limit = limit
        self._by_user: dict[int, dict[str, _Pop]] = {}
        self._by_call: dict[str, dict[int, _Pop]] = {}
        self._legs: dict[str, tuple[LegView, ...]] = {}
        """Call → its legs as they were looked at last."""
        self._seeking: set[tuple[str, str]] = set()
        self._owed: dict[tuple[str, str], list[Talk]] = {}
        """Talks that are over, whose pop is gone, while it is still being looked up whose they were."""
        self._answers: dict[str, dict[str, Who]] = {}
        """Call → number → who it is."""

    def open(self) -> None:
        """Hear of calls, and show what rings or talks already."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(LinkChanged, self._on_link)
        self._bus.subscribe(AgentProfileChanged, self._on_profile)
        self._customers.listen(self._on_customer)
        self._reconcile(None)

    def of_user(self, user_id: int) -> list[PopJson]:
        """What this user's console shows; the part `pops` of his topic."""
        return [pop.json for pop in self._by_user.get(user_id, {}).values()]

    def talk_of(self, user_id: int, call_id: str) -> Talk | None:
        """The user's part in a call that he has a pop of."""
        pop = self._by_user.get(user_id, {}).get(call_id)
        return None if pop is None else self._talk(pop)

    def own(self, user_id: int, call_id: str) -> PopJson:
        """The user's pop of a call. Raises NotFound."""
        return self._pop(user_id, call_id).json

    def choose(self, user_id: int, call_id: str, customer: CustomerJson) -> PopJson:
        """The agent says who it is. Raises NotFound when he has no such pop."""
        pop = self._pop(user_id, call_id)
        pop.chosen = True
        self._learn(pop, who([customer]))
        return pop.json

    def saved(self, user_id: int, call_id: str, outcome: str | None) -> None:
        """The agent has saved what became of the call: after the talk the pop goes, and his after-call work is done."""
        if outcome is not None:
            self._bus.publish(OutcomeSaved(user_id, call_id))
        pop = self._by_user.get(user_id, {}).get(call_id)
        if pop is not None and pop.json.state is PopState.AFTER:
            self._hide(pop, HideReason.ENDED)

    def dismiss(self, user_id: int, call_id: str) -> None:
        """The agent closes a pop after the call. Raises NotFound, and Conflict while the call goes on."""
        pop = self._pop(user_id, call_id)
        if pop.json.state is not PopState.AFTER:
            raise Conflict("The call is still going on.", code="call_goes_on")
        self._hide(pop, HideReason.ENDED)

    def forget(self, customers: Collection[int], calls: Collection[str]) -> None:
        """The person of these is forgotten: his pops go, and consoles drop what was typed about his calls."""
        for pops in list(self._by_call.values()):
            for pop in list(pops.values()):
                customer = pop.json.customer
                if pop.json.call_id in calls or (customer is not None and customer.id in customers):
                    self._hide(pop, HideReason.ENDED)
        for call_id in calls:
            self._answers.pop(call_id, None)
        # Ids of calls name nobody; drafts live three days, so the newest calls are enough.
        newest = sorted(calls)[-MOST_FORGOTTEN:]
        self._hub.publish("system", "system.forgotten", {"call_ids": newest}, self._clock.now())

    def _pop(self, user_id: int, call_id: str) -> _Pop:
        pop = self._by_user.get(user_id, {}).get(call_id)
        if pop is None:
            raise NotFound("You have no such call.")
        return pop

    # what the PBX tells

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        if change.kind is CallKind.CLEARED:
            self._cleared(call.id, call)
            return
        if call.direction is Direction.INTERNAL and call.id not in self._by_call:
            return
        self._follow(call)
        # The same legs as before say that nobody has come or gone, nor begun to talk.
        if change.kind is CallKind.UPDATED and call.legs is self._legs.get(call.id):
            return
        self._legs[call.id] = call.legs
        for pop in list(self._by_call.get(call.id, {}).values()):
            self._leave(pop, call, change)
        if change.kind is CallKind.DELIVERED and change.device is not None:
            self._join(call, change.device, PopState.RINGING, change.at)
        self._join_all(call, change.at)

    def _on_link(self, change: LinkChanged) -> None:
        if change.link.up:
            self._reconcile(change.link.pbx)

    def _on_profile(self, change: AgentProfileChanged) -> None:
        for pop in list(self._by_user.get(change.user_id, {}).values()):
            if (pop.pbx, pop.device) != change.after and pop.json.state is not PopState.AFTER:
                self._hide(pop, HideReason.ENDED)
        self._reconcile(None)

    def _reconcile(self, pbx: str | None) -> None:
        """Make the pops true to the calls there are: after a start, a lost link, another device."""
        for call_id, pops in list(self._by_call.items()):
            if call_id not in self._live.calls and any(pbx in (None, pop.pbx) for pop in pops.values()):
                self._cleared(call_id, None)
        for call in list(self._live.calls.values()):
            if pbx in (None, call.pbx):
                for pop in list(self._by_call.get(call.id, {}).values()):
                    self._leave(pop, call, None)
                self._join_all(call, self._clock.now())

    def _join_all(self, call: CallView, at: float) -> None:
        if call.direction is Direction.INTERNAL and call.id not in self._by_call:
            return
        for device in {leg.device for leg in call.legs if leg.role is not LegRole.SYSTEM and leg.state in ACTIVE}:
            if (state := state_at(call, device)) is not None:
                self._join(call, device, state, at)

    def _join(self, call: CallView, device: str, state: PopState, at: float) -> None:
        user_id = self._directory.user_of(call.pbx, device)
        if user_id is None:
            return
        pop = self._by_call.get(call.id, {}).get(user_id)
        if pop is None:
            self._begin(user_id, device, call, state, at)
        elif pop.json.state is not state and not (state is PopState.RINGING and pop.json.state is PopState.TALKING):
            pop.device = device
            pop.json = replace(pop.json, state=state)
            self._publish(pop)

    def _leave(self, pop: _Pop, call: CallView, change: CallChanged | None) -> None:
        """What it means for a pop when its device no longer rings or talks."""
        if pop.json.state is PopState.AFTER or state_at(call, pop.device) is not None:
            return
        if pop.json.state is PopState.TALKING:
            self._after(pop)
            return
        # The ring may be told a moment before its leg stands in the view; only a told or seen end counts.
        legs = [leg for leg in call.legs if leg.device == pop.device]
        told = change is not None and change.device == pop.device and change.kind in ENDS
        if told or change is None or (legs and all(leg.state is LegState.CLEARED for leg in legs)):
            self._hide(pop, why_ring_ended(call, pop.device))

    def _cleared(self, call_id: str, call: CallView | None) -> None:
        self._legs.pop(call_id, None)
        merged = call is not None and call.outcome is Outcome.MERGED
        for pop in list(self._by_call.get(call_id, {}).values()):
            if pop.json.state is PopState.TALKING and not merged:
                self._after(pop)
            elif pop.json.state is not PopState.AFTER:
                self._hide(pop, HideReason.ENDED if call is None else why_ring_ended(call, pop.device))
        into = self._live.calls.get(call.merged_into or "") if call is not None else None
        if into is not None:
            self._join_all(into, self._clock.now())

    def _follow(self, call: CallView) -> None:
        """Take over what changed of the call: a transfer brings another number, the dialplan more data."""
        for pop in list(self._by_call.get(call.id, {}).values()):
            told = "" if call.withheld else call.number
            pop.direction = call.direction
            before = pop.json
            if (before.queue, before.dialled, before.data) != (call.queue, call.dialled, call.data):
                pop.json = replace(before, queue=call.queue, dialled=call.dialled, data=call.data)
            number = self._customers.number(told) if told and told != pop.told else None
            # A transfer may leave a colleague's extension in the place of the customer's number: not who it is about.
            if number is not None and (number.names_a_customer or not pop.number.names_a_customer):
                pop.told, pop.number, pop.chosen = told, number, False
                shown = self._customers.shown(pop.number)
                pop.json = with_who(replace(pop.json, number=shown), Who(PopStatus.LOOKING))
                self._look_up(pop)
            elif pop.json is not before and pop.shown:
                self._publish(pop)

    # the pop itself

    def _begin(self, user_id: int, device: str, call: CallView, state: PopState, at: float) -> None:
        for other in list(self._by_user.get(user_id, {}).values()):
            if other.json.state is PopState.AFTER:
                self._hide(other, HideReason.ENDED)
        number = self._customers.number(call.number, call.withheld)
        pop = _Pop(
            user_id=user_id,
            device=device,
            pbx=call.pbx,
            direction=call.direction,
            number=number,
            told="" if call.withheld else call.number,
            json=PopJson(
                call_id=call.id,
                at=at,
                status=PopStatus.LOOKING,
                number=self._customers.shown(number),
                customer=None,
                candidates=[],
                queue=call.queue,
                dialled=call.dialled,
                data=call.data,
                state=state,
            ),
        )
        self._by_user.setdefault(user_id, {})[call.id] = pop
        self._by_call.setdefault(call.id, {})[user_id] = pop
        self._look_up(pop)

    def _after(self, pop: _Pop) -> None:
        pop.json = replace(pop.json, state=PopState.AFTER)
        self._talks.talked(self._talk(pop))
        self._publish(pop)

    def _hide(self, pop: _Pop, reason: HideReason) -> None:
        call_id = pop.json.call_id
        if pop.json.state is PopState.TALKING:
            self._talks.talked(self._talk(pop))
        key = (call_id, pop.number.value)
        if pop.json.customer is None and pop.json.state is not PopState.RINGING and key in self._seeking:
            self._owed.setdefault(key, []).append(self._talk(pop))
        if pop.timer is not None:
            pop.timer.cancel()
        self._by_user[pop.user_id].pop(call_id)
        self._by_call[call_id].pop(pop.user_id)
        if not self._by_user[pop.user_id]:
            del self._by_user[pop.user_id]
        if not self._by_call[call_id]:
            del self._by_call[call_id]
        if call_id not in self._by_call:
            self._answers.pop(call_id, None)
        # Told even of a pop that was not shown yet: a console that has just reloaded has it from the snapshot.
        self._tell(pop.user_id, "pop.hide", {"call_id": call_id, "reason": reason})

    def _publish(self, pop: _Pop) -> None:
        """Show the pop, or tell what changed. Before its look-up's answer or limit there is nothing to tell."""
        if pop.json.status is PopStatus.LOOKING and pop.timer is not None:
            return
        kind = "pop.update" if pop.shown else "pop.show"
        pop.shown = True
        self._tell(pop.user_id, kind, pop.json)

    def _tell(self, user_id: int, kind: str, data: object) -> None:
        self._hub.publish(f"user:{user_id}", kind, data, self._clock.now())

    def _talk(self, pop: _Pop) -> Talk:
        customer = pop.json.customer
        return Talk(
            call_id=pop.json.call_id,
            user_id=pop.user_id,
            agent_name=self._directory.name_of(pop.user_id),
            at=pop.json.at,
            direction=pop.direction,
            customer_id=None if customer is None else customer.id,
        )

    # who it is

    def _look_up(self, pop: _Pop) -> None:
        """Ask who the number belongs to, or take the answer that another pop of the call has got."""
        if pop.number.withheld or not pop.number.value:
            self._learn(pop, Who(PopStatus.WITHHELD if pop.number.withheld else PopStatus.NUMBER_ONLY))
            return
        key = (pop.json.call_id, pop.number.value)
        if (answer := self._answers.get(pop.json.call_id, {}).get(pop.number.value)) is not None:
            self._learn(pop, answer)
            return
        if pop.timer is not None:
            pop.timer.cancel()
        pop.timer = asyncio.get_running_loop().call_later(self._limit, self._out_of_time, pop)
        if key not in self._seeking:
            self._seeking.add(key)
            self._tasks.start(f"look-up:{pop.json.call_id}", self._seek(key, pop.number))

    def _out_of_time(self, pop: _Pop) -> None:
        pop.timer = None
        self._learn(pop, Who(PopStatus.NUMBER_ONLY))

    async def _seek(self, key: tuple[str, str], number: Number) -> None:
        """Look up until there is an answer or nobody waits; while the database is away, what is remembered counts."""
        try:
            while self._waiting(key) or key in self._owed:
                try:
                    self._answer(key, who(await self._finder.find(number)))
                    return
                except (Unavailable, TooMany):
                    self._makeshift(key, who(self._finder.cached(number)))
                    await self._finder.wait_up(30.0)
                    await asyncio.sleep(RETRY_EVERY)
        except Exception:
            log.exception("look_up_failed", call_id=key[0])
            self._makeshift(key, Who(PopStatus.NUMBER_ONLY))
        finally:
            self._seeking.discard(key)
            self._owed.pop(key, None)

    def _waiting(self, key: tuple[str, str]) -> list[_Pop]:
        return [pop for pop in self._by_call.get(key[0], {}).values() if pop.number.value == key[1]]

    def _answer(self, key: tuple[str, str], answer: Who) -> None:
        waiting = self._waiting(key)
        if waiting:
            self._answers.setdefault(key[0], {})[key[1]] = answer
        if answer.customer is not None:
            for talk in self._owed.pop(key, ()):
                self._talks.talked(dataclasses.replace(talk, customer_id=answer.customer.id))
                self._bus.publish(CustomerIdentified(key[0], answer.customer.id, answer.customer.name))
        for pop in waiting:
            if not pop.chosen:
                self._learn(pop, answer)

    def _makeshift(self, key: tuple[str, str], answer: Who) -> None:
        """Show what there is to those who have nothing better yet."""
        for pop in self._waiting(key):
            open_ = pop.json.status in (PopStatus.LOOKING, PopStatus.NUMBER_ONLY)
            if open_ and not pop.chosen and pop.json.status is not answer.status:
                self._learn(pop, answer)

    def _learn(self, pop: _Pop, answer: Who) -> None:
        if pop.timer is not None:
            pop.timer.cancel()
            pop.timer = None
        before = pop.json.customer
        pop.json = with_who(pop.json, answer)
        self._publish(pop)
        if (customer := answer.customer) is None:
            return
        self._bus.publish(CustomerIdentified(pop.json.call_id, customer.id, customer.name))
        if before is None or before.id != customer.id:
            self._customers.accessed(customer.id, by=pop.user_id, how="pop")
            if pop.json.state is PopState.AFTER:  # known only now: the talk is the new customer's
                self._talks.talked(self._talk(pop))

    def _on_customer(self, customer: CustomerJson) -> None:
        for pops in self._by_call.values():
            for pop in pops.values():
                if pop.json.customer is not None and pop.json.customer.id == customer.id:
                    self._learn(pop, who([customer]))
        for answers in self._answers.values():
            for number, answer in answers.items():
                if answer.customer is not None and answer.customer.id == customer.id:
                    answers[number] = who([customer])
