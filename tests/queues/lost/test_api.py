"""What the addresses of the list take, and who may use them."""

from typing import Any, cast

import msgspec
import pytest

from cti_server.core.web.routes import ApiRequest, Page
from cti_server.core.web.shapes import check_strict
from cti_server.queues.lost.api import DismissBody, DoneBody, LostQuery, routes
from cti_server.queues.lost.service import LostCalls
from tests.queues.lost.made import signed_in
from tests.queues.lost.test_model import ITEM


class Service:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def page(self, who: Any, *asked: Any) -> tuple[list[Any], int | None]:
        self.asked.append(asked)
        return [ITEM], 3

    def __getattr__(self, name: str) -> Any:
        async def act(who: Any, *asked: Any) -> Any:
            self.asked.append((name, *asked))
            return ITEM

        return act


def ask(body: Any = None, query: Any = None) -> ApiRequest:
    return ApiRequest(signed_in(), None, body, query, {"id": 5}, "en", "", "r")


async def test_each_address() -> None:
    service = Service()
    found = {(route.method, route.path): route for route in routes(cast("LostCalls", service))}
    page = await found["GET", "/lost-calls"].handler(ask(query=LostQuery()))
    assert isinstance(page, Page)
    assert page.next_cursor == "3"
    assert msgspec.json.decode(msgspec.json.encode(page))["items"][0]["number"] == "13800000001"
    assert service.asked == [(["open", "claimed"], None, None, 50)]
    await found["GET", "/lost-calls"].handler(ask(query=msgspec.convert({"state": "reached"}, LostQuery)))
    assert service.asked[-1][0] == ["reached"]
    bodies = {"done": DoneBody("ok"), "dismiss": DismissBody("why")}
    for name in ("claim", "release", "call-back", "done", "dismiss", "undo"):
        await found["POST", f"/lost-calls/{{id:int}}/{name}"].handler(ask(bodies.get(name)))
    assert [one[0] for one in service.asked[2:]] == ["claim", "release", "call_back", "done", "dismiss", "undo"]
    assert service.asked[5:7] == [("done", 5, "ok"), ("dismiss", 5, "why")]
    assert len(found) == 7


@pytest.mark.parametrize("role", ["agent", "supervisor", "qa", "admin"])
def test_every_role_and_action(role: str) -> None:
    for route in routes(cast("LostCalls", Service())):
        assert route.roles is not None
        assert (role in route.roles) == (role != "qa")
        for shape in (route.request, route.query):
            if shape is not None:
                check_strict(shape)


def test_a_queue_with_a_nul_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"queue": "a\x00"}, LostQuery)
