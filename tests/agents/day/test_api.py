"""The address of one's own day."""

from typing import Any, cast

from cti_server.agents.day.api import routes
from cti_server.agents.day.service import DayService
from cti_server.core.web.routes import ApiRequest
from tests.calls.made import session


class Service:
    async def of(self, user_id: int) -> Any:
        return user_id


async def test_only_ones_own() -> None:
    (route,) = routes(cast("DayService", Service()))
    assert (route.method, route.path, route.roles) == ("GET", "/me/day", {"agent", "supervisor"})
    assert await route.handler(ApiRequest(session("agent", user_id=3), None, None, None, {}, "en", "", "r")) == 3
