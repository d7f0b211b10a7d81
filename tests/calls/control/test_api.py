"""Who may do what: every role by every command, own calls and others'."""

from typing import Any, cast

import msgspec
import pytest

from cti_server.ami.actions import Action, Reply
from cti_server.calls.control.api import routes
from cti_server.calls.control.numbers import DialRules
from cti_server.calls.control.service import ControlService
from cti_server.core.auth.model import Role
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.errors import NotFound, TooMany
from cti_server.core.tasks import Tasks
from cti_server.core.web.routes import ApiRequest, Route
from tests.calls.control import scenes
from tests.calls.control.office import AuditBook, Hub, People, session
from tests.calls.control.test_telling import World


class Desk:
    def __init__(self) -> None:
        self.sent: list[Action] = []
        self.world = World(scenes.TALKING)
        self.service = ControlService(
            bus=Bus(), hub=cast(Any, Hub()), live=self.world, people=People({1: scenes.AGENT, 2: scenes.OTHER}),
            send=self.send, audit=AuditBook(), tasks=Tasks("test"), clock=SystemClock(),
            rules=DialRules(per_minute=2),
        )  # fmt: skip
        self.routes = routes(self.service)

    async def send(self, pbx: str, action: Action) -> Reply:
        self.sent.append(action)
        return Reply("1", {"Value": "1" if "DIALPLAN" in str(action.lines) else "NOT_INUSE"})


def test_every_command_needs_a_key_and_a_role_that_works_with_a_phone() -> None:
    commands = [route for route in Desk().routes if route.method == "POST"]
    assert len(commands) == 17
    for route in commands:
        assert route.idempotent, route.path
    for route in Desk().routes:
        for role in Role:
            assert (role in (route.roles or ())) == (role in (Role.AGENT, Role.SUPERVISOR)), (route.path, role)


BODIES = {
    "dtmf": {"digits": "1"},
    "mute": {"on": True},
    "transfer": {"to": {"kind": "agent", "value": "2"}},
    "consult": {"to": {"kind": "agent", "value": "2"}},
    "conference": {"to": None},
    "listen-only": {"on": True},
}


def of_calls() -> list[str]:
    return [route.path for route in Desk().routes if route.path.startswith("/calls/")]


def request(route: Route, user_id: int, call_id: str) -> ApiRequest:

    body = msgspec.convert(BODIES.get(route.path.rsplit("/", 1)[-1], {}), route.request) if route.request else None
    path = {"id": call_id, "leg": "u0", "slot": "701"}
    return ApiRequest(session(user_id), None, body, None, path, "en", "127.0.0.1", "r1")


@pytest.mark.parametrize("path", of_calls())
@pytest.mark.parametrize(("user_id", "call_id"), [(2, scenes.TALKING.id), (99, scenes.TALKING.id), (1, "main:none")])
async def test_somebody_elses_call_is_not_found_and_nothing_is_sent(path: str, user_id: int, call_id: str) -> None:
    desk = Desk()
    route = next(route for route in desk.routes if route.path == path)
    with pytest.raises(NotFound) as refused:
        await route.handler(request(route, user_id, call_id))
    assert refused.value.code == "no_such_call"
    assert desk.sent == []


async def test_a_command_answers_202_with_its_id_and_its_call() -> None:
    desk = Desk()
    route = next(route for route in desk.routes if route.path == "/calls/{id}/mute")
    reply = cast(Any, await route.handler(request(route, 1, scenes.TALKING.id)))
    assert reply.status == 202
    assert reply.body.call_id == scenes.TALKING.id
    assert len(reply.body.id) == 16
    assert desk.sent[0].lines == ("Channel: PJSIP/1001-00000001", "Variable: MUTEAUDIO(in)", "Value: on")


async def test_so_many_dials_in_a_minute_and_no_more() -> None:
    desk = Desk()
    desk.world.calls.clear()
    for _ in range(2):
        await desk.service.dial(session(1), "13800138000")
    with pytest.raises(TooMany) as refused:
        await desk.service.dial(session(1), "13800138000")
    assert refused.value.code == "too_many_dials"
    assert 0 < refused.value.retry_after <= 60
    await desk.service.dial(session(2), "13800138000")
    assert [action.name for action in desk.sent].count("Originate") == 3
