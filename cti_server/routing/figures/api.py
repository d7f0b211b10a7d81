"""Addresses of flows' figures."""

from typing import Annotated

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.clock import Clock
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.routing.figures.model import FiguresJson, StepJson
from cti_server.routing.figures.service import FlowFigures

_READERS = frozenset({Role.ADMIN, Role.SUPERVISOR})
Moment = Annotated[float, msgspec.Meta(ge=0, lt=1e10)]


class FiguresQuery(Body, frozen=True):
    """Unix seconds; the last 24 hours when absent. All versions when none is named."""

    since: Moment | None = None
    until: Moment | None = None
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


def routes(figures: FlowFigures, clock: Clock) -> list[Route]:
    """GET /flows/{key}/figures, GET /calls/{id}/flow."""

    async def of_flow(request: ApiRequest) -> FiguresJson:
        query: FiguresQuery = request.query
        until = clock.now() if query.until is None else query.until
        since = until - 86400 if query.since is None else query.since
        return await figures.of_flow(request.path["key"], query.version, since, until)

    async def of_call(request: ApiRequest) -> Page[StepJson]:
        return Page(await figures.of_call(request.who, request.path["id"]))

    return [
        Route("GET", "/flows/{key}/figures", of_flow, roles=_READERS, reach=Reach.SITE,
              summary="What callers did in a flow.", query=FiguresQuery, response=FiguresJson),
        Route("GET", "/calls/{id}/flow", of_call, reach=Reach.THING, response=Page[StepJson],
              summary="What the caller did in the menu: the nodes that a call passed, with their names."),
    ]  # fmt: skip
