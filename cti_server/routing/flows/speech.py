"""What a caller is told: a list of parts, played one after the other in his language (pure)."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from cti_server.routing.flows.words import LONGEST_TEXT, Language, Part, Prompt, Template


class Said(Part, frozen=True, kw_only=True, tag_field="say"):
    """One part. `only` names the languages in which it is said; empty: in each."""

    only: tuple[Language, ...] = ()


class PromptPart(Said, frozen=True, kw_only=True, tag="prompt"):
    """A prompt from the prompts' room; each prompt has a file per language."""

    prompt: Prompt


class TextPart(Said, frozen=True, kw_only=True, tag="text"):
    """A fixed text per language, made into speech when the flow is published."""

    text: dict[Language, Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]]


class NumberPart(Said, frozen=True, kw_only=True, tag="number"):
    """A number in words: 123 as "one hundred and twenty-three"."""

    value: Template


class DigitsPart(Said, frozen=True, kw_only=True, tag="digits"):
    """Digit by digit."""

    value: Template


class DatePart(Said, frozen=True, kw_only=True, tag="date"):
    """A date (2026-11-30), a time (18:30) or both; `style` chooses what is said of it."""

    value: Template
    style: Literal["date", "time", "both"] = "date"


class PositionPart(Said, frozen=True, kw_only=True, tag="position"):
    """How many callers wait before him in a queue, plus one."""

    queue: Annotated[str, Meta(max_length=80, extra_json_schema={"x-form": "queue"})] = ""
    """Empty: the queue in which he has waited last."""


class SilencePart(Said, frozen=True, kw_only=True, tag="silence"):
    """A pause."""

    seconds: Annotated[float, Meta(gt=0, le=10)] = 1.0


AnyPart: TypeAlias = PromptPart | TextPart | NumberPart | DigitsPart | DatePart | PositionPart | SilencePart
Speech: TypeAlias = Annotated[tuple[AnyPart, ...], Meta(max_length=50, extra_json_schema={"x-form": "speech"})]


def in_language(speech: tuple[AnyPart, ...], language: str) -> tuple[AnyPart, ...]:
    """The parts that are said in this language."""
    return tuple(part for part in speech if not part.only or language in part.only)
