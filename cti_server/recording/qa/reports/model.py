"""Figures of quality (pure): what they are, and over what they are taken."""

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
