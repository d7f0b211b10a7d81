"""Who may do what with shifts, and what the addresses take."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from cti_server.agents.shift.api import DoneJson, ForceBody, NextBody, ReasonsBody, SignInBody, TabBody, routes
from cti_server.agents.shift.model import Target
from cti_server.core.errors import NotFound
from cti_server.core.web.routes import ApiRequest, Route
from tests.agents.shift.world import World
from tests.calls.made import session

EVERYBODY = {"agent", "supervisor", "qa", "admin"}
MAY = {
    ("GET", "/me/shift"): {"agent", "supervisor"},
    ("POST", "/me/shift/sign-in"): {"agent", "supervisor"},
    ("POST", "/me/shift/sign-out"): {"agent", "supervisor"},
    ("POST", "/me/shift/state"): {"agent", "supervisor"},
    ("POST", "/me/shift/next"): {"agent", "supervisor"},
    ("POST", "/me/shift/acw/extend"): {"agent", "supervisor"},
    ("POST", "/me/shift/acw/finish"): {"agent", "supervisor"},
    ("POST", "/me/shift/tab"): {"agent", "supervisor"},
    ("POST", "/agents/{user_id:int}/force"): {"supervisor", "admin"},
    ("GET", "/reasons"): EVERYBODY,
    ("PUT", "/reasons"): {"admin"},
    ("GET", "/queue-settings"): {"supervisor", "admin"},
    ("PUT", "/queue-settings"): {"admin"},
}


def found(world: World) -> dict[tuple[str, str], Route]:
    return {(route.method, route.path): route for route in routes(world.shift)}


async def test_each_role_and_action(world: World) -> None:
    actual = {key: set(route.roles) if route.roles else EVERYBODY for key, route in found(world).items()}
    assert actual == MAY


async def test_what_reaches_the_pbx_is_never_carried_out_twice(world: World) -> None:
    assert all(route.idempotent for key, route in found(world).items() if key[0] == "POST")


def ask(body: Any = None, user_id: int = 1) -> ApiRequest:
    plain = ApiRequest(session("supervisor", user_id=1), None, body, None, {"user_id": user_id}, "en", "", "r")
    return replace(plain)


async def test_a_shift_by_its_addresses(world: World) -> None:
    route = {key[1]: one.handler for key, one in found(world).items()}
    assert await route["/me/shift/sign-in"](ask(SignInBody(("support",)))) == DoneJson()
    assert (await route["/me/shift"](ask())).queues[0].signed_in  # type: ignore[attr-defined]
    assert await route["/me/shift/next"](ask(NextBody("ready"))) == DoneJson("afterCall")
    assert world.duty.state == "ready"
    assert await route["/me/shift/next"](ask(NextBody(None))) == DoneJson("afterCall")
    assert await route["/agents/{user_id:int}/force"](ask(ForceBody("notReady", "why"))) == DoneJson()
    assert await route["/me/shift/tab"](ask(TabBody("12345678"))) == DoneJson()
    assert await route["/me/shift/sign-out"](ask()) == DoneJson()
    world.directory.drop(1)
    with pytest.raises(NotFound):
        await route["/me/shift"](ask())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ForceBody, '{"state":"ready","text":""}'),
        (ForceBody, '{"state":"workingAfterCall","text":"x"}'),
        (NextBody, '{"state":"busy"}'),
        (TabBody, '{"tab":"<b>"}'),
        (ReasonsBody, '{"reasons":[{"code":"a","zh":"b","en":"c","more":1}]}'),
    ],
)
def test_bodies_are_strict(kind: type, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=kind)


def test_targets_are_what_the_model_takes() -> None:
    assert Target(NextBody("loggedOff").state or "", "").state == "loggedOff"
