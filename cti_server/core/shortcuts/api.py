"""Addresses of one's own keys."""

from typing import Annotated

import msgspec

from cti_server.core.shortcuts.model import KeysJson
from cti_server.core.shortcuts.service import Shortcuts
from cti_server.core.web.routes import ApiRequest, Body, Route

Word = Annotated[str, msgspec.Meta(max_length=40)]


class KeysBody(Body, frozen=True):
    """All keys of the user by action; empty for none."""

    keys: Annotated[dict[Word, Word], msgspec.Meta(max_length=200)]


def routes(service: Shortcuts) -> list[Route]:
    """GET, PUT and DELETE /me/shortcuts."""

    async def show(request: ApiRequest) -> KeysJson:
        return await service.of(request.who.user_id)

    async def save(request: ApiRequest) -> KeysJson:
        return await service.save(request.who.user_id, request.body.keys)

    async def forget(request: ApiRequest) -> KeysJson:
        return await service.forget(request.who.user_id)

    path = "/me/shortcuts"
    return [
        Route("GET", path, show, summary="One's own keys.", response=KeysJson),
        Route("PUT", path, save, summary="Choose one's keys; a clash is refused.", request=KeysBody, response=KeysJson),
        Route("DELETE", path, forget, summary="Back to the default keys.", response=KeysJson),
    ]
