"""The addresses of one's own keys."""

from typing import Any, cast

import pytest

from cti_server.core.shortcuts.api import KeysBody, routes
from cti_server.core.shortcuts.service import Shortcuts
from cti_server.core.web.routes import ApiRequest
from cti_server.core.web.shapes import check_strict
from tests.calls.made import session


class Service:
    async def of(self, user_id: int) -> Any:
        return ("of", user_id)

    async def save(self, user_id: int, keys: Any) -> Any:
        return ("save", user_id, keys)

    async def forget(self, user_id: int) -> Any:
        return ("forget", user_id)


@pytest.mark.parametrize(
    ("method", "answer"), [("GET", ("of", 3)), ("PUT", ("save", 3, {"a": "H"})), ("DELETE", ("forget", 3))]
)
async def test_only_ones_own(method: str, answer: Any) -> None:
    route = next(one for one in routes(cast("Shortcuts", Service())) if one.method == method)
    assert (route.path, route.roles) == ("/me/shortcuts", None)
    assert (
        await route.handler(ApiRequest(session("qa", user_id=3), None, KeysBody({"a": "H"}), None, {}, "en", "", "r"))
        == answer
    )
    if route.request is not None:
        check_strict(route.request)
