"""Scoring while one listens in: begun on the call, bound to its recording when that is filed."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.recording.qa.forms.service import Forms
from cti_server.recording.qa.live import store
from cti_server.recording.qa.live.model import Bindable, Listening, bound_answers
from cti_server.recording.qa.model import CALL, Playing, Subject
from cti_server.recording.qa.scoring.model import EvaluationDetail, State
from cti_server.recording.qa.scoring.service import DAY, Scoring
from cti_server.recording.qa.subjects import measured

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

log = structlog.get_logger(__name__)

SOON: Final = 1.0
"""Seconds between two looks for the recording of a call that was scored lately."""
LATER: Final = 30.0
LATELY: Final = 7200.0
BINDER: Final = Operator(login="(filing)")


class CallsHeard:
    """`Subjects`: calls that go on, for whoever listens to them."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening

    async def subject(self, who: Session, subject_id: str) -> Subject:
        """The call that `who` listens to. Raises NotFound."""
        heard = self._listening.heard_by(who.user_id)
        if heard is None or heard.call_id != subject_id:
            raise NotFound("You do not listen to this call.", code="qa_not_listening")
        return Subject(CALL, heard.call_id, (heard.agent_id,), heard.queue, heard.began, None)

    def going_on(self, subject_id: str) -> bool:
        """Whether the call is not over."""
        return self._listening.goes_on(subject_id)

    async def shown(self, who: Session, subject_id: str, *, blind: bool) -> Any:
        """Raises NotFound (qa_not_filed): there is nothing to be drawn yet."""
        raise NotFound("The recording of this call is not filed yet.", code="qa_not_filed")

    async def listen(self, who: Session, subject_id: str) -> str:
        """Raises NotFound (qa_not_filed)."""
        raise NotFound("The recording of this call is not filed yet.", code="qa_not_filed")

    async def sound(self, who: Session, subject_id: str, key: str) -> Playing:
        """Raises NotFound (qa_not_filed)."""
        raise NotFound("The recording of this call is not filed yet.", code="qa_not_filed")

    def lends(self, who: Session) -> bool:
        """Nothing is lent of a call that is not filed."""
        return False

    async def lent(self, who: Session, subject_id: str) -> Any:
        """Raises NotFound (qa_not_filed)."""
        raise NotFound("The recording of this call is not filed yet.", code="qa_not_filed")

    async def lend(self, who: Session, subject_id: str) -> str:
        """Raises NotFound (qa_not_filed)."""
        raise NotFound("The recording of this call is not filed yet.", code="qa_not_filed")


class LiveScores:
    """Begin on the call that one hears; `start()` once, so that recordings take their scores over."""

    def __init__(
        self, db: "Database", audit: AuditLog, forms: Forms, scoring: Scoring, listening: Listening, clock: Clock
    ) -> None:
        self._db = db
        self._audit = audit
        self._forms = forms
        self._scoring = scoring
        self._listening = listening
        self._clock = clock
        self._begun = asyncio.Event()

    async def begin(self, who: Session, form_id: int) -> EvaluationDetail:
        """A draft on the call that `who` listens to, or the one he has begun. Raises Conflict (qa_not_listening)."""
        heard = self._listening.heard_by(who.user_id)
        if heard is None:
            raise Conflict("You listen to no call now.", code="qa_not_listening")
        detail = await self._scoring.begin(who, CALL, heard.call_id, form_id, heard.agent_id)
        self._begun.set()
        return detail

    def start(self, tasks: Tasks) -> None:
        """Look for recordings as long as there are scores that wait for one."""
        tasks.start("qa-live", self._keep_binding())

    async def _keep_binding(self) -> None:
        while True:
            self._begun.clear()
            try:
                wait = await self.bind_filed()
            except CtiError as fault:
                log.warning("qa_live_not_bound", reason=fault.code)
                wait = LATER
            try:
                async with asyncio.timeout(wait):
                    await self._begun.wait()
            except TimeoutError:
                continue

    async def bind_filed(self) -> float | None:
        """Bind what can be bound; seconds until the next look, None: not before another begins. Raises Unavailable."""
        now = self._clock.now()
        youngest = await store.youngest(self._db, now - DAY)
        if youngest is None:
            return None
        for one in await store.bindable(self._db, now - DAY):
            await self._bind(one)
        return SOON if now - youngest < LATELY else LATER

    async def _bind(self, one: Bindable) -> None:
        answers = one.answers
        if one.state == State.DRAFT:
            form = (await self._forms.version(one.version_id))["document"]
            answers = bound_answers(form, answers, measured(one.figures), one.started_at - one.began)
        async with self._db.transaction() as connection:
            if not await store.bind(connection, one, answers):
                return
            await self._audit.write(connection, BINDER, "qa.bind", str(one.id), {"recording": one.recording_id})
        self._scoring.tell(one.grader_id, {"id": one.id, "what": "bound"})
