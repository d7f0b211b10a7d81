"""Where one caller is in a flow: the engine's state, and what it may look up without asking anybody (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cti_server.routing.flows.acts import CallerTold, CallFacts, Sound, Sounds, Visit
from cti_server.routing.flows.calendars import OpeningHours
from cti_server.routing.flows.document import Flow
from cti_server.routing.flows.nodes import Node
from cti_server.routing.flows.speech import (
    AnyPart,
    DatePart,
    DigitsPart,
    NumberPart,
    PositionPart,
    PromptPart,
    SilencePart,
    TextPart,
    in_language,
)
from cti_server.routing.flows.values import filled

MOST_SILENT = 200
"""Nodes passed without a caller's choice, after which his way is a loop and ends at the safe queue."""
MOST_PASSED = 5000
MOST_DEEP = 5
"""Sub-flows inside sub-flows."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version of a flow, as calls follow it."""

    flow: str
    version: int
    document: Flow


def _no_flow(_key: str) -> Published | None:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """What stands outside a flow and is at hand. `flow` gives the published version of a sub-flow."""

    calendars: Mapping[str, OpeningHours] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    flow: Callable[[str], Published | None] = _no_flow
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow that is gone through, and the node that it is at."""

    published: Published
    node: str


@dataclass(slots=True)
class Walk:
    """One caller's way. Only the engine changes it, and only on a copy of its own."""

    call: CallFacts
    frames: tuple[Frame, ...]
    language: str
    entered_at: float
    data: Mapping[str, str] = field(default_factory=dict)
    """What goes with the call."""
    secret: Mapping[str, str] = field(default_factory=dict)
    """What the flow knows and nobody else is told."""
    caller: CallerTold | None = None
    status: str = ""
    """HTTP status of the last look-up."""
    queue: str = ""
    """In which he has waited last."""
    typed: str = ""
    """Keys that were pressed before they were asked for."""
    phase: str = ""
    kept: str = ""
    """What the node keeps from one phase to the next, such as the account number while the PIN is asked."""
    tries: int = 0
    spoken: bool = False
    """An agent has spoken with him."""
    silent: int = 0
    passed: int = 0
    visits: tuple[Visit, ...] = ()
    """What happened since somebody took them."""
    clock: str = ""
    day: str = ""
    over: bool = False
    priority: int = 0
    """With which he has waited last: a callback keeps it."""

    @property
    def node(self) -> Node:
        """The node that he is at."""
        frame = self.frames[-1]
        return frame.published.document.nodes[frame.node]

    def value_of(self, name: str) -> str:
        """A field of the data, secret ones included."""
        return self.secret.get(name) or self.data.get(name, "")

    def values(self) -> Mapping[str, str]:
        """Everything that a text may name."""
        caller = self.caller or CallerTold()
        return {
            "call.number": self.call.number,
            "call.did": self.call.did,
            "call.language": self.language,
            "call.date": self.day,
            "call.time": self.clock,
            "customer.id": caller.customer_id,
            "customer.name": caller.name,
            "customer.tier": caller.tier,
            "lookup.status": self.status,
            **self.data,
            **self.secret,
        }

    def tell_time(self, now: float, zone: str) -> None:
        """Take in what o'clock it is."""
        local = datetime.fromtimestamp(now, ZoneInfo(zone))
        self.day, self.clock = local.strftime("%Y-%m-%d"), local.strftime("%H:%M")

    def sounds(self, speech: tuple[AnyPart, ...]) -> Sounds:
        """What is to be heard now, in his language."""
        made = (self._sound(part) for part in in_language(speech, self.language))
        return tuple(sound for sound in made if sound.value)

    def _sound(self, part: AnyPart) -> Sound:
        language = self.language
        if isinstance(part, PromptPart):
            return Sound("prompt", part.prompt, language)
        if isinstance(part, TextPart):
            first = next(iter(part.text.items()), ("", ""))
            spoken, text = (language, part.text[language]) if language in part.text else first
            return Sound("text", text, spoken)
        if isinstance(part, NumberPart):
            return Sound("number", filled(part.value, self.values()), language)
        if isinstance(part, DigitsPart):
            return Sound("digits", filled(part.value, self.values()), language)
        if isinstance(part, DatePart):
            return Sound("date", filled(part.value, self.values()), language, part.style)
        if isinstance(part, PositionPart):
            return Sound("position", part.queue or self.queue, language)
        return Sound("silence", str(part.seconds), language) if isinstance(part, SilencePart) else Sound("", "", "")
