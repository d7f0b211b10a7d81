"""What decisions are made of and what they say, and what this room needs of its neighbours (pure)."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from cti_server.live.views import AgentView, CallView, LinkView, QueueView
from cti_server.live.words import CALLBACK_CALL, CALLBACK_LEG, AgentState

QueueKey = tuple[str, str]
"""PBX and queue."""
STAFFED = frozenset({AgentState.READY, AgentState.ALERTING, AgentState.BUSY, AgentState.WORKING_AFTER_CALL})
"""States of an agent who takes calls of the queue now or as soon as he is free."""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is known of a caller when it is decided how he is served."""

    customer_id: int | None = None
    tier: str = ""
    value_tier: str = ""
    """One of policy.VALUE_TIERS; empty when his value is not known."""
    owner: int | None = None
    """User who looks after him."""
    last_agent: int | None = None
    """User with whom he spoke last."""
    fields: Mapping[str, str] = field(default_factory=dict)


NOBODY: Final = CustomerFacts()
"""Nothing is known."""


class Skills(Protocol):
    """Who can do what."""

    def of(self, user_id: int) -> Mapping[str, int]:
        """Skill → level of a user. Never waits."""


class CustomerBook(Protocol):
    """Who calls."""

    def facts(self, number: str) -> Awaitable[CustomerFacts | None]:
        """What is known of the customer of a number; None for nobody or several. Raises Unavailable."""


class People(Protocol):
    """Who works with which device."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device."""

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        """PBX and device of a user."""

    def name_of(self, user_id: int) -> str:
        """As people write him; empty when unknown."""


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]: ...  # noqa: D102

    @property
    def agents(self) -> Mapping[tuple[str, str], AgentView]: ...  # noqa: D102

    @property
    def queues(self) -> Mapping[QueueKey, QueueView]: ...  # noqa: D102

    @property
    def links(self) -> Mapping[str, LinkView]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Standing:
    """A caller as the PBX lists him in a queue."""

    leg_id: str
    position: int
    priority: int


class Engine(Protocol):
    """app_queue of a PBX. Each raises CtiError; `Gone` says False when the caller waits no longer."""

    def standings(self, pbx: str, queue: str) -> Awaitable[tuple[Standing, ...]]:
        """Who waits, in order, with which priority."""

    def set_priority(self, pbx: str, queue: str, channel: str, priority: int) -> Awaitable[bool]:
        """Give a caller another priority and with it his place; False when he waits no longer."""

    def set_penalty(self, pbx: str, queue: str, device: str, penalty: int) -> Awaitable[bool]:
        """Give a member another penalty; False when it is none."""

    def kept(self, pbx: str, channel: str) -> Awaitable[str]:
        """What the PBX keeps for us of a caller (keeping.py); empty for nothing, and when he is gone."""

    def withdraw(self, pbx: str, queue: str, channel: str, info: str) -> Awaitable[bool]:
        """Send a caller back to the dialplan, which goes on by `info`; False when he waits no longer."""


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""


class DecisionKind(StrEnum):
    """What was decided."""

    QUEUE = "queue"  # in which queue he waits
    PRIORITY = "priority"
    PREFERRED = "preferred"  # who is asked first
    RING = "ring"  # which agents are rung
    OVERFLOW = "overflow"  # sent elsewhere
    REFUSED = "refused"  # the PBX would not; what stands is as it was


Value = str | int | float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code that the consoles have words for, and what goes into the words."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on a call. `at` unix seconds; `result` what came of it: a priority, a level, a target."""

    call_id: str
    at: float
    kind: DecisionKind
    queue: str
    result: str
    reasons: tuple[Reason, ...] = ()

    def row(self) -> dict[str, Any]:
        """As the journal keeps it."""
        pbx, _, linkedid = self.call_id.partition(":")
        return {
            "pbx": pbx,
            "linkedid": linkedid,
            "at": self.at,
            "kind": self.kind.value,
            "queue": self.queue,
            "result": self.result,
            "reasons": [{"code": one.code, "values": dict(one.values)} for one in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class DecisionJson:
    """A decision as the consoles are given it."""

    at: float
    kind: str
    queue: str
    result: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ErrorsJson:
    """How the expected waits of a queue turned out; answered callers only. Seconds; shares 0 to 1.

    `mean_error` mean |expected − waited|, `bias` mean (expected − waited), `within` the share not further off than the
    tolerance asked for, `not_later` the share who waited no longer than expected. `in_range`: the share whose wait lay
    in the range in which four of five should lie. `told` callers were told minutes, and `told_enough` of them waited no
    longer; three of four should. None where nobody counts.
    """

    pbx: str
    queue: str
    calls: int
    mean_wait: float
    mean_error: float
    bias: float
    within: float
    not_later: float
    in_range: float | None = None
    told: int = 0
    told_enough: float | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who waits in a queue. `priority` as the PBX has it; `extra` points that a flow gave him."""

    call_id: str
    leg_id: str
    channel: str
    position: int
    joined_at: float
    priority: int = 0
    extra: int = 0
    facts: CustomerFacts = NOBODY
    data: Mapping[str, str] = field(default_factory=dict)
    visited: frozenset[str] = frozenset()
    """Queues in which he has waited, this one among them."""
    offered: bool = False
    """A callback was offered to him, and he stays."""
    stands_in: bool = False
    """No caller on the line: a callback for which an agent is looked for."""
    held: bool = False
    """He is on his way out already, or being asked about: nothing is decided on him."""
    needs: Mapping[str, int] = field(default_factory=dict)
    """Skill → the level that his flow asks of the agent."""
    slot: int | None = None
    """The penalties with which he may be served (needs.SLOTS); None: as everybody."""
    first: str = ""
    """The device that alone is rung for him until `first_until` (unix seconds)."""
    first_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Member:
    """An agent of a queue. `occupancy` 0 to 1; `reserved` for a caller who is to reach him first."""

    device: str
    penalty: int
    state: AgentState
    skills: Mapping[str, int] = field(default_factory=dict)
    occupancy: float = 0.0
    reserved: bool = False
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """How a caller is to enter a queue: what the dialplan sets before Queue(), and why.

    `queue` is where he waits; `variables` are channel variables for the context cti-queue; `expected_wait` seconds or
    None when it is not known; `announce` whether he is to be told.
    """

    queue: str
    variables: Mapping[str, str]
    decisions: tuple[Decision, ...]
    expected_wait: float | None = None
    announce: bool = False


def staffed(members: Iterable[Member]) -> int:
    """How many take calls now or as soon as they are free."""
    return sum(1 for member in members if member.state in STAFFED)


def stands_in(call_id: str, leg_id: str) -> bool:
    """Does this leg stand in a queue for somebody who is called back? Its wait is none of a caller on the line."""
    linkedid = call_id.partition(":")[2]
    return linkedid.startswith(CALLBACK_CALL) and leg_id == linkedid + CALLBACK_LEG
