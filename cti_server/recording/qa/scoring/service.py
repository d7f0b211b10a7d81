"""Scoring: begin, keep, submit, change with a reason, re-check; and what each may see of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Conflict, Forbidden, NotFound
from cti_server.recording.qa.forms.model import Answer, Form, check_submit, known_answers, prefilled, score_of
from cti_server.recording.qa.forms.service import Forms
from cti_server.recording.qa.model import GRADERS, Kinds, People, Playing, Subject, checked_text, sight_of
from cti_server.recording.qa.scoring import store
from cti_server.recording.qa.scoring.model import (
    EvaluationDetail,
    EvaluationRow,
    Purpose,
    Rules,
    State,
    check_draft,
    check_not_own,
    may_of,
    shown_to,
)

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

Answers = Mapping[str, Answer]
DAY = 86_400.0
CSV_STEP = 500


class Scoring:
    """`tell(user_id, what)` tells an agent on his own topic."""

    def __init__(
        self,
        *,
        db: "Database",
        audit: AuditLog,
        forms: Forms,
        kinds: Kinds,
        people: People,
        clock: Clock,
        rules: Rules,
        tell: Callable[[int, dict[str, Any]], None],
    ) -> None:
        self._db = db
        self._audit = audit
        self._forms = forms
        self._kinds = kinds
        self._people = people
        self._clock = clock
        self.rules = rules
        self.tell = tell

    # -- beginning

    async def begin(
        self, who: Session, kind: str, subject_id: str, form_id: int, agent_id: int | None, *, blind: bool = False
    ) -> EvaluationDetail:
        """A draft, or the one that this grader has begun. Raises NotFound, Forbidden, Conflict, BadInput."""
        subject = await self._kinds.of(kind).subject(who, subject_id)
        agent = self._agent_of(who, subject, agent_id)
        version = await self._forms.newest(form_id)
        return await self._open(who, subject, agent, version, Purpose.SCORE, blind=blind)

    async def begin_task(self, who: Session, task_id: int) -> EvaluationDetail:
        """The score of a task that one has claimed. Raises NotFound, Forbidden (qa_not_claimed), Conflict."""
        task = await store.task(self._db, task_id)
        if task is None:
            raise NotFound("There is no such task.", code="no_such_task")
        if task["claimed_by"] != who.user_id:
            raise Forbidden("Claim this task first.", code="qa_not_claimed")
        subject = await self._kinds.of(task["subject_kind"]).subject(who, task["subject_id"])
        agent = self._agent_of(who, subject, task["agent_id"])
        version = await self._forms.newest(task["form_id"])
        return await self._open(who, subject, agent, version, Purpose.SCORE, task_id=task_id, blind=task["blind"])

    async def recheck(self, who: Session, evaluation_id: int) -> EvaluationDetail:
        """A second score, blind to the first. Raises NotFound, Forbidden, Conflict."""
        first = await self.row(who, evaluation_id)
        if first.grader_id == who.user_id:
            raise Forbidden("Somebody else must re-check.", code="qa_own_score")
        if first.state == State.DRAFT or first.purpose != Purpose.SCORE:
            raise Conflict("There is nothing to re-check yet.", code="qa_not_submitted")
        if await store.rechecks(self._db, evaluation_id, self._people.name_of):
            raise Conflict("It has been re-checked already.", code="qa_rechecked")
        subject = await self._kinds.of(first.kind).subject(who, first.subject_id)
        agent = self._agent_of(who, subject, first.agent_id)
        version = await self._forms.version(first.version_id)
        return await self._open(who, subject, agent, version, Purpose.RECHECK, ref_id=evaluation_id, blind=True)

    async def calibrate(self, who: Session, calibration: Mapping[str, Any]) -> EvaluationDetail:
        """One's own score in a calibration; its room has asked whether one is invited. Raises NotFound, Conflict."""
        subject = await self._kinds.of(calibration["subject_kind"]).subject(who, calibration["subject_id"])
        version = await self._forms.version(calibration["version_id"])
        ref, agent = calibration["id"], calibration["agent_id"]
        check_not_own(agent, who)
        return await self._open(who, subject, agent, version, Purpose.CALIBRATION, ref_id=ref, blind=True)

    def _agent_of(self, who: Session, subject: Subject, agent_id: int | None) -> int:
        chosen = subject.agents[-1] if agent_id is None else agent_id
        if chosen not in subject.agents:
            raise BadInput("This agent has no part in it.", field="agent_id", allowed="one of its agents")
        check_not_own(chosen, who)
        if not self._people.sees_user(who.scope, chosen):
            raise NotFound("There is no such recording.", code="no_such_recording")
        return chosen

    async def _open(
        self,
        who: Session,
        subject: Subject,
        agent_id: int,
        version: Mapping[str, Any],
        purpose: Purpose,
        *,
        ref_id: int | None = None,
        task_id: int | None = None,
        blind: bool = False,
    ) -> EvaluationDetail:
        found = await store.same(self._db, purpose, subject, agent_id, who.user_id, ref_id)
        if found is None:
            profile = self._people.profile_of(agent_id)
            given = {
                "purpose": purpose.value, "ref_id": ref_id, "task_id": task_id, "agent_id": agent_id, "blind": blind,
                "team": profile.team if profile else "", "version_id": version["id"], "grader_id": who.user_id,
            }  # fmt: skip
            filled = _json(prefilled(version["document"], subject.measured))
            async with self._db.transaction() as connection:
                found = await store.add(connection, subject, filled, given, self._clock.now())
                if found is not None:
                    told = {"subject": f"{subject.kind}:{subject.id}", "purpose": purpose.value}
                    await self._audit.write(connection, who, "qa.begin", str(found), told)
            if found is None:
                found = await store.same(self._db, purpose, subject, agent_id, who.user_id, ref_id)
        if found is None:
            raise Conflict("This score was thrown away meanwhile.", code="qa_changed_elsewhere")
        return await self.detail(who, found)

    # -- seeing

    async def row(self, who: Session, evaluation_id: int) -> EvaluationRow:
        """An evaluation that `who` may know of, whole. Raises NotFound, Unavailable."""
        row = await store.one(self._db, evaluation_id, self._people.name_of)
        if row is None or not await self._sees(who, row):
            raise NotFound("There is no such score.", code="no_such_evaluation")
        return row

    async def _sees(self, who: Session, row: EvaluationRow) -> bool:
        if row.grader_id == who.user_id:
            return True
        if row.state == State.DRAFT or row.agent_id is None:
            return False
        if row.agent_id == who.user_id:
            return row.purpose == Purpose.SCORE
        if not who.roles & GRADERS or row.purpose == Purpose.CALIBRATION:
            return False
        if not self._people.sees_user(who.scope, row.agent_id):
            return False
        if row.queue is not None and not who.scope.sees_queue(row.queue):
            return False
        # Who is to score this call unseen by others learns nothing of their scores.
        return not await store.blind_open(self._db, who.user_id, row.kind, row.subject_id)

    async def detail(self, who: Session, evaluation_id: int) -> EvaluationDetail:
        """An evaluation with everything on it; a look by others than its grader is audited. Raises NotFound."""
        row = await self.row(who, evaluation_id)
        names = self._people.name_of
        hidden = row.state == State.DRAFT
        others = () if hidden else tuple(await store.rechecks(self._db, evaluation_id, names))
        version = await self._forms.version(row.version_id)
        if row.agent_id == who.user_id and row.seen_at is None:
            async with self._db.transaction() as connection:
                await store.touch(connection, evaluation_id, self._clock.now())
                await self._audit.write(connection, who, "qa.see", str(evaluation_id), {})
        elif row.grader_id != who.user_id:
            await self._audit.note(who, "qa.see", str(evaluation_id), {})
        return EvaluationDetail(
            evaluation=shown_to(row, who),
            form=version["document"],
            answers=await store.answers(self._db, evaluation_id),
            revisions=await store.revisions(self._db, evaluation_id, names),
            disputes=await store.disputes(self._db, evaluation_id, names),
            others=others,
            library=await store.library_of(self._db, evaluation_id),
            may=may_of(row, who, self._clock.now(), self.rules, rechecked=bool(others)),
        )

    async def page(
        self, who: Session, wanted: dict[str, Any], before: int | None, limit: int
    ) -> tuple[list[EvaluationRow], int | None]:
        """Evaluations within one's scope, newest first. Raises Unavailable."""
        sight = sight_of(self._people, who.scope)
        found = await store.page(self._db, wanted, sight, who.user_id, before, limit + 1, self._people.name_of)
        return [shown_to(row, who) for row in found[:limit]], found[limit - 1].id if len(found) > limit else None

    async def every(self, who: Session, wanted: dict[str, Any]) -> AsyncIterator[EvaluationRow]:
        """All of `page`, read in steps."""
        before: int | None = None
        while True:
            rows, before = await self.page(who, wanted, before, CSV_STEP)
            for row in rows:
                yield row
            if before is None:
                return

    async def mine(self, who: Session, before: int | None, limit: int) -> tuple[list[EvaluationRow], int | None]:
        """The agent's own, newest first. Raises Unavailable."""
        found = await store.of_agent(self._db, who.user_id, before, limit + 1, self._people.name_of)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    # -- hearing

    async def recording(self, who: Session, evaluation_id: int) -> Any:
        """The recording as the player draws it, blind where the score is. Raises NotFound, Forbidden, Unavailable."""
        row = await self.row(who, evaluation_id)
        blind = row.blind and row.state == State.DRAFT
        return await self._kinds.of(row.kind).shown(who, row.subject_id, blind=blind)

    async def listen(self, who: Session, evaluation_id: int) -> str:
        """A key for its sound. Raises NotFound, Forbidden, Unavailable."""
        row = await self.row(who, evaluation_id)
        return await self._kinds.of(row.kind).listen(who, row.subject_id)

    async def sound(self, who: Session, evaluation_id: int, key: str) -> Playing:
        """What a key opens. Raises NotFound, Unavailable."""
        row = await self.row(who, evaluation_id)
        return await self._kinds.of(row.kind).sound(who, row.subject_id, key)

    # -- writing

    async def save(
        self, who: Session, evaluation_id: int, answers: Answers, comment: str, version: int
    ) -> tuple[int, float | None]:
        """Keep a draft; the new version and the score so far. Raises Forbidden, Conflict, BadInput."""
        row, form = await self._draft(who, evaluation_id)
        known = known_answers(form, answers)
        clean, score = checked_text(comment, "comment", needed=False), score_of(form, known).score
        async with self._db.transaction() as connection:
            if not await store.save(connection, row.id, _json(known), clean, score, version):
                raise Conflict("This score was changed on another page.", code="qa_changed_elsewhere")
        return version + 1, score

    async def submit(
        self, who: Session, evaluation_id: int, answers: Answers, comment: str, version: int
    ) -> EvaluationDetail:
        """Lock the score and tell the agent. Raises Forbidden, Conflict, BadInput (qa_unanswered …)."""
        row, _ = await self._draft(who, evaluation_id)
        if self._kinds.of(row.kind).going_on(row.subject_id):
            raise Conflict("Submit it when the call is over.", code="qa_call_goes_on")
        return await self._lock(who, row, answers, comment, version, "")

    async def revise(
        self, who: Session, evaluation_id: int, answers: Answers, comment: str, version: int, reason: str
    ) -> EvaluationDetail:
        """Change a submitted score, for a reason; the old one is kept. Raises Forbidden, Conflict, BadInput."""
        row = await self.row(who, evaluation_id)
        if "revise" not in may_of(row, who, self._clock.now(), self.rules, rechecked=False):
            raise Forbidden("Only its grader or QA changes a score.", code="qa_other_grader")
        return await self._lock(who, row, answers, comment, version, checked_text(reason, "reason"))

    async def _draft(self, who: Session, evaluation_id: int) -> tuple[EvaluationRow, Form]:
        row = await self.row(who, evaluation_id)
        check_draft(row, who)
        return row, (await self._forms.version(row.version_id))["document"]

    async def _lock(
        self, who: Session, row: EvaluationRow, answers: Answers, comment: str, version: int, reason: str
    ) -> EvaluationDetail:
        form: Form = (await self._forms.version(row.version_id))["document"]
        known = known_answers(form, answers)
        score = check_submit(form, known)
        now = self._clock.now()
        told = {
            "answers": _json(known), "comment": checked_text(comment, "comment", needed=False), "reason": reason,
            "at": now, "dispute_until": now + self.rules.dispute_days * DAY,
        }  # fmt: skip
        async with self._db.transaction() as connection:
            if not await store.submit(connection, row.id, who.user_id, told, score, version):
                raise Conflict("This score was changed on another page.", code="qa_changed_elsewhere")
            details = {"score": score.score, "before": row.score if row.revision else None, "reason": reason}
            await self._audit.write(connection, who, "qa.revise" if reason else "qa.submit", str(row.id), details)
        await self._told(row)
        return await self.detail(who, row.id)

    async def _told(self, row: EvaluationRow) -> None:
        if row.purpose == Purpose.SCORE and row.agent_id is not None:
            self.tell(row.agent_id, {"id": row.id, "what": "scored"})
        elif row.purpose == Purpose.RECHECK and row.ref_id is not None and row.agent_id is not None:
            self.tell(row.agent_id, {"id": row.ref_id, "what": "rechecked"})

    async def discard(self, who: Session, evaluation_id: int) -> None:
        """Throw one's draft away. Raises NotFound, Forbidden, Conflict."""
        row = await self.row(who, evaluation_id)
        check_draft(row, who)
        async with self._db.transaction() as connection:
            await store.discard(connection, row.id)
            await self._audit.write(connection, who, "qa.discard", str(row.id), {})

    async def of_calibration(self, calibration_id: int) -> list[tuple[EvaluationRow, dict[str, Answer]]]:
        """All scores of a calibration with their answers, for its room. Raises Unavailable."""
        rows = await store.of_calibration(self._db, calibration_id, self._people.name_of)
        return [(row, await store.answers(self._db, row.id)) for row in rows]

    def chief(self, who: Session) -> bool:
        """Whether `who` runs the quality of the house."""
        return bool(who.roles & {Role.QA, Role.ADMIN})


def _json(answers: Answers) -> str:
    return msgspec.json.encode(answers).decode()
