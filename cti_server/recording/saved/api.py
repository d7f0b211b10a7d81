"""Addresses of kept searches."""

from typing import Annotated, Any, Final

from msgspec import Meta, field

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.recording.saved.model import SavedJson
from cti_server.recording.saved.service import SavedSearches

_HEAR: Final = frozenset({Role.AGENT, Role.SUPERVISOR, Role.QA, Role.ADMIN})
Line = Annotated[str, Meta(max_length=100)]
Filters = Annotated[dict[str, str], Meta(max_length=20)]


class SaveBody(Body, frozen=True):
    """A search to be kept: what was typed, by the names of the list's own query."""

    name: Line
    filters: Filters
    roles: list[Role] = field(default_factory=list)


class ChangeBody(Body, frozen=True):
    """What is to change."""

    name: Line | None = None
    filters: Filters | None = None
    roles: list[Role] | None = None


def routes(service: SavedSearches) -> list[Route]:
    """/recordings/searches…"""

    async def listing(request: ApiRequest) -> Page[SavedJson]:
        return Page(await service.listing(request.who))

    async def show(request: ApiRequest) -> SavedJson:
        return await service.show(request.who, request.path["id"])

    async def add(request: ApiRequest) -> SavedJson:
        return await service.add(request.who, request.body.name, request.body.filters, request.body.roles)

    async def change(request: ApiRequest) -> SavedJson:
        body = request.body
        return await service.change(request.who, request.path["id"], body.name, body.filters, body.roles)

    async def remove(request: ApiRequest) -> None:
        await service.remove(request.who, request.path["id"])

    at, own = "/recordings/searches", "/recordings/searches/{id:int}"
    reach: dict[str, Any] = {"reach": Reach.OWN}
    return [
        Route("GET", at, listing, _HEAR, "Kept searches: one's own and shared ones.", None, Page[SavedJson], **reach),
        Route("POST", at, add, _HEAR, "Keep a search, perhaps for a role.", SaveBody, SavedJson, **reach),
        Route("GET", own, show, _HEAR, "One kept search.", None, SavedJson, **reach),
        Route("PATCH", own, change, _HEAR, "Rename, replace or share one's own.", ChangeBody, SavedJson, **reach),
        Route("DELETE", own, remove, _HEAR, "Remove one's own.", **reach),
    ]
