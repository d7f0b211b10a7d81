"""Addresses of the list of lost calls."""

from typing import Annotated, Any

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Handler, Page, Reach, Route
from cti_server.queues.lost.model import WORK, LostJson, State
from cti_server.queues.lost.service import LostCalls

# Whether agents may is a setting; the service asks it.
_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})

Reason = Annotated[str, msgspec.Meta(max_length=200)]


class LostQuery(Body, frozen=True):
    """Which items; those that are to be done when no state is named."""

    state: State | None = None
    queue: Annotated[str, msgspec.Meta(max_length=100, pattern="^[^\x00]*$")] | None = None
    cursor: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class DoneBody(Body, frozen=True):
    """What came of it, if there is something to say."""

    note: Reason = ""


class DismissBody(Body, frozen=True):
    """Why nothing is to be done."""

    reason: Reason


def routes(service: LostCalls) -> list[Route]:
    """GET /lost-calls, POST /lost-calls/{id}/claim, release, call-back, done, dismiss, undo."""

    async def listing(request: ApiRequest) -> Page[LostJson]:
        query: LostQuery = request.query
        states = [state.value for state in (WORK if query.state is None else (query.state,))]
        items, more = await service.page(request.who, states, query.queue, query.cursor, query.limit)
        return Page(items, None if more is None else str(more))

    async def claim(request: ApiRequest) -> LostJson:
        return await service.claim(request.who, request.path["id"])

    async def release(request: ApiRequest) -> LostJson:
        return await service.release(request.who, request.path["id"])

    async def call_back(request: ApiRequest) -> LostJson:
        return await service.call_back(request.who, request.path["id"])

    async def done(request: ApiRequest) -> LostJson:
        return await service.done(request.who, request.path["id"], request.body.note)

    async def dismiss(request: ApiRequest) -> LostJson:
        return await service.dismiss(request.who, request.path["id"], request.body.reason)

    async def undo(request: ApiRequest) -> LostJson:
        return await service.undo(request.who, request.path["id"])

    def command(name: str, handler: Handler, summary: str, **more: Any) -> Route:
        path = f"/lost-calls/{{id:int}}/{name}"
        more |= {"response": LostJson, "reach": Reach.THING}
        return Route("POST", path, handler, roles=_WORKERS, summary=summary, **more)

    return [
        Route(
            "GET",
            "/lost-calls",
            listing,
            roles=_WORKERS,
            summary="Callers who reached nobody, newest first; agents where the setting lets them.",
            query=LostQuery,
            response=Page[LostJson],
            reach=Reach.LIST,
        ),
        command("claim", claim, "Take it on oneself."),
        command("release", release, "Give it back, for others to take."),
        command("call-back", call_back, "Take it and count an attempt, before the number is rung."),
        command("done", done, "It is dealt with.", request=DoneBody),
        command("dismiss", dismiss, "Nothing is to be done, for a reason.", request=DismissBody),
        command("undo", undo, "Take back done or dismissed, within a minute."),
    ]
