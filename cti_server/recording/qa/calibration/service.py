"""Calibrations: invite, score unseen, close, compare."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.errors import BadInput, Conflict, Forbidden, NotFound
from cti_server.recording.qa.calibration import store
from cti_server.recording.qa.calibration.model import CalibrationJson, ComparisonJson, Judgement, compare
from cti_server.recording.qa.forms.service import Forms
from cti_server.recording.qa.model import EDITORS, RECORDING, Kinds, People, checked_text
from cti_server.recording.qa.scoring.model import EvaluationDetail, State
from cti_server.recording.qa.scoring.service import Scoring

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

MOST_GRADERS = 50


class Calibrations:
    """Nobody sees another's score before it is closed, also its maker."""

    def __init__(
        self, db: "Database", audit: AuditLog, forms: Forms, scoring: Scoring, kinds: Kinds, people: People
    ) -> None:
        self._db = db
        self._audit = audit
        self._forms = forms
        self._scoring = scoring
        self._kinds = kinds
        self._people = people

    async def every(self, who: Session) -> list[CalibrationJson]:
        """Those to which one is invited; QA and admins: all. Raises Unavailable."""
        rows = await store.every(self._db, who.user_id)
        return [self._json(row) for row in rows if who.roles & EDITORS or who.user_id in row["graders"]]

    async def graders(self) -> list[tuple[int, str]]:
        """Who may be invited. Raises Unavailable."""
        return await store.people(self._db)

    def _json(self, row: dict[str, Any]) -> CalibrationJson:
        kept = ("version_id", "subject_kind", "subject_id", "agent_id")
        plain = {key: value for key, value in row.items() if key not in kept}
        names = tuple(self._people.name_of(user_id) for user_id in row["graders"])
        return CalibrationJson(
            **{**plain, "graders": tuple(row["graders"]), "done": tuple(row["done"]), "names": names}
        )

    async def _one(self, who: Session, calibration_id: int) -> dict[str, Any]:
        row = await store.one(self._db, who.user_id, calibration_id)
        if row is None or not (who.roles & EDITORS or who.user_id in row["graders"]):
            raise NotFound("There is no such calibration.", code="no_such_calibration")
        return row

    async def add(
        self, who: Session, title: str, subject_id: str, form_id: int, graders: Sequence[int], master: int
    ) -> CalibrationJson:
        """Invite graders to one call. Raises BadInput, NotFound, Conflict, Unavailable."""
        invited = sorted({*graders, master})
        known = {user_id for user_id, _ in await self.graders()}
        if not 2 <= len(invited) <= MOST_GRADERS or not known.issuperset(invited):
            raise BadInput("Choose who scores.", field="graders", allowed=f"2 to {MOST_GRADERS} graders")
        subject = await self._kinds.of(RECORDING).subject(who, subject_id)
        agent = subject.agents[-1]
        if agent in invited:
            raise Forbidden("Nobody scores a call of his own.", code="qa_own_call")
        version = await self._forms.newest(form_id)
        clean = checked_text(title, "title", most=200)
        async with self._db.transaction() as connection:
            number = await store.add(connection, clean, version["id"], subject, agent, master, invited, who.user_id)
            told = {"graders": invited, "master": master, "subject": subject_id}
            await self._audit.write(connection, who, "qa.calibrate", str(number), told)
        return self._json(await self._one(who, number))

    async def score(self, who: Session, calibration_id: int) -> EvaluationDetail:
        """One's own score. Raises NotFound, Forbidden (qa_not_invited), Conflict (calibration_closed)."""
        row = await self._one(who, calibration_id)
        if who.user_id not in row["graders"]:
            raise Forbidden("You are not invited to this.", code="qa_not_invited")
        if row["state"] != "open":
            raise Conflict("This calibration is closed.", code="calibration_closed")
        return await self._scoring.calibrate(who, row)

    async def close(self, who: Session, calibration_id: int) -> CalibrationJson:
        """End it; from now on its scores are compared. Raises NotFound, Conflict (calibration_empty)."""
        row = await self._one(who, calibration_id)
        if len(row["done"]) < 2:
            raise Conflict("At least two must have scored.", code="calibration_empty")
        async with self._db.transaction() as connection:
            await store.close(connection, calibration_id)
            await self._audit.write(connection, who, "qa.calibrated", str(calibration_id), {})
        return self._json(await self._one(who, calibration_id))

    async def comparison(self, who: Session, calibration_id: int) -> ComparisonJson:
        """All side by side. Raises NotFound, Conflict (calibration_open)."""
        row = await self._one(who, calibration_id)
        if row["state"] != "closed":
            raise Conflict("It is compared once it is closed.", code="calibration_open")
        form = (await self._forms.version(row["version_id"]))["document"]
        found = await self._scoring.of_calibration(calibration_id)
        judgements = [
            Judgement(one.grader_id or 0, one.grader_name, one.score, answers, one.comment)
            for one, answers in found
            if one.state != State.DRAFT
        ]
        # The master stands first, the others by name.
        judgements.sort(key=lambda one: (one.user_id != row["master_id"], one.name, one.user_id))
        return compare(form, judgements, row["master_id"])
