"""What the addresses take, and every role × action."""

from typing import Any, cast

import msgspec
import pytest

from cti_server.agents.help.api import HelpQuery, NoticeBody, ReadBody, TextBody, routes
from cti_server.agents.help.service import HelpService
from cti_server.core.web.routes import ApiRequest, Page
from cti_server.core.web.shapes import check_strict
from tests.calls.made import session


class Part:
    """Keeps what it was asked."""

    def __init__(self, asked: list[Any]) -> None:
        self.asked = asked

    def __getattr__(self, name: str) -> Any:
        def act(who: Any, *asked: Any, **more: Any) -> Any:
            self.asked.append((name, *asked, *more.values()))

        async def slow(who: Any, *asked: Any, **more: Any) -> Any:
            act(who, *asked, **more)
            return ([], 3) if name == "page" else None

        return act if name in ("put_up", "put_down", "come") else slow


class Service:
    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.hands = self.messages = self.notices = Part(self.asked)


def ask(body: Any = None, query: Any = None) -> ApiRequest:
    return ApiRequest(session("agent", user_id=1), None, body, query, {"id": 5, "user_id": 2}, "en", "", "r")


async def test_each_address() -> None:
    service = Service()
    text, read = TextBody("hi"), ReadBody(9)
    expected: dict[tuple[str, str], tuple[Any, Any]] = {
        ("POST", "/me/hand/raise"): (None, ("put_up",)),
        ("POST", "/me/hand/lower"): (None, ("put_down", 1)),
        ("POST", "/agents/{user_id:int}/hand/coming"): (None, ("come", 2)),
        ("POST", "/agents/{user_id:int}/hand/lower"): (None, ("put_down", 2)),
        ("POST", "/me/messages"): (text, ("send", 1, "hi", True)),
        ("POST", "/me/messages/read"): (read, ("read", 1, 9, True)),
        ("POST", "/agents/{user_id:int}/messages"): (text, ("send", 2, "hi", False)),
        ("POST", "/agents/{user_id:int}/messages/read"): (read, ("read", 2, 9, False)),
        ("POST", "/notices"): (NoticeBody("hi", "one", 5), ("send", "one", "hi", 300.0)),
        ("POST", "/notices/{id:int}/withdraw"): (None, ("withdraw", 5)),
        ("POST", "/me/notices/{id:int}/read"): (None, ("read", 5)),
    }
    for route in routes(cast("HelpService", service)):
        if route.method == "GET":
            page = await route.handler(ask(query=HelpQuery(7)))
            assert isinstance(page, Page)
            assert page.next_cursor == "3"
            # The fake drops the first argument: the thread's number, or the scope of who asks for notices.
            assert service.asked.pop() == ("page", 7, 50)
            continue
        body, asked = expected.pop((route.method, route.path))
        await route.handler(ask(body))
        assert service.asked.pop() == asked
    assert not expected


@pytest.mark.parametrize("role", ["agent", "supervisor", "qa", "admin"])
def test_every_role_and_action(role: str) -> None:
    for route in routes(cast("HelpService", Service())):
        assert route.roles is not None
        own = route.path.startswith("/me")
        told = "/me/notices" in route.path
        chief = role in ("supervisor", "admin")
        assert (role in route.roles) == ((role == "agent" or (told and chief)) if own else chief), route.path
        for shape in (route.request, route.query):
            if shape is not None:
                check_strict(shape)


def test_bodies_that_say_too_much_are_refused() -> None:
    for kind, raw in (
        (NoticeBody, b'{"text":"a","minutes":0}'),
        (NoticeBody, b'{"text":"a","to":1}'),
        (ReadBody, b"{}"),
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(raw, type=kind)
