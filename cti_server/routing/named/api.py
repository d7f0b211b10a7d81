"""Addresses of calendars, emergency switches and lists of callers."""

from typing import Annotated, Any

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Handler, Reach, Route
from cti_server.routing.named.model import Kind, ListedJson, NamedJson
from cti_server.routing.named.service import NamedThings

_ADMINS = frozenset({Role.ADMIN})
_CHIEFS = frozenset({Role.ADMIN, Role.SUPERVISOR})
PLACES = {Kind.CALENDAR: "flow-calendars", Kind.SWITCH: "flow-switches", Kind.LIST: "caller-lists"}

Label = Annotated[str, msgspec.Meta(max_length=100)]


class PutBody(Body, frozen=True):
    """`revision` null makes it; else it is the one that was seen."""

    label: Label = ""
    value: dict[str, Any] = msgspec.field(default_factory=dict)
    revision: Annotated[int, msgspec.Meta(ge=1)] | None = None


class TurnBody(Body, frozen=True):
    """On or off."""

    on: bool


class EntryBody(Body, frozen=True):
    """A number; `expires_at` unix seconds, null: for good."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""
    expires_at: Annotated[float, msgspec.Meta(gt=0, lt=1e10)] | None = None


def routes(named: NamedThings) -> list[Route]:
    """GET, PUT, DELETE below /flow-calendars, /flow-switches, /caller-lists."""
    return [*[route for kind in Kind for route in _kept(named, kind)], *_turned(named), *_listed(named)]


def _kept(named: NamedThings, kind: Kind) -> list[Route]:
    async def listing(request: ApiRequest) -> list[NamedJson]:
        return await named.listing(kind)

    async def put(request: ApiRequest) -> list[NamedJson]:
        body: PutBody = request.body
        return await named.put(request.who, kind, request.path["name"], body.label, body.value, body.revision)

    async def remove(request: ApiRequest) -> None:
        await named.remove(request.who, kind, request.path["name"])

    place = PLACES[kind]
    return [
        Route("GET", f"/{place}", listing, roles=_CHIEFS, reach=Reach.SITE, summary=f"Every {kind}.",
              response=list[NamedJson]),
        Route("PUT", f"/{place}/{{name}}", put, roles=_ADMINS, summary=f"Make or change a {kind}.", request=PutBody,
              response=list[NamedJson]),
        Route("DELETE", f"/{place}/{{name}}", remove, roles=_ADMINS, summary=f"Forget a {kind}."),
    ]  # fmt: skip


def _turned(named: NamedThings) -> list[Route]:
    async def turn(request: ApiRequest) -> list[NamedJson]:
        return await named.turn(request.who, request.path["name"], request.body.on)

    return [
        Route("POST", "/flow-switches/{name}/turn", turn, roles=_CHIEFS, reach=Reach.SITE,
              summary="Turn an emergency switch.", request=TurnBody, response=list[NamedJson]),
    ]  # fmt: skip


def _listed(named: NamedThings) -> list[Route]:
    async def entries(request: ApiRequest) -> list[ListedJson]:
        return await named.entries(request.path["name"])

    async def enter(request: ApiRequest) -> list[ListedJson]:
        body: EntryBody = request.body
        return await named.enter(request.who, request.path["name"], body.number, body.note, body.expires_at)

    async def strike(request: ApiRequest) -> None:
        await named.strike(request.who, request.path["name"], request.path["number"])

    def route(method: str, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        return Route(
            method, f"/caller-lists/{{name}}/{path}", handler, roles=_CHIEFS, reach=Reach.SITE, summary=summary, **more
        )

    return [
        route("GET", "entries", entries, "The numbers on a list.", response=list[ListedJson]),
        route("POST", "entries", enter, "Put a number on a list.", request=EntryBody, response=list[ListedJson]),
        route("DELETE", "entries/{number}", strike, "Take a number off a list."),
    ]
