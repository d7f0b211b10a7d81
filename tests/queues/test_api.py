"""The address of the queues."""

from typing import cast

import msgspec

from cti_server.core.web.routes import ApiRequest, Page
from cti_server.queues.api import routes
from cti_server.queues.service import QueuesService
from tests.calls.made import session
from tests.queues.test_service import Room


async def test_the_list_has_every_queue_in_json() -> None:
    [route] = routes(cast("QueuesService", Room().queues))
    page = await route.handler(ApiRequest(session("qa"), None, None, None, {}, "en", "", "r"))
    assert isinstance(page, Page)
    plain = msgspec.json.decode(msgspec.json.encode(page))
    assert [queue["name"] for queue in plain["items"]] == ["sales", "support"]
    assert plain["items"][1]["figures"]["service_level"] is None
    assert route.roles == {"supervisor", "qa", "admin"}
