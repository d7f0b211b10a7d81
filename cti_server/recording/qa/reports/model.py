"""Figures of quality (pure): what they are, and over what they are taken."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """Over what the figures are taken."""

    AGENT = "agent"
    TEAM = "team"
    QUEUE = "queue"
    GRADER = "grader"
    FORM = "form"
    QUESTION = "question"
    WEEK = "week"


class Report(StrEnum):
    """The reports: of scores, of graders, of recordings, and of scores week by week."""

    SCORES = "scores"
    GRADERS = "graders"
    RECORDINGS = "recordings"
    TREND = "trend"


ALLOWED: dict[Report, tuple[By, ...]] = {
    Report.SCORES: tuple(By),
    Report.GRADERS: (By.GRADER,),
    Report.RECORDINGS: (By.AGENT, By.TEAM, By.QUEUE, By.WEEK),
    Report.TREND: (By.AGENT, By.TEAM, By.QUEUE, By.GRADER, By.FORM, By.QUESTION),
}
"""Over what each can be taken, the first when nothing is said."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line. `score`: mean of the final scores (the re-check's where there is one), of a question 100 × the mean
    share of its points; `failed`, `disputed`, `changed`, `acknowledged`: shares of the evaluations, 0 to 1.
    """

    key: str
    label: str
    evaluations: int
    score: float | None
    lowest: float | None
    failed: float
    disputed: float
    changed: float
    acknowledged: float


@dataclass(frozen=True, slots=True)
class GraderRow:
    """What one grader did. `heard`: seconds of what he scored; `taken`: median seconds from beginning a score to
    submitting it; `score`: mean of his scores; `off`: mean distance of his score to its re-check; shares 0 to 1.
    """

    key: str
    label: str
    evaluations: int
    rechecks: int
    calibrations: int
    heard: float
    taken: float | None
    score: float | None
    off: float | None
    disputed: float | None
    changed: float | None


@dataclass(frozen=True, slots=True)
class RecordingFigures:
    """What was recorded. `seconds` in all; `coverage`: share that was scored; `silence`, `talk_over`: shares of the
    seconds in which nobody, or both, spoke; `longest_silence` in seconds.
    """

    key: str
    label: str
    recordings: int
    seconds: float
    scored: int
    coverage: float
    silence: float | None
    talk_over: float | None
    longest_silence: float | None


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One point: the Monday of its week, how many scores, their mean."""

    key: str
    label: str
    week: str
    evaluations: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Recordings of a group, before they become shares. Seconds."""

    key: str
    recordings: int
    scored: int
    seconds: float
    silence: float
    talk_over: float
    measured: float
    longest_silence: float | None


def folded(rows: Iterable[Sums], key_of: Callable[[str], str]) -> list[Sums]:
    """The groups put together by another key, such as agents by their team."""
    found: dict[str, Sums] = {}
    for one in rows:
        key = key_of(one.key)
        had = found.get(key, Sums(key, 0, 0, 0.0, 0.0, 0.0, 0.0, None))
        longest = [value for value in (one.longest_silence, had.longest_silence) if value is not None]
        found[key] = Sums(
            key,
            one.recordings + had.recordings,
            one.scored + had.scored,
            one.seconds + had.seconds,
            one.silence + had.silence,
            one.talk_over + had.talk_over,
            one.measured + had.measured,
            max(longest, default=None),
        )
    return list(found.values())


def figures_of(one: Sums, label: str) -> RecordingFigures:
    """A group as it is shown. `measured`: seconds of those recordings whose sides were measured."""
    silence, talk_over = None, None
    if one.measured > 0:
        silence, talk_over = one.silence / one.measured, one.talk_over / one.measured
    coverage = one.scored / one.recordings if one.recordings else 0.0
    return RecordingFigures(
        one.key, label, one.recordings, one.seconds, one.scored, coverage, silence, talk_over, one.longest_silence
    )
