"""An evaluation: who may see, change and answer it, and its shapes (pure)."""

from dataclasses import dataclass, replace
from enum import StrEnum

from cti_server.core.auth.model import Role, Session
from cti_server.core.errors import Conflict, Forbidden
from cti_server.recording.qa.forms.model import Answer, Form


class Purpose(StrEnum):
    """Why a form is filled in."""

    SCORE = "score"
    RECHECK = "recheck"
    CALIBRATION = "calibration"


class State(StrEnum):
    """Where an evaluation stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation in a list. Times in unix seconds, `score` 0 to 100.

    `final_score`: the re-check's where there is one.
    Of a blind one its grader is not told the agent, the queue and the subject.
    """

    id: int
    purpose: str
    ref_id: int | None
    task_id: int | None
    kind: str
    subject_id: str
    agent_id: int | None
    agent_name: str
    team: str
    queue: str | None
    subject_at: float | None
    seconds: float | None
    version_id: int
    form_id: int
    form_name: str
    form_version: int
    pass_score: float
    excellent: float
    grader_id: int | None
    grader_name: str
    blind: bool
    state: str
    score: float | None
    failed: tuple[str, ...]
    recheck_score: float | None
    final_score: float | None
    comment: str
    version: int
    revision: int
    rounds: int
    created_at: float
    submitted_at: float | None
    dispute_until: float | None
    seen_at: float | None


@dataclass(frozen=True, slots=True)
class RevisionJson:
    """What was submitted, and why it was changed."""

    revision: int
    at: float
    user_name: str
    reason: str
    score: float | None


@dataclass(frozen=True, slots=True)
class DisputeJson:
    """One round: what the agent said, and the answer. `verdict` empty: not answered yet."""

    round: int
    at: float
    text: str
    question: str
    verdict: str
    answer: str
    answered_at: float | None
    answered_by: str


@dataclass(frozen=True, slots=True)
class EvaluationDetail:
    """One evaluation with everything on it. `may`: what the asker may do now; `others`: its re-checks."""

    evaluation: EvaluationRow
    form: Form
    answers: dict[str, Answer]
    revisions: tuple[RevisionJson, ...]
    disputes: tuple[DisputeJson, ...]
    others: tuple[EvaluationRow, ...]
    library: str
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """`dispute_days` after the telling, `dispute_rounds` at most."""

    dispute_days: int = 5
    dispute_rounds: int = 2


def shown_to(row: EvaluationRow, who: Session) -> EvaluationRow:
    """As `who` may see it: a blind grader does not learn whose call it is; an agent not who scored it blindly."""
    if row.blind and row.grader_id == who.user_id and row.state == State.DRAFT:
        hidden = {"agent_id": None, "agent_name": "", "team": "", "queue": None, "subject_id": "", "subject_at": None}
        return replace(row, recheck_score=None, final_score=None, **hidden)  # type: ignore[arg-type]
    return row


def check_not_own(agent_id: int, who: Session) -> None:
    """Nobody grades himself. Raises Forbidden (qa_own_call)."""
    if agent_id == who.user_id:
        raise Forbidden("Nobody scores a call of his own.", code="qa_own_call")


def check_draft(row: EvaluationRow, who: Session) -> None:
    """Only its grader writes on a draft, and only on a draft. Raises Forbidden, Conflict (qa_locked)."""
    if row.grader_id != who.user_id:
        raise Forbidden("Somebody else scores this call.", code="qa_other_grader")
    if row.state != State.DRAFT:
        raise Conflict("This score is submitted. Change it with a reason.", code="qa_locked")


def may_of(row: EvaluationRow, who: Session, now: float, rules: Rules, *, rechecked: bool) -> tuple[str, ...]:
    """What `who` may do with an evaluation."""
    may: list[str] = []
    chief = bool(who.roles & {Role.QA, Role.ADMIN})
    grader = row.grader_id == who.user_id
    own = row.agent_id == who.user_id
    submitted = row.state != State.DRAFT
    if grader and not submitted:
        may += ["write", "discard"]
    if own and row.purpose == Purpose.SCORE and submitted:
        if row.state == State.SUBMITTED:
            may.append("acknowledge")
            if row.rounds < rules.dispute_rounds and row.dispute_until is not None and now < row.dispute_until:
                may.append("dispute")
        return tuple(may)
    if not who.roles & {Role.QA, Role.ADMIN, Role.SUPERVISOR} or own:
        return tuple(may)
    if submitted and (grader or chief) and row.purpose != Purpose.CALIBRATION:
        may.append("revise")
    if submitted and row.purpose == Purpose.SCORE:
        may += ["coach", "answer"] if row.state == State.DISPUTED else ["coach"]
        if not grader and not rechecked:
            may.append("recheck")
        if row.final_score is not None and row.final_score >= row.excellent:
            may.append("library")
    return tuple(may)
