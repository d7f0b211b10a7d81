"""What the addresses of the room take, and who may use them."""

from dataclasses import replace
from typing import Any, cast

import msgspec
import pytest

from cti_server.agents.api import ProfileBody, routes
from cti_server.agents.model import ProfileJson, QueuePlace
from cti_server.agents.service import AgentsService
from cti_server.core.errors import NotFound
from cti_server.core.web.routes import ApiRequest
from tests.calls.made import session

PROFILE = ProfileJson(1, "li", "李娜", "main", "PJSIP/1001", (QueuePlace("a", 1),), "")


class Service:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def profiles(self, scope: Any) -> list[ProfileJson]:
        return [PROFILE]

    def profile(self, user_id: int) -> ProfileJson | None:
        return PROFILE if user_id == 1 else None

    async def save(self, *asked: Any) -> ProfileJson:
        self.asked.append(asked[1:])
        return PROFILE

    async def remove(self, *asked: Any) -> None:
        self.asked.append(asked[1:])


def ask(user_id: int = 1, body: object = None) -> ApiRequest:
    plain = ApiRequest(session("admin"), None, body, None, {"user_id": user_id}, "en", "", "r")
    return replace(plain)


async def test_each_address() -> None:
    service = Service()
    found = {(route.method, route.path): route.handler for route in routes(cast("AgentsService", service))}
    assert (await found["GET", "/agents"](ask())).items == [PROFILE]  # type: ignore[attr-defined]
    assert await found["GET", "/agents/{user_id:int}"](ask()) == PROFILE
    with pytest.raises(NotFound):
        await found["GET", "/agents/{user_id:int}"](ask(2))
    body = msgspec.json.decode(
        b'{"pbx":"main","device":"PJSIP/1001","queues":["a",{"queue":"b","penalty":2}]}', type=ProfileBody
    )
    await found["PUT", "/agents/{user_id:int}"](ask(1, body))
    assert service.asked == [(1, "main", "PJSIP/1001", [QueuePlace("a"), QueuePlace("b", 2)], "", True, "")]
    assert await found["DELETE", "/agents/{user_id:int}"](ask(3)) is None
    assert service.asked[-1] == (3,)


@pytest.mark.parametrize(
    "body",
    [
        b'{"pbx":"main"}',
        b'{"pbx":"main","device":"d","roles":["admin"]}',
        b'{"pbx":"main","device":"d","queues":[{"queue":"a","penalty":-1}]}',
        b'{"pbx":"main","device":"d","queues":[1]}',
    ],
)
def test_bodies_that_say_more_or_less_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=ProfileBody)


def test_only_admins_change_and_agents_see_nothing() -> None:
    for route in routes(cast("AgentsService", Service())):
        allowed = {"supervisor", "qa", "admin"} if route.path == "/agents" else {"admin"}
        assert route.roles == allowed
