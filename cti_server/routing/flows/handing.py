"""The kinds of nodes that hand the caller on to somebody or something, or end his way (pure)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, field

from cti_server.routing.flows.nodes import Exit, Group, Node, Per
from cti_server.routing.flows.speech import Speech
from cti_server.routing.flows.words import FlowKey, Key, Limit, Queue, Survey

Tiers: TypeAlias = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=32)], Annotated[int, Meta(ge=0, le=1000)]],
    Meta(max_length=20, extra_json_schema={"x-form": "tiers"}),
]
Skills: TypeAlias = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=64)], Annotated[int, Meta(ge=1, le=10)]],
    Meta(max_length=10, extra_json_schema={"x-form": "skills"}),
]
AnyQueue: TypeAlias = Annotated[str, Meta(max_length=80, extra_json_schema={"x-form": "queue"})]
AFTER = Exit("after", needed=False)
"""The agent has hung up first and the caller is still there."""


class ToQueue(Node, frozen=True, kw_only=True, tag="queue"):
    """Waits in a queue until an agent answers, or until one of the limits sends him on."""

    queue: Queue
    priority: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Higher is served first."""
    tier_priority: Tiers = field(default_factory=dict)
    """Customer tier → what is added to the priority."""
    skills: Skills = field(default_factory=dict)
    """Skill → the level that the agent should have."""
    last_agent_seconds: Limit = 0
    """For so long first the agent with whom he spoke last (or who looks after him); 0: not."""
    max_wait_seconds: Limit = 0
    """0: the dialplan's own limit (CTI_QUEUE_SECONDS)."""
    max_waiting: Annotated[int, Meta(ge=0, le=10000)] = 0
    """When so many wait already he does not join (exit `full`); 0: the queue's own limit."""
    when_nobody_works: Literal["queue", "leave"] = "queue"
    """leave: exit `empty` when no agent is signed in; queue: as the queue itself is configured."""
    announce_position: bool = False
    announce_wait: bool = False
    announcement: Speech = ()
    """Played once to the caller before the music begins."""
    music: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,40}$", extra_json_schema={"x-form": "music"})] = ""
    """Class of music on hold; empty: the queue's own."""
    leave_key: Annotated[str, Meta(pattern=r"^[0-9*#]?$", extra_json_schema={"x-form": "key"})] = ""
    """With this key he leaves the queue by the exit `key`; the queue needs `context = cti-queue-keys`."""

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (
        Exit("timeout", needed=False),
        Exit("full", needed=False, otherwise="timeout"),
        Exit("empty", needed=False, otherwise="timeout"),
        Exit("key", needed=False),
        AFTER,
    )


class ToAgent(Node, frozen=True, kw_only=True, tag="agent"):
    """Rings one agent."""

    who: Literal["named", "last", "owner"] = "named"
    """last: with whom he spoke last; owner: who looks after the customer."""
    agent: Annotated[str, Meta(max_length=64, extra_json_schema={"x-form": "agent"})] = ""
    """User name, for `named`."""
    ring_seconds: Annotated[int, Meta(ge=5, le=120, extra_json_schema={"x-form": "seconds"})] = 20

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("failed"), AFTER)


class ToNumber(Node, frozen=True, kw_only=True, tag="external"):
    """Dials a number outside, as far as the rules for dialling allow it."""

    number: Annotated[str, Meta(max_length=100, extra_json_schema={"x-form": "template"})]
    ring_seconds: Annotated[int, Meta(ge=5, le=120, extra_json_schema={"x-form": "seconds"})] = 30

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("failed"), AFTER)


class Voicemail(Node, frozen=True, kw_only=True, tag="voicemail"):
    """Takes a message for a queue."""

    queue: Queue
    speech: Speech = ()
    max_seconds: Annotated[int, Meta(ge=5, le=600, extra_json_schema={"x-form": "seconds"})] = 120
    silence_seconds: Annotated[int, Meta(ge=1, le=30, extra_json_schema={"x-form": "seconds"})] = 5
    finish_key: Key = "#"

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("done"), Exit("failed", needed=False, otherwise="done"))
    WAITS: ClassVar[bool] = True


class Callback(Node, frozen=True, kw_only=True, tag="callback"):
    """Asks whether we shall call back, to which number, and when."""

    queue: Queue
    speech: Speech = ()
    """Says which key confirms his own number, which lets him type another, and which declines."""
    confirm_key: Key = "1"
    other_key: Annotated[str, Meta(pattern=r"^[0-9*#]?$", extra_json_schema={"x-form": "key"})] = "2"
    decline_key: Key = "9"
    number_speech: Speech = ()
    later_key: Annotated[str, Meta(pattern=r"^[0-9*#]?$", extra_json_schema={"x-form": "key"})] = ""
    """With this key he chooses a time of day (HHMM); empty: that is not offered, he is called when it is his turn."""
    time_speech: Speech = ()
    """Asks for the time of day: four digits."""
    timeout_seconds: Annotated[float, Meta(ge=0.5, le=120, extra_json_schema={"x-form": "seconds"})] = 5.0
    tries: Annotated[int, Meta(ge=1, le=10)] = 2

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (
        Exit("done"),
        Exit("declined"),
        Exit("failed", needed=False, otherwise="declined"),
    )
    WAITS: ClassVar[bool] = True


class AskSurvey(Node, frozen=True, kw_only=True, tag="survey"):
    """Asks how it was, by keys; behind the exit `after` of a queue or an agent."""

    survey: Survey

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("done", needed=False),)
    WAITS: ClassVar[bool] = True


class SubFlow(Node, frozen=True, kw_only=True, tag="subflow"):
    """Goes through another flow (its published version) and comes back by one of its endings."""

    flow: FlowKey

    GROUP: ClassVar[Group] = Group.HAND
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("done", needed=False),)
    PER: ClassVar[Per | None] = Per.ENDING


class Return(Node, frozen=True, kw_only=True, tag="return"):
    """The end of a sub-flow: `ending` is the exit by which the flow above goes on. At the top it hangs up."""

    ending: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] = "done"

    GROUP: ClassVar[Group] = Group.END
    EXITS: ClassVar[tuple[Exit, ...]] = ()


class Hangup(Node, frozen=True, kw_only=True, tag="hangup"):
    """Says goodbye and hangs up."""

    speech: Speech = ()
    contained: bool = True
    """The caller got what he wanted without an agent: counts as containment in the figures."""

    GROUP: ClassVar[Group] = Group.END
    EXITS: ClassVar[tuple[Exit, ...]] = ()


class SafeQueue(Node, frozen=True, kw_only=True, tag="safe"):
    """Sends the caller to the safe queue of the number that he dialled."""

    GROUP: ClassVar[Group] = Group.END
    EXITS: ClassVar[tuple[Exit, ...]] = ()
