"""Addresses of callbacks."""

from typing import Annotated, Any

from msgspec import Meta

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Handler, Page, Reach, Route
from cti_server.routing.callbacks.model import OPEN, CallbackJson, Rule, State
from cti_server.routing.callbacks.service import Callbacks

_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
_CHIEFS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern="^[^\x00]*$")]


class CallbackQuery(Body, frozen=True):
    """Which callbacks; the open ones when no state is named."""

    state: State | None = None
    queue: Name | None = None
    cursor: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class DueBody(Body, frozen=True):
    """When; null: as soon as it is his turn. Unix seconds."""

    due_at: float | None


class CancelBody(Body, frozen=True):
    """Why nobody is to call."""

    reason: Annotated[str, Meta(max_length=200)]


class RuleBody(Body, frozen=True):
    """How callbacks of a queue are tried; see `Rule`."""

    tries: int
    gap_seconds: int
    expire_seconds: int
    calendar: Annotated[str, Meta(max_length=64, pattern="^[^\x00]*$")] = ""


def routes(service: Callbacks) -> list[Route]:
    """GET /callbacks, POST /callbacks/{id}/claim, release, call-back, reschedule, cancel; rules by queue."""

    async def listing(request: ApiRequest) -> Page[CallbackJson]:
        query: CallbackQuery = request.query
        states = [one.value for one in (OPEN if query.state is None else (query.state,))]
        items, more = await service.page(request.who, states, query.queue, query.cursor, query.limit)
        return Page(items, None if more is None else str(more))

    async def claim(request: ApiRequest) -> CallbackJson:
        return await service.claim(request.who, request.path["id"])

    async def call_back(request: ApiRequest) -> CallbackJson:
        return await service.claim(request.who, request.path["id"], called=True)

    async def release(request: ApiRequest) -> CallbackJson:
        return await service.release(request.who, request.path["id"])

    async def reschedule(request: ApiRequest) -> CallbackJson:
        return await service.reschedule(request.who, request.path["id"], request.body.due_at)

    async def cancel(request: ApiRequest) -> CallbackJson:
        return await service.cancel(request.who, request.path["id"], request.body.reason)

    async def rules(request: ApiRequest) -> Page[Rule]:
        return Page(service.rules(request.who))

    async def put_rule(request: ApiRequest) -> Rule:
        body: RuleBody = request.body
        rule = Rule(request.path["queue"], body.tries, body.gap_seconds, body.expire_seconds, body.calendar)
        return await service.put_rule(request.who, rule)

    def command(name: str, handler: Handler, summary: str, **more: Any) -> Route:
        more |= {"response": CallbackJson, "reach": Reach.THING}
        return Route("POST", f"/callbacks/{{id:int}}/{name}", handler, roles=_WORKERS, summary=summary, **more)

    return [
        Route(
            "GET",
            "/callbacks",
            listing,
            roles=_WORKERS,
            summary="Callers who kept their place, newest first; agents see those of their queues.",
            query=CallbackQuery,
            response=Page[CallbackJson],
            reach=Reach.LIST,
        ),
        command("claim", claim, "Take it on oneself: the server does not call."),
        command("call-back", call_back, "Take it and count a try, before the number is rung."),
        command("release", release, "Give it back to the line."),
        command("reschedule", reschedule, "Another moment, or as soon as it is his turn.", request=DueBody),
        command("cancel", cancel, "Nobody is to call, for a reason.", request=CancelBody),
        Route(
            "GET", "/callback-rules", rules, _CHIEFS, "How callbacks of each queue are tried.", response=Page[Rule],
            reach=Reach.LIST,
        ),
        Route("PUT", "/callback-rules/{queue}", put_rule, _ADMIN, "Change it.", RuleBody, Rule),
    ]  # fmt: skip
