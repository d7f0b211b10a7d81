from dataclasses import replace

import pytest

from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.core.errors import NotFound
from cti_server.core.web.endpoint import Gatehouse
from cti_server.core.web.routes import Reach, Route


async def nothing(request: object) -> None: ...


def test_address_and_parameters_of_a_path() -> None:
    route = Route("GET", "/customers/{id:int}/notes/{note}", nothing)
    assert route.address == "/api/v1/customers/{id}/notes/{note}"
    assert route.parameters == {"id": int, "note": str}


def test_a_path_without_its_leading_slash_is_the_same() -> None:
    assert Route("POST", "sign-in", nothing).address == "/api/v1/sign-in"


def test_on_whom_an_address_acts_goes_without_saying_or_is_said() -> None:
    assert Route("GET", "/agents", nothing).stated_reach is None
    assert Route("GET", "/me", nothing).stated_reach is Reach.OWN
    assert Route("POST", "/me/shift/state", nothing).stated_reach is Reach.OWN
    assert Route("GET", "/meetings", nothing).stated_reach is None
    assert Route("GET", "/users", nothing, frozenset({"admin"})).stated_reach is Reach.SITE
    assert Route("GET", "/users", nothing, frozenset({"admin", "qa"})).stated_reach is None
    assert Route("GET", "/agents", nothing, reach=Reach.LIST).stated_reach is Reach.LIST


def test_the_door_lets_nobody_at_an_agent_outside_his_scope() -> None:
    asked: list[int] = []

    def sees(who: Session, user_id: int) -> bool:
        asked.append(user_id)
        return user_id == 1

    door = Gatehouse(None, None, None, "en", sees)  # type: ignore[arg-type]
    whole = Session(1, 9, "w", "W", frozenset({"supervisor"}), "en", False, "", 0.0, 0.0)
    limited = replace(whole, scope=Scope(teams=frozenset({"north"})))
    at_agent = Route("POST", "/agents/{user_id:int}/force", nothing, reach=Reach.AGENT)
    door.check_reach(limited, at_agent, {"user_id": 1})
    with pytest.raises(NotFound):
        door.check_reach(limited, at_agent, {"user_id": 2})
    with pytest.raises(NotFound):
        door.check_reach(limited, at_agent, {"id": 1})  # a route that names nobody opens to nobody
    door.check_reach(whole, at_agent, {"user_id": 2})
    door.check_reach(limited, Route("GET", "/agents", nothing, reach=Reach.LIST), {})
    assert asked == [1, 2]
