"""Addresses for erasing a person; for admins alone."""

from typing import Annotated, Final

from msgspec import Meta

from cti_server.business.erasure.model import ErasureJson, PreviewJson
from cti_server.business.erasure.service import Erasures
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reply, Route

_ADMIN: Final = frozenset({Role.ADMIN})
Line = Annotated[str, Meta(max_length=200)]


class WhomBody(Body, frozen=True):
    """Who: a customer, or a number that calls."""

    customer_id: int | None = None
    number: Line | None = None


class EraseBody(Body, frozen=True):
    """Who, why, and typed once more as the preview shows him."""

    why: Annotated[str, Meta(max_length=500)]
    confirm: Line
    customer_id: int | None = None
    number: Line | None = None


class ErasuresQuery(Body, frozen=True):
    """Which of them."""

    cursor: int | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


def routes(service: Erasures) -> list[Route]:
    """/erasures…"""

    async def preview(request: ApiRequest) -> PreviewJson:
        return await service.preview(request.body.customer_id, request.body.number)

    async def begin(request: ApiRequest) -> Reply:
        body = request.body
        made = await service.begin(request.who, body.customer_id, body.number, why=body.why, confirm=body.confirm)
        return Reply(made, status=202)

    async def go_on(request: ApiRequest) -> ErasureJson:
        return await service.go_on(request.who, request.path["id"])

    async def page(request: ApiRequest) -> Page[ErasureJson]:
        rows, following = await service.page(request.query.cursor, request.query.limit)
        return Page(rows, None if following is None else str(following))

    async def show(request: ApiRequest) -> ErasureJson:
        return await service.show(request.path["id"])

    return [
        Route("POST", "/erasures/preview", preview, _ADMIN, "What an erasure would remove.", WhomBody, PreviewJson),
        Route(
            "POST", "/erasures", begin, _ADMIN, "Erase a person everywhere; goes on by itself.", EraseBody, ErasureJson
        ),
        Route(
            "GET", "/erasures", page, _ADMIN, "Erasures, the newest first.", None, Page[ErasureJson],
            query=ErasuresQuery,
        ),
        Route("GET", "/erasures/{id:int}", show, _ADMIN, "One with its progress and proof.", None, ErasureJson),
        Route("POST", "/erasures/{id:int}/go-on", go_on, _ADMIN, "Go on with one that was stopped.", None, ErasureJson),
    ]  # fmt: skip
