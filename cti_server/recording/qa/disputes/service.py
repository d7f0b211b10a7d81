"""What the agent does with a score, and what comes of it."""

from datetime import date
from typing import TYPE_CHECKING

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, Forbidden, NotFound
from cti_server.recording.qa.disputes import store
from cti_server.recording.qa.disputes.model import CoachingJson, Verdict, check_dispute
from cti_server.recording.qa.model import GRADERS, People, Sight, checked_text, sight_of
from cti_server.recording.qa.scoring.model import EvaluationDetail, EvaluationRow, Purpose, may_of
from cti_server.recording.qa.scoring.service import DAY, Scoring

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class Disputes:
    """Acknowledge, dispute, answer; coaching; the library."""

    def __init__(self, db: "Database", audit: AuditLog, scoring: Scoring, people: People, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._scoring = scoring
        self._people = people
        self._clock = clock

    async def _own(self, who: Session, evaluation_id: int) -> EvaluationRow:
        row = await self._scoring.row(who, evaluation_id)
        if row.agent_id != who.user_id or row.purpose != Purpose.SCORE:
            raise NotFound("There is no such score.", code="no_such_evaluation")
        return row

    async def _theirs(self, who: Session, evaluation_id: int, act: str) -> EvaluationRow:
        row = await self._scoring.row(who, evaluation_id)
        if act not in may_of(row, who, self._clock.now(), self._scoring.rules, rechecked=False):
            raise Forbidden("This cannot be done with this score.", code="qa_not_possible")
        return row

    # -- the agent

    async def acknowledge(self, who: Session, evaluation_id: int) -> EvaluationDetail:
        """He accepts it. Raises NotFound, Conflict (qa_not_open)."""
        await self._own(who, evaluation_id)
        async with self._db.transaction() as connection:
            if not await store.acknowledge(connection, evaluation_id, self._clock.now()):
                raise Conflict("This score is not open for that.", code="qa_not_open")
            await self._audit.write(connection, who, "qa.acknowledge", str(evaluation_id), {})
        return await self._scoring.detail(who, evaluation_id)

    async def dispute(self, who: Session, evaluation_id: int, text: str, question: str) -> EvaluationDetail:
        """He disagrees, with a reason. Raises NotFound, BadInput, Conflict (dispute_too_late, dispute_rounds_used)."""
        row = await self._own(who, evaluation_id)
        now = self._clock.now()
        check_dispute(row, now, self._scoring.rules)
        clean = checked_text(text, "text")
        async with self._db.transaction() as connection:
            if not await store.dispute(connection, evaluation_id, clean, question, now):
                raise Conflict("This score is not open for that.", code="qa_not_open")
            told = {"round": row.rounds + 1, "question": question}
            await self._audit.write(connection, who, "qa.dispute", str(evaluation_id), told)
        if row.grader_id is not None:
            self._scoring.tell(row.grader_id, {"id": evaluation_id, "what": "disputed"})
        return await self._scoring.detail(who, evaluation_id)

    async def answer(self, who: Session, evaluation_id: int, verdict: Verdict, text: str) -> EvaluationDetail:
        """The round ends with an answer. Raises NotFound, Forbidden, BadInput, Conflict (qa_nothing_changed)."""
        row = await self._theirs(who, evaluation_id, "answer")
        if verdict is Verdict.CHANGED and row.recheck_score is None:
            raise Conflict("Change the score or re-check it first.", code="qa_nothing_changed")
        clean, now = checked_text(text, "text"), self._clock.now()
        until = now + self._scoring.rules.dispute_days * DAY
        async with self._db.transaction() as connection:
            if not await store.answer(connection, evaluation_id, verdict, clean, who.user_id, now, until):
                raise Conflict("There is no open dispute.", code="qa_not_open")
            await self._audit.write(connection, who, "qa.answer", str(evaluation_id), {"verdict": verdict.value})
        if row.agent_id is not None:
            self._scoring.tell(row.agent_id, {"id": evaluation_id, "what": "answered"})
        return await self._scoring.detail(who, evaluation_id)

    # -- coaching

    async def coach(
        self, who: Session, evaluation_id: int, question: str, text: str, due: date | None
    ) -> list[CoachingJson]:
        """Something to work on. Raises NotFound, Forbidden, BadInput."""
        row = await self._theirs(who, evaluation_id, "coach")
        if row.agent_id is None:
            raise NotFound("There is no such score.", code="no_such_evaluation")
        clean = checked_text(text, "text")
        async with self._db.transaction() as connection:
            number = await store.coach(connection, evaluation_id, row.agent_id, question, clean, due, who.user_id)
            await self._audit.write(connection, who, "qa.coach", str(evaluation_id), {"question": question})
        self._scoring.tell(row.agent_id, {"id": evaluation_id, "what": "coaching"})
        return await store.coaching(self._db, None, Sight(), self._people.name_of, number)

    async def coaching(self, who: Session) -> list[CoachingJson]:
        """Of those within one's scope, or one's own. Raises Unavailable."""
        names = self._people.name_of
        if who.roles & GRADERS:
            return await store.coaching(self._db, None, sight_of(self._people, who.scope), names)
        return await store.coaching(self._db, who.user_id, Sight(), names)

    async def coached(self, who: Session, number: int) -> list[CoachingJson]:
        """It is done: said by the agent or by who runs him. Raises NotFound."""
        found = await store.coaching(self._db, None, Sight(), self._people.name_of, number)
        sees = bool(found) and (
            found[0].agent_id == who.user_id
            or (bool(who.roles & GRADERS) and self._people.sees_user(who.scope, found[0].agent_id))
        )
        if not sees:
            raise NotFound("There is no such coaching.", code="no_such_coaching")
        async with self._db.transaction() as connection:
            await store.coached(connection, number, who.user_id)
            await self._audit.write(connection, who, "qa.coached", str(number), {})
        return await store.coaching(self._db, None, Sight(), self._people.name_of, number)

    # -- library

    async def propose(self, who: Session, evaluation_id: int, title: str) -> EvaluationDetail:
        """Ask the agent whether an excellent call may be shown to others. Raises NotFound, Forbidden, Conflict."""
        row = await self._theirs(who, evaluation_id, "library")
        async with self._db.transaction() as connection:
            if not await store.propose(connection, evaluation_id, checked_text(title, "title", most=200), who.user_id):
                raise Conflict("The agent was asked already.", code="qa_in_library")
            await self._audit.write(connection, who, "qa.library", str(evaluation_id), {})
        if row.agent_id is not None:
            self._scoring.tell(row.agent_id, {"id": evaluation_id, "what": "library"})
        return await self._scoring.detail(who, evaluation_id)

    async def consent(self, who: Session, evaluation_id: int, *, given: bool) -> EvaluationDetail:
        """The agent's word; he may take it back. Raises NotFound."""
        await self._own(who, evaluation_id)
        async with self._db.transaction() as connection:
            if not await store.consent(connection, evaluation_id, given):
                raise NotFound("Nobody has asked.", code="no_such_evaluation")
            await self._audit.write(connection, who, "qa.consent", str(evaluation_id), {"given": given})
        return await self._scoring.detail(who, evaluation_id)
