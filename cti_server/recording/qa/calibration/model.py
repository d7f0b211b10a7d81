"""A calibration: its shapes, and the comparison (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cti_server.recording.qa.calibration.agreement import (
    category,
    cohen_kappa,
    fleiss_kappa,
    mean_difference,
    meaning,
    spread,
)
from cti_server.recording.qa.forms.model import Answer, Form, score_of


@dataclass(frozen=True, slots=True)
class CalibrationJson:
    """One calibration. `graders`: who is invited, the master among them; `done`: who has submitted."""

    id: int
    title: str
    form_name: str
    form_version: int
    state: str
    master_id: int
    graders: tuple[int, ...]
    names: tuple[str, ...]
    done: tuple[int, ...]
    created_at: float
    closed_at: float | None
    evaluation_id: int | None
    """The asker's own score."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one grader submitted."""

    user_id: int
    name: str
    score: float | None
    answers: Mapping[str, Answer]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class CellJson:
    """One grader's answer: share of the points (None: not applicable) and his comment."""

    share: float | None
    na: bool
    comment: str


@dataclass(frozen=True, slots=True)
class QuestionJson:
    """One question over all graders, in their order. `spread` of the shares, `off`: mean distance to the master's."""

    key: str
    text: str
    cells: tuple[CellJson, ...]
    spread: float
    off: float | None
    agree: bool


@dataclass(frozen=True, slots=True)
class GraderJson:
    """One grader beside the master. `off` in points of the score; `kappa`: Cohen's, with its word."""

    user_id: int
    name: str
    master: bool
    score: float | None
    off: float | None
    kappa: float | None
    word: str


@dataclass(frozen=True, slots=True)
class ComparisonJson:
    """All graders side by side. `kappa`: Fleiss'; items are the questions, categories none, part, full, na."""

    graders: tuple[GraderJson, ...]
    questions: tuple[QuestionJson, ...]
    spread: float
    off: float | None
    kappa: float | None
    word: str


def compare(form: Form, judgements: Sequence[Judgement], master_id: int) -> ComparisonJson:
    """Compare what was submitted; without the master's the distances are None."""
    lines = [{line.question: line for line in score_of(form, one.answers).lines} for one in judgements]
    keys = [question.key for question in form.questions if any(question.key in one for one in lines)]
    said = [[category(one[key].share, na=one[key].na) for key in keys] for one in lines]
    master = next((n for n, one in enumerate(judgements) if one.user_id == master_id), None)
    questions = []
    for place, key in enumerate(keys):
        shares = [one[key].share for one in lines]
        cells = tuple(
            CellJson(share, one[key].na, judgement.answers[key].comment if key in judgement.answers else "")
            for share, one, judgement in zip(shares, lines, judgements, strict=True)
        )
        known = [share for share in shares if share is not None]
        right = shares[master] if master is not None else None
        others = [share for n, share in enumerate(shares) if n != master and share is not None]
        off = mean_difference(others, right) if right is not None else None
        agree = len({one[place] for one in said}) == 1
        questions.append(QuestionJson(key, lines[0][key].label, cells, spread(known), off, agree))
    graders = tuple(_grader(one, n, master, judgements, said) for n, one in enumerate(judgements))
    many = (
        fleiss_kappa([[one[place] for one in said] for place in range(len(keys))]) if len(said) > 1 and keys else None
    )
    offs = [one.off for one in graders if one.off is not None and not one.master]
    scores = [one.score for one in judgements if one.score is not None]
    mean = sum(offs) / len(offs) if offs else None
    return ComparisonJson(graders, tuple(questions), spread(scores), mean, many, meaning(many))


def _grader(
    one: Judgement, place: int, master: int | None, judgements: Sequence[Judgement], said: Sequence[Sequence[str]]
) -> GraderJson:
    kappa = off = None
    if master is not None and place != master and said[place]:
        kappa = cohen_kappa(said[place], said[master])
        right = judgements[master].score
        off = abs(one.score - right) if one.score is not None and right is not None else None
    return GraderJson(one.user_id, one.name, place == master, one.score, off, kappa, meaning(kappa))
