"""Frozen pictures of the things in the model: what leaves it, and what consoles and stores are given.

All times are seconds since 1970-01-01 UTC as the PBX stamped them (its own clock, corrected by `Pbx.clock_offset`).
"""

from dataclasses import dataclass, field

from cti_server.live.words import (
    AgentState,
    CallState,
    Direction,
    LegRole,
    LegState,
    Outcome,
    Place,
    SegmentKind,
    SegmentResult,
)


@dataclass(frozen=True, slots=True)
class LegView:
    """One channel of a call."""

    id: str
    """Uniqueid of the channel."""
    channel: str
    """Name, such as PJSIP/1001-00000001."""
    device: str
    """The name without its serial: PJSIP/1001."""
    role: LegRole
    state: LegState
    number: str
    """Number of the party on this leg, as the PBX tells it; empty when unknown or withheld."""
    name: str
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    cause: int | None = None
    """Q.850 cause of its hangup."""
    place: Place | None = None
    """Where our own dialplan keeps it, if it does."""
    waits_for: str = ""
    """On hold: the channel that is to come back, as far as known."""
    tried: str = ""
    """What the dialling came to from which it came to this place, as Asterisk says it (DIALSTATUS)."""


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One stretch of a call with one agent or one queue. `(call id, n)` names it for ever."""

    n: int
    kind: SegmentKind
    started_at: float
    ended_at: float | None = None
    result: SegmentResult | None = None
    queue: str | None = None
    device: str | None = None
    leg_id: str | None = None
    held_seconds: float = 0.0
    exact: bool = True
    """False when a start or end was reconstructed after a lost link."""


@dataclass(frozen=True, slots=True)
class CallView:
    """One conversation of a customer with us, from its first channel to its last."""

    id: str
    """`<pbx>:<Linkedid>`, unique over all PBXs."""
    pbx: str
    linkedid: str
    state: CallState
    direction: Direction
    number: str
    """The other side's number as the PBX tells it; empty when withheld or unknown."""
    name: str
    withheld: bool
    dialled: str
    """The number that was dialled (DID for inbound calls)."""
    queue: str | None
    """The queue in which it waits, or from which it was answered last; once it is over, in which it waited last."""
    started_at: float
    answered_at: float | None = None
    """When an agent first talked."""
    ended_at: float | None = None
    outcome: Outcome | None = None
    legs: tuple[LegView, ...] = ()
    segments: tuple[SegmentView, ...] = ()
    data: dict[str, str] = field(default_factory=dict)
    """The channel variables that the PBX is told to attach (`channelvars`); empty ones are left out."""
    merged_into: str | None = None
    exact: bool = True
    parked_in: str = ""
    """The parking space on which it waits."""


@dataclass(frozen=True, slots=True)
class MembershipView:
    """An agent's device in a queue."""

    queue: str
    penalty: int = 0
    paused: bool = False
    reason: str = ""
    dynamic: bool = True
    calls_taken: int = 0
    last_call_at: float | None = None


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent as the PBX knows him: a device and its memberships. Who the person is, `agents/` knows."""

    pbx: str
    device: str
    name: str
    """MemberName of the queue membership, or empty."""
    state: AgentState
    reason: str
    """Why not ready; empty otherwise."""
    since: float
    """When this state began."""
    memberships: tuple[MembershipView, ...] = ()
    call_ids: tuple[str, ...] = ()
    """Calls that ring or hold this device now."""


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A caller in a queue."""

    call_id: str
    leg_id: str
    number: str
    name: str
    position: int
    joined_at: float


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue and who waits in it."""

    pbx: str
    name: str
    waiting: tuple[WaitingView, ...] = ()
    members: tuple[str, ...] = ()
    """Devices."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """What is known of the link to a PBX."""

    pbx: str
    up: bool
    since: float
    reason: str = ""
    """Why it is down, in English, for operators."""
    version: str = ""
