"""Addresses of what follows a score."""

from datetime import date
from typing import Annotated, Any

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.recording.qa.disputes.model import CoachingJson, Verdict
from cti_server.recording.qa.disputes.service import Disputes
from cti_server.recording.qa.model import AGENTS, GRADERS
from cti_server.recording.qa.scoring.model import EvaluationDetail

Long = Annotated[str, msgspec.Meta(max_length=2000)]
Key = Annotated[str, msgspec.Meta(max_length=40, pattern="^[A-Za-z0-9_-]*$")]


class DisputeBody(Body, frozen=True):
    """Why, and on which question (empty: on the whole)."""

    text: Long
    question: Key = ""


class AnswerBody(Body, frozen=True):
    """How the round ends."""

    verdict: Verdict
    text: Long


class CoachBody(Body, frozen=True):
    """What to work on, out of which question, until when."""

    text: Long
    question: Key = ""
    due: date | None = None


class LibraryBody(Body, frozen=True):
    """What the call shows."""

    title: Annotated[str, msgspec.Meta(max_length=200)]


class ConsentBody(Body, frozen=True):
    """Whether others may hear it."""

    given: bool


def routes(disputes: Disputes) -> list[Route]:
    """POST /qa/evaluations/{id}/acknowledge, dispute, answer, coaching, library, consent; GET /qa/coaching."""

    async def acknowledge(request: ApiRequest) -> EvaluationDetail:
        return await disputes.acknowledge(request.who, request.path["id"])

    async def dispute(request: ApiRequest) -> EvaluationDetail:
        return await disputes.dispute(request.who, request.path["id"], request.body.text, request.body.question)

    async def answer(request: ApiRequest) -> EvaluationDetail:
        return await disputes.answer(request.who, request.path["id"], request.body.verdict, request.body.text)

    async def coach(request: ApiRequest) -> Page[CoachingJson]:
        body: CoachBody = request.body
        return Page(await disputes.coach(request.who, request.path["id"], body.question, body.text, body.due))

    async def coaching(request: ApiRequest) -> Page[CoachingJson]:
        return Page(await disputes.coaching(request.who))

    async def coached(request: ApiRequest) -> Page[CoachingJson]:
        return Page(await disputes.coached(request.who, request.path["id"]))

    async def propose(request: ApiRequest) -> EvaluationDetail:
        return await disputes.propose(request.who, request.path["id"], request.body.title)

    async def consent(request: ApiRequest) -> EvaluationDetail:
        return await disputes.consent(request.who, request.path["id"], given=request.body.given)

    at = "/qa/evaluations/{id:int}"
    whole: dict[str, Any] = {"response": EvaluationDetail, "reach": Reach.THING}
    tasks: dict[str, Any] = {"response": Page[CoachingJson], "reach": Reach.THING}
    return [
        Route("POST", f"{at}/acknowledge", acknowledge, AGENTS, "The agent accepts his score.", **whole),
        Route("POST", f"{at}/dispute", dispute, AGENTS, "The agent disputes his score.", DisputeBody, **whole),
        Route("POST", f"{at}/answer", answer, GRADERS, "Answer a dispute.", AnswerBody, **whole),
        Route("POST", f"{at}/coaching", coach, GRADERS, "Something for the agent to work on.", CoachBody, **tasks),
        Route("GET", "/qa/coaching", coaching, GRADERS | AGENTS, "Coaching, open first; agents their own.",
              response=Page[CoachingJson], reach=Reach.LIST),
        Route("POST", "/qa/coaching/{id:int}/done", coached, GRADERS | AGENTS, "It is done.", **tasks),
        Route("POST", f"{at}/library", propose, GRADERS, "Ask to show an excellent call.", LibraryBody, **whole),
        Route("POST", f"{at}/consent", consent, AGENTS, "Whether one's call may be shown.", ConsentBody, **whole),
    ]  # fmt: skip
