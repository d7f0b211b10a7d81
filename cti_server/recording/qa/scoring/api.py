"""Addresses of scoring."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from cti_server.core.web.media import Media
from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reach, Reply, Route
from cti_server.recording.model import RecordingDetail
from cti_server.recording.qa.forms.model import Answer
from cti_server.recording.qa.model import AGENTS, GRADERS
from cti_server.recording.qa.scoring.model import EvaluationDetail, EvaluationRow, State
from cti_server.recording.qa.scoring.service import Scoring

Text = Annotated[str, msgspec.Meta(max_length=100, pattern="^[^\x00]*$")]
Long = Annotated[str, msgspec.Meta(max_length=2000)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]
BOTH = GRADERS | AGENTS
_HEADER = (
    "id", "submitted_at", "agent", "team", "queue", "grader", "form", "version", "score", "recheck_score",
    "final_score", "failed", "state", "disputes", "subject_id", "subject_at", "seconds",
)  # fmt: skip


class BeginBody(Body, frozen=True):
    """What is scored on which form; `agent_id`: whose part, the last agent's when not named."""

    subject_id: Text
    form_id: Number
    kind: Text = "recording"
    agent_id: Number | None = None
    blind: bool = False


class AnswersBody(Body, frozen=True):
    """All answers by the keys of their questions; `version`: what they were made from."""

    answers: dict[str, Answer]
    version: int
    comment: Long = ""


class ReviseBody(Body, frozen=True):
    """All answers, and why they changed."""

    answers: dict[str, Answer]
    version: int
    reason: Long
    comment: Long = ""


class EvaluationQuery(Body, frozen=True):
    """Which evaluations. Times in unix seconds."""

    since: Seconds | None = msgspec.field(default=None, name="from")
    until: Seconds | None = msgspec.field(default=None, name="to")
    agent_id: Number | None = None
    grader_id: Number | None = None
    form_id: Number | None = None
    team: Text | None = None
    queue: Text | None = None
    question: Text | None = None
    state: State | None = None
    purpose: Literal["score", "recheck"] | None = None
    subject_id: Text | None = None
    cursor: Number | None = None
    limit: Limit = 50


class MineQuery(Body, frozen=True):
    """A stretch of one's own."""

    cursor: Number | None = None
    limit: Limit = 50


class KeyQuery(Body, frozen=True):
    """The key that `listen` gave."""

    key: Text


class SavedJson(msgspec.Struct, frozen=True):
    """A draft is kept: its version, and the score so far (0 to 100; None: nothing scored)."""

    version: int
    score: float | None


class UrlJson(msgspec.Struct, frozen=True):
    """Where the sound is, for this session alone."""

    url: str


def routes(scoring: Scoring, zone: ZoneInfo) -> list[Route]:
    """…/qa/evaluations…, GET /qa/mine."""
    return [*_lists(scoring, zone), *_one(scoring), *_sound(scoring)]


def _lists(scoring: Scoring, zone: ZoneInfo) -> list[Route]:
    async def listing(request: ApiRequest) -> Page[EvaluationRow] | Csv:
        query: EvaluationQuery = request.query
        wanted = {name: getattr(query, name) for name in query.__struct_fields__ if name not in ("cursor", "limit")}
        if request.wants_csv:
            return Csv("evaluations.csv", _HEADER, csv_rows(scoring.every(request.who, wanted), zone))
        items, more = await scoring.page(request.who, wanted, query.cursor, query.limit)
        return Page(items, None if more is None else str(more))

    async def mine(request: ApiRequest) -> Page[EvaluationRow]:
        items, more = await scoring.mine(request.who, request.query.cursor, request.query.limit)
        return Page(items, None if more is None else str(more))

    return [
        Route("GET", "/qa/evaluations", listing, GRADERS, "Scores, newest first.", query=EvaluationQuery,
              response=Page[EvaluationRow], csv=True, reach=Reach.LIST),
        Route("GET", "/qa/mine", mine, AGENTS, "One's own scores.", query=MineQuery, response=Page[EvaluationRow],
              reach=Reach.OWN),
    ]  # fmt: skip


def _one(scoring: Scoring) -> list[Route]:
    async def begin(request: ApiRequest) -> EvaluationDetail:
        body: BeginBody = request.body
        return await scoring.begin(
            request.who, body.kind, body.subject_id, body.form_id, body.agent_id, blind=body.blind
        )

    async def begin_task(request: ApiRequest) -> EvaluationDetail:
        return await scoring.begin_task(request.who, request.path["id"])

    async def show(request: ApiRequest) -> EvaluationDetail:
        return await scoring.detail(request.who, request.path["id"])

    async def save(request: ApiRequest) -> SavedJson:
        body: AnswersBody = request.body
        return SavedJson(*await scoring.save(request.who, request.path["id"], body.answers, body.comment, body.version))

    async def submit(request: ApiRequest) -> EvaluationDetail:
        body: AnswersBody = request.body
        return await scoring.submit(request.who, request.path["id"], body.answers, body.comment, body.version)

    async def revise(request: ApiRequest) -> EvaluationDetail:
        body: ReviseBody = request.body
        number, reason = request.path["id"], body.reason
        return await scoring.revise(request.who, number, body.answers, body.comment, body.version, reason)

    async def recheck(request: ApiRequest) -> EvaluationDetail:
        return await scoring.recheck(request.who, request.path["id"])

    async def discard(request: ApiRequest) -> None:
        await scoring.discard(request.who, request.path["id"])

    at = "/qa/evaluations/{id:int}"
    whole: dict[str, Any] = {"response": EvaluationDetail, "reach": Reach.THING}
    answers: dict[str, Any] = {"request": AnswersBody, "body_limit": 512 * 1024}
    return [
        Route("POST", "/qa/evaluations", begin, GRADERS, "Begin a score, or go on with it.", BeginBody, **whole),
        Route("POST", "/qa/tasks/{id:int}/score", begin_task, GRADERS, "Score a claimed task.", **whole),
        Route("GET", at, show, BOTH, "A score with its form, revisions and disputes; audited.", **whole),
        Route("PUT", f"{at}/answers", save, GRADERS, "Keep a draft.", **answers, response=SavedJson, reach=Reach.THING),
        Route("POST", f"{at}/submit", submit, GRADERS, "Lock it and tell the agent.", **answers, **whole),
        Route("POST", f"{at}/revise", revise, GRADERS, "Change it with a reason; the old one is kept.", ReviseBody,
              body_limit=512 * 1024, **whole),
        Route("POST", f"{at}/recheck", recheck, GRADERS, "Score it a second time, unseen.", **whole),
        Route("DELETE", at, discard, GRADERS, "Throw one's draft away.", reach=Reach.THING),
    ]  # fmt: skip


def _sound(scoring: Scoring) -> list[Route]:
    async def recording(request: ApiRequest) -> RecordingDetail:
        shown: RecordingDetail = await scoring.recording(request.who, request.path["id"])
        return shown

    async def listen(request: ApiRequest) -> UrlJson:
        key = await scoring.listen(request.who, request.path["id"])
        return UrlJson(f"/api/v1/qa/evaluations/{request.path['id']}/audio?key={key}")

    async def audio(request: ApiRequest) -> Reply:
        sound = await scoring.sound(request.who, request.path["id"], request.query.key)
        return Reply(Media(sound.size, "audio/mpeg", sound.read, "", sound.sha256))

    at, thing = "/qa/evaluations/{id:int}", Reach.THING
    return [
        Route("GET", f"{at}/recording", recording, BOTH, "What is scored, for the player; blind where the score is.",
              response=RecordingDetail, reach=thing),
        Route("POST", f"{at}/listen", listen, BOTH, "Where to hear it; audited.", response=UrlJson, reach=thing),
        Route("GET", f"{at}/audio", audio, BOTH, "The sound as MP3, by ranges.", query=KeyQuery, reach=thing),
    ]  # fmt: skip


async def csv_rows(rows: AsyncIterator[EvaluationRow], zone: ZoneInfo) -> AsyncIterator[list[Any]]:
    """One line of cells per evaluation, in the order of the header."""

    def moment(at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")

    async for one in rows:
        yield [
            one.id, moment(one.submitted_at), one.agent_name, one.team, one.queue, one.grader_name, one.form_name,
            one.form_version, one.score, one.recheck_score, one.final_score, "; ".join(one.failed), one.state,
            one.rounds,            one.subject_id, moment(one.subject_at), one.seconds,
        ]  # fmt: skip
