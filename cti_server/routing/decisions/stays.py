"""What is remembered of those who wait, beyond what the PBX tells (pure; time is an argument).

All of it can be lost: after a restart priorities and what a flow has asked (keeping.py) are read from the PBX, and
records are looked up again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cti_server.live.views import AgentView, CallView, LegView, QueueView, WaitingView
from cti_server.live.words import AgentState, SegmentKind, SegmentResult
from cti_server.routing.decisions.expected.wait_estimate import Expected
from cti_server.routing.decisions.model import (
    Caller,
    CustomerFacts,
    Decision,
    Member,
    People,
    QueueKey,
    Skills,
    stands_in,
)
from cti_server.routing.decisions.needs import SLOTS
from cti_server.routing.decisions.occupancy import Occupancy

COMES_WITHIN: Final = 60.0
"""Seconds for which a slot is kept for somebody who was told how to enter."""
MOST_COMING: Final = 2_000
"""Callers who were told how to enter a queue and have not come yet; the oldest are forgotten."""


@dataclass(slots=True)
class Stay:
    """A caller's stay in one queue."""

    call_id: str
    leg_id: str
    joined_at: float
    """When he first came, also when he was taken out and put back by us."""
    listed_at: float
    """When the PBX says that he joined."""
    position: int = 1
    """His place when he joined, from 1."""
    priority: int | None = None
    """As the PBX has it; None: to be asked."""
    extra: int = 0
    facts: CustomerFacts = field(default_factory=CustomerFacts)
    held_until: float = 0.0
    """Nothing is decided on him before: a withdrawal is under way, or the PBX refused something."""
    leaving: bool = False
    """A withdrawal was sent; it is never sent twice."""
    again: bool = False
    """… which brings him back to the same queue."""
    estimate: tuple[int, int, Expected] | None = None
    """Position, staffed agents and what he could expect when he joined."""
    told_minutes: int | None = None
    """What he was told; None: nothing."""
    wish: "Wish | None" = None
    """What his flow asks of the agent."""
    offered: bool = False
    """A callback was offered to him, and he stays: he is not asked again."""
    unread: bool = False
    """Another server may have told him how to enter: what the PBX keeps of that is to be read."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Needs of one caller, the slot of penalties in which he waits, and who alone is rung first (needs.py)."""

    needs: Mapping[str, int]
    slot: int
    first: str = ""
    first_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody who was told how to enter a queue. `at` unix seconds."""

    queue: str
    priority: int
    extra: int
    facts: CustomerFacts
    told_minutes: int | None = None
    decisions: tuple[Decision, ...] = ()
    wish: Wish | None = None
    at: float = 0.0
    offered: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """An agent of a queue who is kept for a caller until then (unix seconds)."""

    call_id: str
    until: float


class Stays:
    """Everybody who waits in the queues of all PBXs."""

    def __init__(self) -> None:
        self._stays: dict[QueueKey, dict[str, Stay]] = {}
        self._back: dict[tuple[str, str, str], float] = {}
        self._coming: dict[str, Coming] = {}
        self._sent_away: dict[tuple[str, str, str], Stay] = {}
        self.reserved: dict[tuple[str, str, str], Reservation] = {}
        """PBX, queue and device → for whom."""

    def __iter__(self) -> Iterator[tuple[QueueKey, Stay]]:
        return ((key, stay) for key, stays in self._stays.items() for stay in stays.values())

    def of(self, key: QueueKey) -> Mapping[str, Stay]:
        """Who waits in a queue, by Uniqueid."""
        return self._stays.get(key, {})

    def expect(self, call_id: str, coming: Coming) -> None:
        """Somebody will join."""
        self._coming[call_id] = coming
        while len(self._coming) > MOST_COMING:
            del self._coming[next(iter(self._coming))]

    def waited_before(self, key: QueueKey, leg_id: str, since: float) -> None:
        """This leg will join, and has waited since then already."""
        self._back[*key, leg_id] = since
        while len(self._back) > MOST_COMING:
            del self._back[next(iter(self._back))]

    def joined(self, key: QueueKey, who: WaitingView) -> tuple[Stay, Coming | None]:
        """Somebody waits; the same stay when he was known already."""
        stays = self._stays.setdefault(key, {})
        known = stays.get(who.leg_id)
        if known is not None:
            return known, None
        since = self._back.pop((*key, who.leg_id), who.joined_at)
        coming = self._coming.pop(who.call_id, None)
        stay = Stay(who.call_id, who.leg_id, min(since, who.joined_at), who.joined_at, who.position)
        if coming is not None and coming.queue == key[1]:
            stay.priority, stay.extra, stay.facts = coming.priority, coming.extra, coming.facts
            stay.wish, stay.offered = coming.wish, coming.offered
        else:
            coming = None
        stays[who.leg_id] = stay
        return stay, coming

    def slot_for(self, key: QueueKey, needs: Mapping[str, int], first: str, now: float) -> int | None:
        """The slot of those who wait here with the same needs, else a free one; None when all are taken."""
        fresh = [one for one in self._coming.values() if one.queue == key[1] and now - one.at < COMES_WITHIN]
        here = [*(one.wish for one in self.of(key).values()), *(one.wish for one in fresh)]
        used = [wish for wish in here if wish is not None]
        for wish in used:
            if wish.needs == needs and wish.first == first:
                return wish.slot
        taken = {wish.slot for wish in used}
        return next((slot for slot in SLOTS if slot not in taken), None)

    def left(self, key: QueueKey, leg_id: str) -> Stay | None:
        """Somebody waits no longer."""
        stay = self._stays.get(key, {}).pop(leg_id, None)
        if stay is None:
            return None
        if stay.leaving and not stay.again:
            self._sent_away[*key, leg_id] = stay
            while len(self._sent_away) > MOST_COMING:
                del self._sent_away[next(iter(self._sent_away))]
        if stay.again:
            self._back[*key, leg_id] = stay.joined_at
            while len(self._back) > MOST_COMING:
                del self._back[next(iter(self._back))]
        for place, one in list(self.reserved.items()):
            if one.call_id == stay.call_id and place[:2] == key:
                del self.reserved[place]
        return stay

    def seen_away(self, key: QueueKey, leg_id: str) -> Stay | None:
        """How somebody stood whom we took out of a queue."""
        return self._sent_away.get((*key, leg_id))

    def sent_away(self, key: QueueKey, leg_id: str) -> Stay | None:
        """How somebody stood whom we took out of a queue; told once."""
        return self._sent_away.pop((*key, leg_id), None)

    def agree(self, key: QueueKey, queue: QueueView | None, calls: Mapping[str, CallView]) -> list[Stay]:
        """Make the stays those that the live model has; returns those that are new, which nobody has told us of."""
        waiting = {who.leg_id: who for who in queue.waiting} if queue is not None else {}
        for leg_id in [leg_id for leg_id in self.of(key) if leg_id not in waiting]:
            self.left(key, leg_id)
        fresh = [who for leg_id, who in waiting.items() if leg_id not in self.of(key)]
        found = [self.joined(key, who)[0] for who in fresh]
        for stay in found:
            stay.unread = True
            stay.joined_at = min(stay.joined_at, _first_joined(calls.get(stay.call_id), key[1], stay.joined_at))
        return found

    def forget_priorities(self, pbx: str) -> None:
        """The link was away: what the PBX has is to be asked again."""
        for (name, _), stay in self:
            if name == pbx:
                stay.priority = None

    def expire(self, now: float) -> list[QueueKey]:
        """End reservations whose time is over; the queues whose members they were."""
        over = [place for place, one in self.reserved.items() if one.until <= now]
        for place in over:
            del self.reserved[place]
        return [(pbx, queue) for pbx, queue, _ in over]


def _first_joined(call: CallView | None, queue: str, joined: float) -> float:
    """When he first came into this queue, if we took him out of it since then and put him back."""
    waits = [part for part in (call.segments if call else ()) if part.kind is SegmentKind.QUEUE and part.queue == queue]
    for part in reversed(waits[:-1]):
        if part.result is not SegmentResult.REDIRECTED:
            break
        joined = part.started_at
    return joined


def callers(queue: QueueView, stays: Mapping[str, Stay], calls: Mapping[str, CallView], now: float) -> list[Caller]:
    """Who waits, as the rules see him. Whose call is unknown to the model is left out."""
    found: list[Caller] = []
    for who in queue.waiting:
        stay, call = stays.get(who.leg_id), calls.get(who.call_id)
        leg = _leg(call, who.leg_id)
        if stay is None or call is None or leg is None:
            continue
        visited = frozenset(s.queue for s in call.segments if s.kind is SegmentKind.QUEUE and s.queue)
        found.append(
            Caller(
                call_id=who.call_id,
                leg_id=who.leg_id,
                channel=leg.channel,
                position=who.position,
                joined_at=stay.joined_at,
                priority=stay.priority or 0,
                extra=stay.extra,
                facts=stay.facts,
                data=call.data,
                offered=stay.offered,
                stands_in=stands_in(who.call_id, who.leg_id),
                visited=visited | {queue.name},
                held=stay.leaving or stay.held_until > now,
                needs=stay.wish.needs if stay.wish is not None else {},
                slot=stay.wish.slot if stay.wish is not None else None,
                first=stay.wish.first if stay.wish is not None else "",
                first_until=stay.wish.first_until if stay.wish is not None else 0.0,
            )
        )
    return found


def _leg(call: CallView | None, leg_id: str) -> LegView | None:
    return next((leg for leg in call.legs if leg.id == leg_id), None) if call is not None else None


def members(
    queue: QueueView,
    agents: Mapping[tuple[str, str], AgentView],
    people: People,
    skills: Skills,
    occupancy: Mapping[tuple[str, str], Occupancy],
    reserved: Mapping[tuple[str, str, str], Reservation],
) -> list[Member]:
    """The agents of a queue, as the rules see them."""
    found: list[Member] = []
    for device in queue.members:
        agent = agents.get((queue.pbx, device))
        membership = next((m for m in agent.memberships if m.queue == queue.name), None) if agent else None
        if agent is None or membership is None:
            continue
        alone = membership.paused and agent.state is AgentState.READY
        user_id = people.user_of(queue.pbx, device)
        busy = occupancy.get((queue.pbx, device))
        found.append(
            Member(
                device=device,
                penalty=membership.penalty,
                # Paused in this queue alone he is ready elsewhere and not here.
                state=AgentState.NOT_READY if alone else agent.state,
                skills=skills.of(user_id) if user_id is not None else {},
                occupancy=busy.share if busy is not None else 0.0,
                reserved=(queue.pbx, queue.name, device) in reserved,
                user_id=user_id,
            )
        )
    return found
