"""Forms of quality and the score that they give (pure).

    QA score = 100 · Σ w·points/max over applicable questions / Σ w of applicable; a critical failure makes it 0

A question is applicable when it counts (not a text), is answered, and not marked as not applicable: what does not apply
leaves its weight to the others.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from cti_server.core.errors import BadInput

MOST_SECTIONS: Final = 20
MOST_QUESTIONS: Final = 100
Text = Annotated[str, msgspec.Meta(max_length=500, pattern="^[^\x00]*$")]
Long = Annotated[str, msgspec.Meta(max_length=2000, pattern="^[^\x00]*$")]
Key = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Kind(StrEnum):
    """How a question is answered, and the values: 1 or 0 · 0 to max · place of the choice · 0 to max · a text."""

    YES_NO = "yesNo"
    SCALE = "scale"
    CHOICE = "choice"
    POINTS = "points"
    TEXT = "text"


class Measure(StrEnum):
    """What the machine can fill in: seconds, seconds, seconds, seconds, share 0–1, syllables per second."""

    SILENCE = "silence"
    LONGEST_SILENCE = "longestSilence"
    TALK_OVER = "talkOver"
    LENGTH = "length"
    AGENT_SHARE = "agentShare"
    AGENT_RATE = "agentRate"


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the answers to choose from."""

    text: Text
    points: Annotated[float, msgspec.Meta(ge=0, le=1000)]


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Full points while a figure lies within `low` to `high` (None: no bound); none otherwise."""

    measure: Measure
    low: float | None = None
    high: float | None = None


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question. `max`: highest points of a scale or of points; `comment_under`: share of the points, 0 to 1, below
    which the grader must write why. `critical`: no points at all fail the whole form.
    """

    key: Key
    text: Text
    kind: Kind
    weight: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 1.0
    max: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 1.0
    choices: list[Choice] = []
    critical: bool = False
    allow_na: bool = True
    guidance: Long = ""
    good: Long = ""
    bad: Long = ""
    comment_under: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    machine: Machine | None = None


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions under one title."""

    title: Text
    questions: list[Question]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole form. `excellent`: score from which a call is worth showing to others."""

    sections: list[Section]
    intro: Long = ""
    pass_score: Annotated[float, msgspec.Meta(ge=0, le=100)] = 80.0
    excellent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 95.0

    @property
    def questions(self) -> list[Question]:
        """All questions in order."""
        return [question for section in self.sections for question in section.questions]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was answered. `at`: second of the recording that shows it; `machine`: filled in by measuring, `measured`
    being the figure, until a grader says otherwise.
    """

    value: float | Text | None = None
    na: bool = False
    comment: Long = ""
    at: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None
    machine: bool = False
    measured: float | None = None


Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Line:
    """How one question counts. `share` of its points, 0 to 1; None: not answered or not applicable."""

    question: str
    label: str
    weight: float
    share: float | None
    na: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Score:
    """`score` 0 to 100, None while nothing counts yet; `failed`: critical questions; `missing`: unanswered."""

    score: float | None
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    lines: tuple[Line, ...]


def most_points(question: Question) -> float:
    """The highest points of a question."""
    if question.kind is Kind.CHOICE:
        return max((choice.points for choice in question.choices), default=0.0)
    return 1.0 if question.kind is Kind.YES_NO else question.max


def share_of(question: Question, answer: Answer | None) -> float | None:
    """Share of the points, 0 to 1; None: does not count, or no answer. Raises BadInput for a wrong value."""
    if answer is None or answer.na or answer.value is None or question.kind is Kind.TEXT:
        return None
    value = answer.value
    if isinstance(value, str) or not math.isfinite(value) or not 0 <= value <= _highest(question):
        raise _wrong(question)
    if question.kind is not Kind.POINTS and value != int(value):
        raise _wrong(question)
    points = question.choices[int(value)].points if question.kind is Kind.CHOICE else value
    return points / most_points(question)


def _highest(question: Question) -> float:
    return len(question.choices) - 1 if question.kind is Kind.CHOICE else most_points(question)


def _wrong(question: Question) -> BadInput:
    allowed = f"a number from 0 to {_highest(question):g}"
    return BadInput("This answer does not fit its question.", field=f"answers.{question.key}", allowed=allowed)


def score_of(form: Form, answers: Answers) -> Score:
    """The score of these answers on a form. Raises BadInput for an answer that its question does not know."""
    lines: list[Line] = []
    missing: list[str] = []
    for question in form.questions:
        answer = answers.get(question.key)
        if answer is not None and answer.na and not question.allow_na:
            raise BadInput(
                "This question always applies.", field=f"answers.{question.key}", allowed="an answer", code="qa_no_na"
            )
        if question.kind is Kind.TEXT:
            continue
        share = share_of(question, answer)
        na = answer is not None and answer.na
        if share is None and not na:
            missing.append(question.key)
        failed = question.critical and share == 0
        lines.append(Line(question.key, question.text, question.weight, share, na, failed))
    failed_keys = tuple(line.question for line in lines if line.failed)
    return Score(_total(lines, bool(failed_keys)), failed_keys, tuple(missing), tuple(lines))


def _total(lines: list[Line], failed: bool) -> float | None:
    if failed:
        return 0.0
    counted = [(line.weight, line.share) for line in lines if line.share is not None]
    whole = math.fsum(weight for weight, _ in counted)
    if whole <= 0:
        return None
    # Rounding must not carry a full mark over 100.
    return min(100.0, 100 * math.fsum(weight * share for weight, share in counted) / whole)


def check_submit(form: Form, answers: Answers) -> Score:
    """The score, when everything is answered and explained. Raises BadInput (qa_unanswered, qa_comment_needed)."""
    score = score_of(form, answers)
    if score.missing:
        raise BadInput(
            "Some questions are not answered.", field=f"answers.{score.missing[0]}", code="qa_unanswered",
            allowed="an answer, or not applicable",
        )  # fmt: skip
    shares = {line.question: line.share for line in score.lines}
    for question in form.questions:
        share, under = shares.get(question.key), question.comment_under
        if share is not None and under is not None and share < under and not answers[question.key].comment.strip():
            raise BadInput(
                "This score needs a word why.", field=f"answers.{question.key}", code="qa_comment_needed",
                allowed="a comment",
            )  # fmt: skip
    if score.score is None:
        raise BadInput("Nothing on this form was scored.", field="answers", code="qa_nothing_scored")
    return score


def known_answers(form: Form, answers: Answers) -> dict[str, Answer]:
    """Answers to this form's questions alone. Raises BadInput for a wrong value."""
    keys = {question.key for question in form.questions}
    for key in answers:
        if key not in keys:
            raise BadInput("This form has no such question.", field=f"answers.{key[:40]}", allowed="keys of the form")
    score_of(form, answers)
    return dict(answers)


def checked_form(form: Form) -> Form:
    """A form that can be published. Raises BadInput naming what is wrong."""
    questions = form.questions
    if not 1 <= len(form.sections) <= MOST_SECTIONS or not 1 <= len(questions) <= MOST_QUESTIONS:
        raise BadInput(
            "A form has sections with questions.", field="sections", code="qa_form_empty",
            allowed=f"1 to {MOST_SECTIONS} sections, 1 to {MOST_QUESTIONS} questions",
        )  # fmt: skip
    if any(not section.title.strip() or not section.questions for section in form.sections):
        raise BadInput("Each section has a title and questions.", field="sections", code="qa_section_empty")
    if len({question.key for question in questions}) != len(questions):
        raise BadInput("Two questions have the same key.", field="key", allowed="a key of its own for each")
    if not any(question.weight > 0 and question.kind is not Kind.TEXT for question in questions):
        raise BadInput("Nothing on this form would be scored.", field="weight", code="qa_nothing_weighs")
    for question in questions:
        _check_question(question)
    return form


def _check_question(question: Question) -> None:
    if not question.text.strip():
        raise BadInput("Each question has a text.", field=question.key, code="qa_question_empty")
    if question.kind is Kind.CHOICE and (len(question.choices) < 2 or most_points(question) <= 0):
        raise BadInput(
            "A choice has at least two answers, one of them with points.", field=question.key, code="qa_bad_choice"
        )
    if question.kind is Kind.SCALE and question.max != int(question.max):
        raise BadInput("A scale has whole steps.", field=question.key, allowed="1 to 1000", code="qa_bad_scale")
    if question.kind is Kind.TEXT and (question.critical or question.machine):
        raise BadInput("A text is not scored.", field=question.key, code="qa_text_scored")


def prefilled(form: Form, measured: Mapping[str, float]) -> dict[str, Answer]:
    """What the machine can answer, marked as such. Questions without a figure stay open."""
    found: dict[str, Answer] = {}
    for question in form.questions:
        rule = question.machine
        figure = measured.get(rule.measure.value) if rule is not None else None
        if rule is None or figure is None:
            continue
        inside = (rule.low is None or figure >= rule.low) and (rule.high is None or figure <= rule.high)
        found[question.key] = Answer(value=_machine_value(question, inside), machine=True, measured=round(figure, 3))
    return found


def _machine_value(question: Question, inside: bool) -> float:
    if question.kind is not Kind.CHOICE:
        return most_points(question) if inside else 0.0
    points = [choice.points for choice in question.choices]
    return float(points.index(max(points) if inside else min(points)))
