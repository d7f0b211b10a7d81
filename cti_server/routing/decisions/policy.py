"""The rules of one queue as an admin writes them (pure)."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct, field

from cti_server.core.errors import BadInput

Seconds = Annotated[int, Meta(ge=0, le=3600)]
Points = Annotated[int, Meta(ge=0, le=1000)]
Level = Annotated[int, Meta(ge=0, le=10)]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Target = Annotated[str, Meta(max_length=80, pattern=r"^[A-Za-z0-9_.-]*$")]
"""What follows the colon in QUEUE_WITHDRAW_INFO; no blanks and no signs that a dialplan could read as its own."""

VALUE_TIERS: Final = ("top1", "next4", "next15", "rest")
"""The tiers of a customer's value: top 1 %, next 4 %, next 15 %, rest."""
VALUE_SHARES: Final = (0.01, 0.05, 0.20)
"""Cumulated shares of customers at which a tier ends."""
PREFER_STEP: Final = 5
PREFER_MOST: Final = 60
"""Last agent or owner first: whole steps up to this, for each has a rule `cti-prefer-<seconds>` on the PBX."""


class Strategy(StrEnum):
    """Which of the agents who may be rung is rung first."""

    LONGEST_IDLE = "longestIdle"  # app_queue's own (leastrecent); all who may be rung are alike
    LEAST_OCCUPIED = "leastOccupied"  # who was on calls for the smallest share of his time
    SKILL_BASED = "skillBased"  # who can it best


class TierBy(StrEnum):
    """By what a customer's tier is told."""

    TIER = "tier"  # the record's own field
    VALUE = "value"  # his value among all customers: VALUE_TIERS
    DATA = "data"  # a field of the call's data or of the record


class Preference(StrEnum):
    """Who is asked first for some seconds."""

    NOBODY = "nobody"
    LAST_AGENT = "lastAgent"
    OWNER = "owner"  # who looks after the customer; who has none: his last agent


class OverflowWhen(StrEnum):
    """What sends a caller elsewhere."""

    WAIT = "wait"  # he has waited `limit` seconds
    LENGTH = "length"  # more than `limit` wait, and he is the last
    NO_AGENT = "noAgent"  # nobody is signed in and ready or on a call, for `limit` seconds of his wait


class OverflowTo(StrEnum):
    """Where he goes; the word stands in QUEUE_WITHDRAW_INFO before the colon."""

    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"  # is asked once whether he wants to be called back and keep his place; else he waits on
    MESSAGE = "message"  # is told something, then his way through the dialplan goes on


class Tiers(Struct, frozen=True, forbid_unknown_fields=True):
    """Points for a customer's tier."""

    by: TierBy = TierBy.TIER
    name: Annotated[str, Meta(max_length=50)] = ""
    """For DATA: the field's name."""
    add: Annotated[dict[Annotated[str, Meta(min_length=1, max_length=50)], Points], Meta(max_length=20)] = field(
        default_factory=dict
    )


class Aging(Struct, frozen=True, forbid_unknown_fields=True):
    """Waiting raises the priority: `add` points for each `every_seconds`; 0 points: not."""

    every_seconds: Annotated[int, Meta(ge=5, le=600)] = 30
    add: Points = 0


class Relaxing(Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody has waited so long, agents from this level on are rung; 0: every agent of the queue."""

    after_seconds: Annotated[int, Meta(ge=1, le=115)]
    """Before the PBX opens every ring by itself, after 120 s (config/asterisk/queuerules_cti.conf)."""
    level: Level


class Overflow(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule; the first that holds decides.

    `target` a queue; for callback and message the prompt that is played (empty: our own words); a line of the site's
    own in cti-overflow is given it as it stands.
    """

    when: OverflowWhen
    limit: Annotated[int, Meta(ge=0, le=7200)]
    to: OverflowTo
    target: Target = ""


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """Callers whose data say so wait in another queue from the start."""

    name: Annotated[str, Meta(min_length=1, max_length=50)]
    value: Annotated[str, Meta(max_length=200)]
    queue: Name


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """All rules of one queue. The default changes nothing: app_queue alone decides."""

    active: bool = True
    strategy: Strategy = Strategy.LONGEST_IDLE
    priority: Points = 0
    tiers: Tiers = field(default_factory=Tiers)
    aging: Aging = field(default_factory=Aging)
    ceiling: Points = 0
    """The highest priority that anybody comes to; all who are there are served in order. 0: as low as is fair."""
    skills: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=50)], ...], Meta(max_length=10)] = ()
    """An agent's level is the lowest of his levels in all of them."""
    level: Level = 0
    relaxing: Annotated[tuple[Relaxing, ...], Meta(max_length=10)] = ()
    overflow: Annotated[tuple[Overflow, ...], Meta(max_length=10)] = ()
    prefer: Preference = Preference.NOBODY
    prefer_seconds: Annotated[int, Meta(ge=0, le=PREFER_MOST, multiple_of=PREFER_STEP)] = 0
    choices: Annotated[tuple[Choice, ...], Meta(max_length=20)] = ()
    service_seconds: Annotated[int, Meta(ge=1, le=3600)] | None = None
    """This queue's own T of the service level; absent: the site's."""
    service_target: Annotated[float, Meta(gt=0, le=1)] | None = None
    """… and the share of callers that are to be answered so soon."""
    announce_wait: bool = False
    """Callers that come through a flow are told how long it is expected to take."""

    @property
    def highest(self) -> int:
        """The priority at which waiting and tier count no more: above all with which anybody can begin."""
        begins = self.priority + max(self.tiers.add.values(), default=0)
        if not self.aging.add:
            return begins
        return self.ceiling or begins + self.aging.add

    @property
    def shapes_ring(self) -> bool:
        """Whether agents' penalties in this queue are ours."""
        return self.active and (bool(self.skills) or self.strategy is not Strategy.LONGEST_IDLE)

    @property
    def orders_callers(self) -> bool:
        """Whether priorities are ours."""
        return self.active and bool(self.priority or self.tiers.add or self.aging.add)


class VersionJson(Struct, frozen=True):
    """One version of a queue's rules. `at` unix seconds."""

    version: int
    at: float
    user_id: int | None
    policy: Policy


def checked(policy: Policy, queue: str) -> Policy:
    """A policy whose parts fit each other. Raises BadInput naming the field."""
    begins = policy.priority + max(policy.tiers.add.values(), default=0)
    if policy.ceiling and policy.ceiling <= begins:
        # Else callers of the best tier could begin above all who have waited, and the others would wait for ever.
        raise BadInput("The ceiling must be above where callers begin.", field="ceiling", allowed=f"above {begins}")
    if policy.tiers.by is TierBy.DATA and policy.tiers.add and not policy.tiers.name:
        raise BadInput("Please name the field.", field="tiers.name", allowed="the name of a field")
    if policy.tiers.by is TierBy.VALUE and not set(policy.tiers.add) <= set(VALUE_TIERS):
        raise BadInput("There is no such tier.", field="tiers.add", allowed=", ".join(VALUE_TIERS))
    _check_ring(policy)
    _check_overflow(policy, queue)
    if policy.prefer is not Preference.NOBODY and not policy.prefer_seconds:
        raise BadInput("Please say for how long.", field="prefer_seconds", allowed=f"{PREFER_STEP} to {PREFER_MOST}")
    if any(choice.queue == queue for choice in policy.choices):
        raise BadInput("He waits here already.", field="choices", allowed="another queue")
    return policy


def _check_ring(policy: Policy) -> None:
    if (policy.level or policy.relaxing) and not policy.skills:
        raise BadInput("Levels are of skills; please name one.", field="skills", allowed="at least one skill")
    steps = [(0, policy.level), *((step.after_seconds, step.level) for step in policy.relaxing)]
    for (before, high), (after, low) in pairwise(steps):
        if after <= before or low >= high:
            raise BadInput(
                "Each step must be later and let more agents in.", field="relaxing", allowed="later, and a lower level"
            )


def _check_overflow(policy: Policy, queue: str) -> None:
    for rule in policy.overflow:
        if rule.to is OverflowTo.QUEUE and (not rule.target or rule.target == queue):
            raise BadInput("Overflow leads to another queue.", field="overflow", allowed="another queue's name")


def encoded(policy: Policy) -> str:
    """As it is stored."""
    return msgspec.json.encode(policy).decode()


def decoded(text: str) -> Policy:
    """What was stored. Raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=Policy)


def changed_parts(before: Policy | None, after: Policy | None) -> Mapping[str, Any]:
    """What differs, for the audit log: part → [before, after]."""
    old = msgspec.to_builtins(before) if before is not None else {}
    new = msgspec.to_builtins(after) if after is not None else {}
    return {name: [old.get(name), new.get(name)] for name in sorted({*old, *new}) if old.get(name) != new.get(name)}
