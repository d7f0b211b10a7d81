"""What the history of calls shows and what it needs of others (pure)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from cti_server.core.auth.scope import Scope
from cti_server.live.views import AgentView, CallView, LegView, SegmentView
from cti_server.live.words import SPY_CALL, LegRole, LegState, SegmentKind, SegmentResult


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def agents(self) -> Mapping[tuple[str, str], AgentView]:
        """By PBX and device."""


class People(Protocol):
    """Who owns which device now."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device; None when nobody owns it."""

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        """PBX and device of a user; None when he has none."""

    def name_of(self, user_id: int) -> str:
        """A user's name as people write it; empty when unknown."""

    def standing(self, pbx: str, device: str) -> tuple[str, Collection[str]]:
        """Team and queues of whoever works with a device."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within a scope."""


class Days(Protocol):
    """The business days of the site."""

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""

    def bounds(self, at: float) -> tuple[float, float]:
        """First second of the business day of `at`, and of the next one."""

    def named(self, day: date) -> tuple[float, float]:
        """The bounds of the business day that begins on this date."""


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """The customer on the other side."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class CallJson:
    """A live call on topic `calls`: the CallView and, when known, the customer. Times in unix seconds."""

    id: str
    pbx: str
    linkedid: str
    state: str
    direction: str
    number: str
    name: str
    withheld: bool
    dialled: str
    queue: str | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    outcome: str | None
    legs: tuple[LegView, ...]
    segments: tuple[SegmentView, ...]
    data: dict[str, str]
    merged_into: str | None
    exact: bool
    customer: CustomerRef | None


@dataclass(frozen=True, slots=True)
class MyCallJson:
    """A call as the agent is told of it who is rung by it or has a leg of it. Times in unix seconds.

    `ended_at` is the end of his own part; `outcome` is told when the whole call is over.
    """

    id: str
    state: str
    direction: str
    number: str
    name: str
    withheld: bool
    queue: str | None
    dialled: str
    delivered_at: float | None
    answered_at: float | None
    held: bool
    ended_at: float | None
    outcome: str | None
    data: dict[str, str]
    my_leg_state: str
    customer: CustomerRef | None


@dataclass(frozen=True, slots=True)
class AgentPart:
    """What one device did in a call. `result` answered, noAnswer, rejected, elsewhere … or None while it lasts."""

    user_id: int | None
    name: str
    device: str
    result: str | None
    ring_seconds: float
    talk_seconds: float
    held_seconds: float


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call in a list of the history. `call_id` is the live id; lengths in seconds.

    `seconds` from first to last, `talk_seconds` without holds.
    """

    id: int
    call_id: str
    pbx: str
    state: str
    direction: str
    number: str
    name: str
    withheld: bool
    dialled: str
    queue: str | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    outcome: str | None
    seconds: float | None
    wait_seconds: float
    talk_seconds: float
    held_seconds: float
    exact: bool
    merged_into: str | None
    customer: CustomerRef | None
    recording: str | None
    agents: tuple[AgentPart, ...] = ()


@dataclass(frozen=True, slots=True)
class LegJson:
    """One channel of a call."""

    id: str
    channel: str
    device: str
    role: str
    state: str
    number: str
    name: str
    started_at: float
    answered_at: float | None
    ended_at: float | None
    cause: int | None
    user_id: int | None


@dataclass(frozen=True, slots=True)
class SegmentJson:
    """One stretch of a call, and whose it was."""

    n: int
    kind: str
    queue: str | None
    device: str | None
    user_id: int | None
    agent_name: str
    leg_id: str | None
    started_at: float
    ended_at: float | None
    result: str | None
    held_seconds: float
    exact: bool


@dataclass(frozen=True, slots=True)
class StepJson:
    """One point of a call's journey, in the order of time; `what` is a word of the field (see journey.py)."""

    at: float
    what: str
    queue: str | None = None
    device: str | None = None
    agent_name: str = ""
    seconds: float | None = None
    """How long the stretch lasted that begins or ends here."""
    result: str | None = None


@dataclass(frozen=True, slots=True)
class CallDetail:
    """A call with all that is known of it."""

    call: CallRow
    data: dict[str, str]
    legs: tuple[LegJson, ...]
    segments: tuple[SegmentJson, ...]
    journey: tuple[StepJson, ...]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; None everywhere means all. Times in unix seconds, lengths in seconds."""

    since: float | None = None
    until: float | None = None
    digits: str | None = None
    user_id: int | None = None
    device: str | None = None
    queue: str | None = None
    outcome: str | None = None
    direction: str | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    seen_by: int | None = None
    """Only calls in which this user has a segment of his own."""
    within: "Within | None" = None
    """Only calls that somebody with a limited scope may know of."""


@dataclass(frozen=True, slots=True)
class Within:
    """A scope as the history is asked with it; None: not limited. His own calls are always within.

    Agents count by the team and queues that they have now, so that who moves takes his past along.
    """

    own: int
    queues: tuple[str, ...] | None
    agents: tuple[int, ...]
    """Who lies within: calls of no queue are theirs."""
    team: tuple[int, ...] | None
    """Who is in one of the teams, whatever his queues."""


def within(user_id: int, scope: Scope, people: People) -> Within | None:
    """How a scope is asked for; None when it is not limited."""
    if scope.whole:
        return None
    team = tuple(people.users_within(Scope(teams=scope.teams))) if scope.teams else None
    return Within(user_id, tuple(sorted(scope.queues)) or None, tuple(people.users_within(scope)), team)


def lies_within(scope: Scope, call: CallView | CallJson, people: People) -> bool:
    """Whether a live call lies within: by the queues it went through and the agents who have or had a part in it."""
    if scope.whole:
        return True
    queues = {part.queue for part in call.segments if part.queue} | ({call.queue} if call.queue else set())
    devices = {leg.device for leg in call.legs} | {part.device for part in call.segments if part.device}
    owned = [device for device in devices if people.user_of(call.pbx, device) is not None]
    return scope.sees_call(queues, [people.standing(call.pbx, device) for device in owned])


@dataclass(slots=True)
class KnownCall:
    """What the writer remembers of a call that is not over."""

    revision: int = 0
    signature: tuple[object, ...] = ()
    customer: CustomerRef | None = None
    audience: dict[int, str] = field(default_factory=dict)
    """User → device of those who were last told of it."""


def digits_of(number: str) -> str:
    """The digits by which a number is kept and found: without signs and without the zeros of trunk and access codes."""
    return "".join(sign for sign in number if sign in "0123456789").lstrip("0")


def signature_of(call: CallView) -> tuple[object, ...]:
    """What must not be lost of a call: it is written again when this changes."""
    return (
        len(call.legs),
        len(call.segments),
        sum(segment.ended_at is not None for segment in call.segments),
        call.answered_at,
        call.ended_at,
        call.outcome,
        call.merged_into,
        call.direction,
        call.queue,
        call.number,
    )


def seconds_of(call: CallView, kind: SegmentKind) -> float:
    """Seconds in finished segments of a kind."""
    return sum(
        max(0.0, part.ended_at - part.started_at)
        for part in call.segments
        if part.kind is kind and part.ended_at is not None
    )


def call_json(call: CallView, customer: CustomerRef | None) -> CallJson:
    """A live call for the supervisors."""
    return CallJson(
        id=call.id,
        pbx=call.pbx,
        linkedid=call.linkedid,
        state=call.state,
        direction=call.direction,
        number=call.number,
        name=call.name,
        withheld=call.withheld,
        dialled=call.dialled,
        queue=call.queue,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        outcome=call.outcome,
        legs=call.legs,
        segments=call.segments,
        data=call.data,
        merged_into=call.merged_into,
        exact=call.exact,
        customer=customer,
    )


def own_leg(call: CallView, device: str) -> LegView | None:
    """The leg of a device in a call: the living one, else the last. Never one that the PBX made for itself.

    A member whose interface is not his phone (Local/…) is known by the segments that are booked to him.
    """
    booked = {part.leg_id for part in call.segments if part.device == device}
    legs = [leg for leg in call.legs if (leg.device == device or leg.id in booked) and leg.role is not LegRole.SYSTEM]
    living = [leg for leg in legs if leg.state is not LegState.CLEARED]
    return (living or legs)[-1] if legs else None


def my_call_json(call: CallView, device: str, customer: CustomerRef | None, *, gone: bool = False) -> MyCallJson | None:
    """The call as the owner of `device` sees it; None when he has no part in it.

    `gone`: his leg went over into another call, so that his part of this one is over though the leg lives.
    """
    leg = own_leg(call, device)
    if leg is None:
        return None
    over = gone or leg.state is LegState.CLEARED or call.ended_at is not None
    rings = [part.started_at for part in call.segments if part.device == device and part.kind is SegmentKind.RING]
    talks = [part.started_at for part in call.segments if part.device == device and part.kind is SegmentKind.TALK]
    return MyCallJson(
        id=call.id,
        state=call.state,
        direction=call.direction,
        number=call.number,
        name=call.name,
        withheld=call.withheld,
        queue=call.queue,
        dialled=call.dialled,
        delivered_at=rings[-1] if rings else None,
        answered_at=talks[-1] if talks else None,
        held=leg.state is LegState.HELD and not over,
        ended_at=(leg.ended_at or call.ended_at) if over else None,
        outcome=call.outcome,
        data=call.data,
        my_leg_state=LegState.CLEARED if over else leg.state,
        customer=customer,
    )


def agent_parts(segments: tuple[SegmentJson, ...]) -> tuple[AgentPart, ...]:
    """What each device did, in the order of its first ring or word."""
    by_device: dict[str, list[SegmentJson]] = {}
    for part in segments:
        if part.device is not None and part.kind != SegmentKind.IVR:
            by_device.setdefault(part.device, []).append(part)
    return tuple(_part(device, parts) for device, parts in by_device.items())


def _part(device: str, parts: list[SegmentJson]) -> AgentPart:
    talks = [part for part in parts if part.kind in (SegmentKind.TALK, SegmentKind.CONFERENCE)]
    rings = [part for part in parts if part.kind == SegmentKind.RING]
    last = parts[-1]
    return AgentPart(
        user_id=last.user_id,
        name=last.agent_name,
        device=device,
        result=SegmentResult.ANSWERED.value if talks else last.result,
        ring_seconds=sum(_length(part) for part in rings),
        talk_seconds=sum(max(0.0, _length(part) - part.held_seconds) for part in talks),
        held_seconds=sum(part.held_seconds for part in talks),
    )


def _length(part: SegmentJson) -> float:
    return 0.0 if part.ended_at is None else max(0.0, part.ended_at - part.started_at)


def only_listens(call: CallView) -> bool:
    """Whether this is a supervisor listening to another call: no conversation of its own, so neither kept nor shown."""
    return call.linkedid.startswith(SPY_CALL) and all(part.kind is not SegmentKind.TALK for part in call.segments)
