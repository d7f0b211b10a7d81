"""What the engine asks to be done with a caller, and what it is told came of it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Sound:
    """One thing to be heard. `say` as in the document; `value` filled in: a prompt's id, a text, a number, a queue."""

    say: str
    value: str
    language: str
    style: str = ""


Sounds: TypeAlias = tuple[Sound, ...]


# -- acts


@dataclass(frozen=True, slots=True)
class Say:
    """Play; a key ends it when `barge_in`. → Keys, with that key if there was one."""

    sounds: Sounds
    barge_in: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Play and take keys; `typed` he has pressed already. → Keys with all of them, the terminator left out."""

    sounds: Sounds
    barge_in: bool
    most: int
    terminator: str
    timeout: float
    between: float
    typed: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class AskCaller:
    """Who calls? → CallerTold."""


@dataclass(frozen=True, slots=True)
class LookAtQueue:
    """How does the queue stand? → QueueSeen."""

    queue: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask a program by HTTP. → Fetched. The body may hold a secret: neither is logged."""

    url: str
    method: str
    body: Mapping[str, str]
    timeout: float


@dataclass(frozen=True, slots=True)
class FindAccount:
    """Which of our customers has this account or card? → CallerTold; `known` false when none has."""

    account: str


@dataclass(frozen=True, slots=True)
class Queueing:
    """Wait in a queue. → Left: timeout, full, empty, key, or after.

    `seconds` 0: the dialplan's limit. `go_on`: come back when the agent has hung up. `skills`, `last_agent_seconds` and
    the flow's data are for who chooses the agents.
    """

    queue: str
    priority: int
    skills: Mapping[str, int]
    last_agent_seconds: int
    seconds: int
    announce_position: bool
    announce_wait: bool
    sounds: Sounds
    music: str
    leave_key: str
    go_on: bool
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the room of decisions wants set on the channel: CTI_QUEUE_…"""
    place: int | None = None
    """Where he will stand, when he is to be told."""
    wait_minutes: int | None = None
    """Whole minutes that he is expected to wait, when he is to be told."""


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Ring one agent: named, last or owner. → Left: failed, after."""

    who: str
    agent: str
    seconds: int
    go_on: bool


@dataclass(frozen=True, slots=True)
class DialNumber:
    """Dial outside. → Left: failed, after."""

    number: str
    seconds: int
    go_on: bool


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record a message for a queue. → Left: done, failed."""

    queue: str
    sounds: Sounds
    seconds: int
    silence: int
    finish_key: str


@dataclass(frozen=True, slots=True)
class BookCallback:
    """Keep that we shall call this number back. → Left: done, failed. `due_at`: not before (unix seconds)."""

    queue: str
    number: str
    due_at: float | None = None


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """The survey's question after so many; `key` answers the one before. → Question, or Left when it is over."""

    survey: str
    asked: int
    key: str


@dataclass(frozen=True, slots=True)
class End:
    """It is over: `safe` sends him to the safe queue, else he is hung up after the sounds. `reason`: for figures."""

    safe: bool
    reason: str
    sounds: Sounds = ()


Act: TypeAlias = (
    Say
    | Ask
    | AskCaller
    | LookAtQueue
    | Fetch
    | FindAccount
    | Queueing
    | RingAgent
    | DialNumber
    | TakeMessage
    | BookCallback
    | NextQuestion
    | End
)


# -- what the engine is told


@dataclass(frozen=True, slots=True)
class Enter:
    """A node begins."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that were pressed, empty for none."""

    digits: str = ""


@dataclass(frozen=True, slots=True)
class CallerTold:
    """What is known of a caller. `last_agent_days` ago an agent spoke with him, None: never."""

    known: bool = False
    customer_id: str = ""
    name: str = ""
    tier: str = ""
    province: str = ""
    numbers: tuple[str, ...] = ()
    """His number in every way of writing it: +8613800000001, 13800000001."""
    lists: frozenset[str] = frozenset()
    last_agent_days: float | None = None
    open_callback: bool = False


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """How many wait, and how many agents are signed in; None: not known."""

    waiting: int | None = None
    agents: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """HTTP status and the JSON of the answer; status 0: it could not be had."""

    status: int
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Left:
    """How an act that hands the caller on ended."""

    result: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a survey and the keys that answer it."""

    sounds: Sounds
    keys: str = "12345"
    timeout: float = 5.0
    most: int = 1
    """Keys of an answer at most: 2 for 0 to 10."""


Told: TypeAlias = Enter | Keys | CallerTold | QueueSeen | Fetched | Left | Question


# -- what happened


@dataclass(frozen=True, slots=True)
class Visit:
    """One node passed: when it began (unix seconds), how long it took, by which exit it was left.

    `gone`: he hung up in it; `handed`: the call ended in a queue or with an agent; `safe`, `end`: his way ended there.
    """

    flow: str
    version: int
    node: str
    kind: str
    exit: str
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call from its first moment."""

    number: str = ""
    did: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
