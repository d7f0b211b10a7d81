"""Addresses of flows' figures."""

from typing import Annotated, Any

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.clock import Clock
from cti_server.core.web.routes import ApiRequest, Body, Reach, Route
from cti_server.routing.figures.model import FiguresJson
from cti_server.routing.figures.service import FlowFigures

_READERS = frozenset({Role.ADMIN, Role.SUPERVISOR})
Moment = Annotated[float, msgspec.Meta(ge=0, lt=1e10)]


class FiguresQuery(Body, frozen=True):
    """Unix seconds; the last 24 hours when absent. All versions when none is named."""

    since: Moment | None = None
    until: Moment | None = None
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


def routes(figures: FlowFigures, clock: Clock) -> list[Route]:
    """GET /flows/{key}/figures, GET /flows/figures/path/{call}."""

    async def of_flow(request: ApiRequest) -> FiguresJson:
        query: FiguresQuery = request.query
        until = clock.now() if query.until is None else query.until
        since = until - 86400 if query.since is None else query.since
        return await figures.of_flow(request.path["key"], query.version, since, until)

    async def path(request: ApiRequest) -> list[dict[str, Any]]:
        pbx, _, linkedid = str(request.path["call"]).partition(":")
        return await figures.path(pbx, linkedid)

    return [
        Route("GET", "/flows/{key}/figures", of_flow, roles=_READERS, reach=Reach.SITE,
              summary="What callers did in a flow.", query=FiguresQuery, response=FiguresJson),
        Route("GET", "/flows/figures/path/{call}", path, roles=_READERS, reach=Reach.SITE,
              response=list[dict[str, Any]], summary="The nodes that a call (pbx:linkedid) passed."),
    ]  # fmt: skip
