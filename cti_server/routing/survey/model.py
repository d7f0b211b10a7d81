"""What is asked, of whom, what an answer is worth, and the two figures (pure).

CSAT = answers 4 and 5 / answers, in a scale of 1 to 5. NPS = share of 9 and 10 minus share of 0 to 6, in a scale of
0 to 10, from -100 to 100. Who was asked and did not answer counts in neither; `asked` tells how many there were.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Protocol

from msgspec import Meta, Struct, field

from cti_server.core.errors import BadInput
from cti_server.live.views import CallView
from cti_server.live.words import SegmentKind
from cti_server.routing.flows.acts import Question, Sound
from cti_server.routing.flows.speech import (
    AnyPart,
    DatePart,
    DigitsPart,
    NumberPart,
    PromptPart,
    SilencePart,
    Speech,
    TextPart,
    in_language,
)

MOST_QUESTIONS: Final = 5
KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_KEYS: Final = {"csat": "12345", "nps": "0123456789"}
_TALKS: Final = (SegmentKind.TALK, SegmentKind.CONFERENCE)
Share = Annotated[int, Meta(ge=0, le=100)]


class SurveyQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """One question. csat: keys 1 to 5, 5 is best; nps: 0 to 10 ("would you recommend us?")."""

    kind: Literal["csat", "nps"]
    speech: Speech
    label: Annotated[str, Meta(max_length=100)] = ""
    timeout_seconds: Annotated[float, Meta(ge=1, le=30)] = 6.0


class SurveyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A survey as an admin writes it. `share` per cent of calls are asked, in `queues` another share for a queue."""

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    questions: Annotated[tuple[SurveyQuestion, ...], Meta(min_length=1, max_length=MOST_QUESTIONS)]
    share: Share = 100
    queues: Annotated[dict[Annotated[str, Meta(min_length=1, max_length=80)], Share], Meta(max_length=200)] = field(
        default_factory=dict
    )
    active: bool = True


@dataclass(frozen=True, slots=True)
class SurveyJson:
    """A survey as the consoles are given it."""

    key: str
    survey: SurveyBody
    revision: int
    changed_by_name: str
    changed_at: float


@dataclass(frozen=True, slots=True)
class AnswerJson:
    """What a caller answered; `value` null: he was asked and did not."""

    survey: str
    question: int
    kind: str
    label: str
    queue: str | None
    user_id: int | None
    agent_name: str
    at: float
    value: int | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Answers of one survey with one queue and agent."""

    survey: str
    kind: str
    queue: str | None
    user_id: int | None
    asked: int
    answered: int
    total: int
    good: int
    """csat: 4 and 5; nps: 9 and 10."""
    bad: int
    """nps: 0 to 6; csat: 1 and 2."""


@dataclass(frozen=True, slots=True)
class ResultJson:
    """A figure. `score`: CSAT as a share 0 to 1, NPS -100 to 100; None without answers.

    `calls`: those that agents took from queues in that time (of this queue, of this agent); `asked` of them were asked.
    """

    survey: str
    kind: str
    queue: str | None
    user_id: int | None
    name: str
    asked: int
    answered: int
    mean: float | None
    score: float | None
    calls: int = 0


class Speaker(Protocol):
    """Who makes the fixed texts of a survey into speech."""

    async def prepare(self, flow: object) -> None:
        """Have a file for each of its texts, or raise CtiError that says which could not be had."""


class People(Protocol):
    """Who works with which device."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device."""

    def name_of(self, user_id: int) -> str:
        """As people write it."""


class Live(Protocol):
    """The live truth."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """By id."""


class Calls(Protocol):
    """Who may see which call."""

    async def detail(self, who: Any, name: str) -> Any:
        """A call by number or live id. Raises NotFound."""


def is_asked(survey: SurveyBody, queue: str | None, call_id: str) -> bool:
    """Is this call among those that are asked? The same call is always judged alike (FNV-1a of its id)."""
    share = survey.queues.get(queue or "", survey.share)
    value = 0x811C9DC5
    for byte in call_id.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    # The last bytes of ids of neighbouring calls differ little: mix once more before the rest is taken.
    value ^= value >> 15
    value = value * 0x2C1B3C6D & 0xFFFFFFFF
    value ^= value >> 12
    return value % 100 < share


def value_of(kind: str, keys: str) -> int | None:
    """What was answered; None when that is no answer to this question."""
    if not keys.isascii() or not keys.isdecimal() or len(keys) > 2:
        return None
    value = int(keys)
    low, high = (1, 5) if kind == "csat" else (0, 10)
    return value if low <= value <= high and keys == str(value) else None


def question_of(asked: SurveyQuestion, language: str) -> Question:
    """As the engine asks it."""
    sounds = tuple(
        found for part in in_language(asked.speech, language) if (found := _sound(part, language)) is not None
    )
    return Question(sounds, _KEYS[asked.kind], asked.timeout_seconds, 2 if asked.kind == "nps" else 1)


def _sound(part: AnyPart, language: str) -> Sound | None:
    if isinstance(part, PromptPart):
        return Sound("prompt", part.prompt, language)
    if isinstance(part, TextPart):
        spoken = language if language in part.text else next(iter(part.text), "")
        return Sound("text", part.text[spoken], spoken) if spoken else None
    if isinstance(part, NumberPart | DigitsPart | DatePart):
        say = "number" if isinstance(part, NumberPart) else "digits" if isinstance(part, DigitsPart) else "date"
        return Sound(say, part.value, language, part.style if isinstance(part, DatePart) else "")
    return Sound("silence", str(part.seconds), language) if isinstance(part, SilencePart) else None


def served_by(call: CallView | None) -> tuple[str | None, str | None]:
    """Queue and device of who talked with him last."""
    if call is None:
        return None, None
    talks = [part for part in call.segments if part.kind in _TALKS and part.device]
    return call.queue, talks[-1].device if talks else None


def result(sums: Sums, name: str, calls: int = 0) -> ResultJson:
    """The figures of some answers."""
    mean = sums.total / sums.answered if sums.answered else None
    score = None
    if sums.answered:
        part = sums.good / sums.answered
        score = part if sums.kind == "csat" else 100.0 * (sums.good - sums.bad) / sums.answered
    return ResultJson(
        sums.survey, sums.kind, sums.queue, sums.user_id, name, sums.asked, sums.answered, mean, score, calls
    )


def added(rows: list[Sums], *, by: Literal["queue", "agent", "survey"]) -> list[Sums]:
    """The sums over all but one thing."""
    found: dict[tuple[Any, ...], Sums] = {}
    for row in rows:
        queue = row.queue if by == "queue" else None
        user = row.user_id if by == "agent" else None
        key = (row.survey, row.kind, queue, user)
        one = found.get(key, Sums(row.survey, row.kind, queue, user, 0, 0, 0, 0, 0))
        found[key] = Sums(
            *key, one.asked + row.asked, one.answered + row.answered, one.total + row.total, one.good + row.good,
            one.bad + row.bad,
        )  # fmt: skip
    return list(found.values())


def checked_key(key: str) -> str:
    """A survey's key. Raises BadInput."""
    if not KEY.fullmatch(key):
        raise BadInput("This is no key.", field="key", allowed="a small letter, then at most 31 of a-z 0-9 _ -")
    return key


def checked(survey: SurveyBody) -> SurveyBody:
    """A survey that says something. Raises BadInput."""
    for number, one in enumerate(survey.questions):
        if not one.speech:
            raise BadInput(
                "This question says nothing.", field=f"questions[{number}].speech", allowed="a text or prompt"
            )
    return survey
