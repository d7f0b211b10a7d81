"""What follows a score: the shape of coaching, and the rules of a dispute (pure)."""

from dataclasses import dataclass
from enum import StrEnum

from cti_server.core.errors import Conflict
from cti_server.recording.qa.scoring.model import EvaluationRow, Rules, State


class Verdict(StrEnum):
    """upheld: the score stays; changed: a new revision or a re-check took its place."""

    UPHELD = "upheld"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CoachingJson:
    """Something to work on, out of a score."""

    id: int
    evaluation_id: int
    agent_id: int
    agent_name: str
    question: str
    label: str
    text: str
    due: str | None
    created_at: float
    created_by: str
    done_at: float | None


def check_dispute(row: EvaluationRow, now: float, rules: Rules) -> None:
    """Whether this score may be disputed now. Raises Conflict (qa_not_open, dispute_too_late, dispute_rounds_used)."""
    if row.state != State.SUBMITTED:
        raise Conflict("This score is not open for a dispute.", code="qa_not_open")
    if row.rounds >= rules.dispute_rounds:
        raise Conflict("All rounds of disputes are used.", code="dispute_rounds_used")
    if row.dispute_until is None or now >= row.dispute_until:
        raise Conflict("The time for a dispute is over.", code="dispute_too_late")
