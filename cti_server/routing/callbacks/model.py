"""Whose turn it is, when somebody is tried again, and what may be done with a callback (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from msgspec import Struct

from cti_server.core.errors import BadInput, Conflict
from cti_server.core.worklist.model import check_not_anothers
from cti_server.live.views import AgentView, CallView, LegView, QueueView
from cti_server.live.words import CALLBACK_CALL, AgentState, LegRole, Outcome, SegmentKind
from cti_server.routing.flows.calendars import OpeningHours, state_at

LOST_AFTER: Final = 30.0
"""Seconds after which an attempt of which the PBX shows nothing counts as over."""
ORPHAN_AFTER: Final = 5.0
"""… when it was made by a server that is gone: nothing of it is on its way any more."""
ASK_AFTER: Final = 3.0
"""Seconds after which the PBX is asked what it remembers of an attempt of which it shows nothing."""
MEMORIES: Final = 500
"""Globals in which a PBX remembers how far attempts came; so many are never made at one time."""
NO_AGENT_GAP: Final = 15.0
"""Seconds before the next offer, when no agent took this one."""


class State(StrEnum):
    """Where a callback stands."""

    WAITING = "waiting"  # for his turn, his moment, or the next try
    CLAIMED = "claimed"  # somebody calls him himself
    OFFERED = "offered"  # stands in the queue, or is being called
    REACHED = "reached"
    FAILED = "failed"  # given up
    CANCELLED = "cancelled"


OPEN: Final = (State.WAITING, State.CLAIMED, State.OFFERED)


class Result(StrEnum):
    """What an attempt came to."""

    REACHED = "reached"
    NO_ANSWER = "noAnswer"
    BUSY = "busy"
    FAILED = "failed"
    NO_AGENT = "noAgent"  # nobody was there to talk with him: he was not called
    INTERRUPTED = "interrupted"  # its end was not seen; counts, for nobody is to be called twice
    REFUSED = "refused"  # the PBX would not


class Rule(Struct, frozen=True):
    """How callbacks of a queue are tried. `calendar`: only while it is open; empty: at any time."""

    queue: str
    tries: int = 3
    gap_seconds: int = 900
    expire_seconds: int = 86_400
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class CallbackJson:
    """One callback as the consoles are given it. Times in unix seconds."""

    id: int
    revision: int
    state: str
    pbx: str
    queue: str
    number: str
    name: str
    customer_id: int | None
    call_id: str
    """The call in which it was asked for."""
    did: str
    priority: int
    joined_at: float
    booked_at: float
    due_at: float | None
    not_before: float | None
    attempts: int
    attempt: str | None
    offered_at: float | None
    claimed_by: int | None
    claimed_by_name: str
    ended_at: float | None
    ended_by_name: str
    reason: str
    number_key: str


@dataclass(frozen=True, slots=True)
class Due:
    """A callback for the agent's own day (agents/day)."""

    ref: str
    number: str
    name: str
    customer_id: int | None
    since: float
    due_at: float | None
    attempts: int
    source: str = "callback"


@dataclass(frozen=True, slots=True)
class Booking:
    """What a caller asked for. `due_at` None: as soon as it is his turn."""

    pbx: str
    linkedid: str
    queue: str
    number: str
    number_key: str
    name: str
    customer_id: int | None
    did: str
    language: str
    priority: int
    joined_at: float
    due_at: float | None
    booked_at: float


class Live(Protocol):
    """The live truth."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """By id."""

    @property
    def agents(self) -> Mapping[tuple[str, str], AgentView]:
        """By PBX and device."""

    @property
    def queues(self) -> Mapping[tuple[str, str], QueueView]:
        """By PBX and name."""


class Line(Protocol):
    """Who waits in a queue, as those who give priorities know it (routing/decisions)."""

    def standing(self, pbx: str, queue: str) -> Sequence[tuple[int, float]]:
        """Priority and beginning of the wait of each caller."""

    def arriving(self, pbx: str, queue: str, leg_id: str, joined_at: float, priority: int) -> Mapping[str, str]:
        """Somebody will join who has waited since then; channel variables by which the PBX keeps that."""


class People(Protocol):
    """Who works with which device."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device."""

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        """PBX and device of a user."""

    def standing(self, pbx: str, device: str) -> tuple[str, Any]:
        """Team and queues."""

    def name_of(self, user_id: int) -> str:
        """As people write it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """It is his turn: he enters the queue at this place, counted from 1."""

    item: CallbackJson
    position: int


def is_due(item: CallbackJson, rule: Rule, calendars: Mapping[str, OpeningHours], now: float) -> bool:
    """May he be called now, if it is his turn?"""
    if item.state != State.WAITING or now < max(item.due_at or 0.0, item.not_before or 0.0):
        return False
    hours = calendars.get(rule.calendar) if rule.calendar else None
    return hours is None or state_at(hours, now) == "open"


def turns(due: Iterable[CallbackJson], waiting: Sequence[tuple[int, float]], ready: int) -> list[Turn]:
    """Those whose turn it is in one queue: as many from the head of the line as agents are ready.

    The line is who waits (priority, since when) and who wants to be called back, higher priority first, then who came
    first. Callers who stand before him take their agents first.
    """
    line: list[tuple[float, float, int, CallbackJson | None]] = [
        (-float(priority), joined, -1, None) for priority, joined in waiting
    ]
    line += [(-float(item.priority), item.joined_at, item.id, item) for item in due]
    line.sort(key=lambda one: one[:3])
    return [Turn(item, place) for place, (*_, item) in enumerate(line[: max(0, ready)], 1) if item is not None]


def ready_agents(queue: QueueView | None, agents: Mapping[tuple[str, str], AgentView]) -> int:
    """Agents of a queue who could be rung now."""
    if queue is None:
        return 0
    return sum(1 for device in queue.members if _ready(agents.get((queue.pbx, device)), queue.name))


def _ready(agent: AgentView | None, queue: str) -> bool:
    if agent is None or agent.state is not AgentState.READY:
        return False
    return any(one.queue == queue and not one.paused for one in agent.memberships)


def attempt_name(callback_id: int, number: int, salt: str) -> str:
    """Linkedid of the call of an attempt; the model knows such calls by how it begins."""
    return f"{CALLBACK_CALL}{callback_id}-{number}-{salt}"


def customer_answered(call: CallView) -> LegView | None:
    """The leg of the other side, once it has picked up."""
    return next((leg for leg in call.legs if leg.role is LegRole.CUSTOMER and leg.answered_at is not None), None)


def result_of(call: CallView) -> Result:
    """What an attempt came to, when its call is over."""
    if customer_answered(call) is not None:
        return Result.REACHED
    customers = [leg for leg in call.legs if leg.role is LegRole.CUSTOMER]
    if call.outcome is Outcome.INTERRUPTED:
        return Result.INTERRUPTED
    if not customers:
        agent = any(leg.role is LegRole.AGENT and leg.answered_at is not None for leg in call.legs)
        return Result.FAILED if agent else Result.NO_AGENT
    causes = {leg.cause for leg in customers}
    if 17 in causes or 21 in causes:
        return Result.BUSY
    return Result.FAILED if causes & {1, 3, 27, 28, 34, 38, 41, 42} else Result.NO_ANSWER


def memory_of(callback_id: int) -> str:
    """The global in which the PBX remembers the last attempt of a callback."""
    return f"CTI_CALLBACK_{callback_id % MEMORIES}"


_REMEMBERED: Final[Mapping[str, Result]] = {
    "begun": Result.NO_AGENT,
    "dialling": Result.INTERRUPTED,
    "ANSWER": Result.REACHED,
    "BUSY": Result.BUSY,
    "NOANSWER": Result.NO_ANSWER,
    "CANCEL": Result.NO_ANSWER,
}


def remembered(text: str, attempt: str) -> Result | None:
    """What an attempt came to that is over, by what the PBX remembers (`<attempt>:<how far>`); None: nothing."""
    name, _, word = text.rpartition(":")
    return _REMEMBERED.get(word, Result.FAILED) if name == attempt else None


def agent_device(call: CallView) -> str | None:
    """The device of the agent who took it."""
    found = [leg.device for leg in call.legs if leg.role is LegRole.AGENT and leg.answered_at is not None]
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class After:
    """What becomes of a callback after an attempt. `not_before` unix seconds."""

    state: State
    attempts: int
    not_before: float | None
    reason: str


def after(item: CallbackJson, result: Result, rule: Rule, now: float) -> After:
    """Try again by the rule, or give up. Where nobody was called the attempt does not count."""
    if result is Result.REACHED:
        return After(State.REACHED, item.attempts + 1, None, "")
    if result in (Result.NO_AGENT, Result.REFUSED):
        return After(State.WAITING, item.attempts, now + NO_AGENT_GAP, "")
    attempts = item.attempts + 1
    if attempts >= rule.tries:
        return After(State.FAILED, attempts, None, result.value)
    return After(State.WAITING, attempts, now + rule.gap_seconds, result.value)


def expired(item: CallbackJson, rule: Rule, now: float) -> bool:
    """Has it waited too long? Counted from the moment that he chose."""
    return item.state == State.WAITING and now - max(item.booked_at, item.due_at or 0.0) > rule.expire_seconds


def joined_of(call: CallView | None, queue: str, now: float) -> float:
    """Since when a caller waits: his first wait in this queue, else in any, else now."""
    waits = [part for part in (call.segments if call else ()) if part.kind is SegmentKind.QUEUE]
    own = [part for part in waits if part.queue == queue] or waits
    return min((part.started_at for part in own), default=now)


def checked_rule(rule: Rule) -> Rule:
    """A rule fit to be kept. Raises BadInput."""
    for name, low, high in (("tries", 1, 10), ("gap_seconds", 1, 86_400), ("expire_seconds", 300, 2_592_000)):
        if not low <= getattr(rule, name) <= high:
            raise BadInput("This is out of range.", field=name, allowed=f"{low} to {high}")
    return rule


def checked_due(due_at: float | None, now: float) -> float | None:
    """A moment to which a callback can be put off. Raises BadInput."""
    if due_at is not None and not now - 60 <= due_at <= now + 30 * 86_400:
        raise BadInput("This moment cannot be chosen.", field="due_at", allowed="within the next 30 days")
    return due_at


def check_free(item: CallbackJson, user_id: int, *, chief: bool = False) -> None:
    """May this user work on it now? Raises Conflict."""
    if item.state not in OPEN:
        raise Conflict("This is over already.", code="callback_over", state=item.state)
    if item.state == State.OFFERED:
        raise Conflict("He is being called right now.", code="callback_offered")
    check_not_anothers(item, user_id, chief=chief)
