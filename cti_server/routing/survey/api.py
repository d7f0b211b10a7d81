"""Addresses of surveys and of what came of them."""

from typing import Annotated, Literal

from msgspec import Meta, field

from cti_server.core.auth.model import Role
from cti_server.core.clock import Clock
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.routing.survey.model import AnswerJson, ResultJson, SurveyBody, SurveyJson
from cti_server.routing.survey.service import Surveys

_ADMIN = frozenset({Role.ADMIN})
_READERS = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})
Moment = Annotated[float, Meta(ge=0, le=1e11)]


class PutBody(Body, frozen=True):
    """`revision` of the one that was changed, 0 for a new one."""

    survey: SurveyBody
    revision: Annotated[int, Meta(ge=0, le=2**31 - 2)] = 0


class ResultsQuery(Body, frozen=True):
    """Of which time (unix seconds; the last 30 days), by what, of which survey."""

    since: Moment | None = field(default=None, name="from")
    until: Moment | None = field(default=None, name="to")
    by: Literal["survey", "queue", "agent"] = "queue"
    survey: Annotated[str, Meta(max_length=32)] | None = None


def routes(service: Surveys, clock: Clock) -> list[Route]:
    """GET /surveys, PUT /surveys/{key}, GET /survey-results, GET /calls/{id}/survey."""

    async def listing(request: ApiRequest) -> Page[SurveyJson]:
        return Page(await service.listing())

    async def put(request: ApiRequest) -> SurveyJson:
        return await service.put(request.who, request.path["key"], request.body.survey, request.body.revision)

    async def results(request: ApiRequest) -> Page[ResultJson]:
        query: ResultsQuery = request.query
        until = query.until if query.until is not None else clock.now() + 1.0
        since = query.since if query.since is not None else until - 30 * 86_400.0
        return Page(await service.results(request.who, since, until, query.by, query.survey))

    async def of_call(request: ApiRequest) -> Page[AnswerJson]:
        return Page(await service.of_call(request.who, request.path["id"]))

    return [
        Route("GET", "/surveys", listing, _ADMIN, "All surveys.", response=Page[SurveyJson]),
        Route("PUT", "/surveys/{key}", put, _ADMIN, "Make or change a survey.", PutBody, SurveyJson),
        Route(
            "GET",
            "/survey-results",
            results,
            roles=_READERS,
            summary="CSAT and NPS by survey, queue or agent.",
            query=ResultsQuery,
            response=Page[ResultJson],
            reach=Reach.LIST,
        ),
        Route(
            "GET",
            "/calls/{id}/survey",
            of_call,
            roles=_READERS,
            summary="What the caller answered after a call.",
            response=Page[AnswerJson],
            reach=Reach.THING,
        ),
    ]
