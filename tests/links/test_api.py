"""GET /pbx is for admins."""

from types import SimpleNamespace
from typing import Any

from cti_server.links import api
from tests.links.test_service import AT, Desk, desk  # noqa: F401 (a fixture)


async def test_an_admin_is_told_of_each_pbx(desk: Desk) -> None:  # noqa: F811
    (route,) = api.routes(desk.service)
    assert (route.method, route.path, route.roles) == ("GET", "/pbx", frozenset({"admin"}))
    page: Any = await route.handler(SimpleNamespace())  # type: ignore[arg-type]
    (told,) = page.items
    assert (told.pbx, told.host, told.port, told.up) == ("main", "127.0.0.1", 5038, False)
    assert (told.since, told.reconnects, told.faults) == (AT, 0, 0)
