"""Asks callers after the call, keeps what they answer, and says how satisfied they are."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec
import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError
from cti_server.core.tasks import Tasks
from cti_server.routing.flows.acts import Question
from cti_server.routing.survey import store
from cti_server.routing.survey.model import (
    AnswerJson,
    Calls,
    Live,
    People,
    ResultJson,
    Speaker,
    SurveyBody,
    SurveyJson,
    added,
    checked,
    checked_key,
    is_asked,
    question_of,
    result,
    served_by,
    value_of,
)

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

ANSWER: Final = "survey_answer"
SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    ANSWER: store.write_answers
}
REREAD: Final = 30.0
RETRY: Final = 2.0


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""


class Surveys:
    """Surveys are in memory, so that no caller waits for the database. `within(scope)`: agents, None for all."""

    def __init__(
        self,
        *,
        live: Live,
        people: People,
        calls: Calls,
        within: Callable[[Scope], list[int]],
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._live = live
        self._people = people
        self._calls = calls
        self._within = within
        self._journal = journal
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._surveys: dict[str, SurveyJson] = {}
        self.speaker: Speaker | None = None
        """Makes the texts of questions into speech when they are saved; set by who joins the rooms."""

    def start(self) -> None:
        """Begin to follow the surveys."""
        self._tasks.start("surveys", self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                await self.reread()
                await asyncio.sleep(REREAD)
            except CtiError as fault:
                log.warning("surveys_not_read", reason=fault.code, again_in=RETRY)
                await asyncio.sleep(RETRY)

    async def reread(self) -> None:
        """Read all of them. Raises Unavailable."""
        self._surveys = {row["key"]: self._json(row) for row in await store.surveys(self._db)}

    def known(self) -> frozenset[str]:
        """What flows may name."""
        return frozenset(self._surveys)

    def _json(self, row: Any) -> SurveyJson:
        body = {
            "title": row["title"],
            "share": row["share"],
            "active": row["active"],
            "queues": json.loads(row["queues"]),
            "questions": json.loads(row["questions"]),
        }
        by = row["changed_by"]
        name = self._people.name_of(by) if by is not None else ""
        return SurveyJson(row["key"], msgspec.convert(body, SurveyBody), row["revision"], name, row["changed_at"])

    # -- what flows ask

    async def question(self, survey: str, asked: int, key: str, call: str, language: str) -> Question | None:
        """Keep the answer `key` to the question before, and give the next; None when it is over."""
        found = self._surveys.get(survey)
        if found is None or not found.survey.active:
            return None
        questions = found.survey.questions
        queue, device = served_by(self._live.calls.get(call))
        if asked == 0 and not is_asked(found.survey, queue, call):
            return None
        if 0 < asked <= len(questions):
            self._keep(found, asked - 1, call, queue, device, language, key)
        if asked >= len(questions):
            return None
        self._keep(found, asked, call, queue, device, language, "")
        return question_of(questions[asked], language)

    def _keep(
        self,
        survey: SurveyJson,
        number: int,
        call: str,
        queue: str | None,
        device: str | None,
        language: str,
        keys: str,
    ) -> None:
        asked = survey.survey.questions[number]
        pbx, _, linkedid = call.partition(":")
        self._journal.append(
            ANSWER,
            {
                "pbx": pbx,
                "linkedid": linkedid,
                "survey": survey.key,
                "question": number,
                "kind": asked.kind,
                "label": asked.label,
                "queue": queue,
                "user_id": self._people.user_of(pbx, device) if device else None,
                "language": language,
                "at": self._clock.now(),
                "value": value_of(asked.kind, keys),
            },
        )

    # -- what people do

    async def listing(self) -> list[SurveyJson]:
        """All surveys. Raises Unavailable."""
        await self.reread()
        return list(self._surveys.values())

    async def put(self, who: Session, key: str, survey: SurveyBody, before: int) -> SurveyJson:
        """Make a survey (`before` 0) or change the one that was seen; one that is asked is spoken first.

        Raises BadInput, Conflict (survey_changed), Unavailable, and what the speaker raises.
        """
        checked_key(key)
        checked(survey)
        if survey.active and self.speaker is not None:
            await self.speaker.prepare(survey)  # before the row is held: that takes seconds
        plain = msgspec.to_builtins(survey)
        async with self._db.transaction() as connection:
            made = await store.put(
                connection, key, survey.title, survey.share, json.dumps(plain["queues"]),
                json.dumps(plain["questions"], ensure_ascii=False), survey.active, who.user_id, before,
            )  # fmt: skip
            if not made:
                raise Conflict("Somebody else has changed this survey meanwhile.", code="survey_changed")
            await self._audit.write(connection, who, "survey.put", key, {"title": survey.title, "share": survey.share})
        await self.reread()
        return self._surveys[key]

    async def of_call(self, who: Session, name: str) -> list[AnswerJson]:
        """What the caller of a call that `who` may see answered. Raises NotFound, Unavailable."""
        detail = await self._calls.detail(who, name)
        pbx, _, linkedid = detail.call.call_id.partition(":")
        rows = await store.of_call(self._db, pbx, linkedid)
        return [AnswerJson(**dict(row), agent_name=self._name(row["user_id"])) for row in rows]

    async def results(
        self, who: Session, since: float, until: float, by: Literal["survey", "queue", "agent"], survey: str | None
    ) -> list[ResultJson]:
        """CSAT and NPS of a time, within his scope. Raises Unavailable."""
        users = self._within(who.scope) if who.scope.teams else None
        rows = await store.sums(self._db, since, until, survey, users, who.scope)
        calls = await store.handled(self._db, since, until, by, users, who.scope)
        return [
            result(one, self._name(one.user_id), calls.get((one.queue, one.user_id), 0)) for one in added(rows, by=by)
        ]

    def _name(self, user_id: int | None) -> str:
        return self._people.name_of(user_id) if user_id is not None else ""
