"""The addresses of the accounts: shapes, cookies, and what only admins may."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from cti_server.core.auth.api import routes
from cti_server.core.auth.model import Session
from cti_server.core.errors import BadInput, NotSignedIn
from cti_server.core.web.routes import ApiRequest, Reply
from tests.core.auth.office import GOOD, OPERATOR, Office, wang

pytestmark = pytest.mark.database


class Desk:
    """Calls handlers as the web server does, after its checks."""

    def __init__(self, office: Office) -> None:
        self.routes = {
            (route.method, route.path): route
            for route in routes(office.accounts, office.audit, lambda user_id: {"device": f"PJSIP/{user_id}"})
        }

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        session: Session | None = None,
        token: str = "",
        **path_values: int,
    ) -> Any:
        route = self.routes[method, path]
        wanted = route.request
        request = ApiRequest(
            session=session,
            token=token,
            body=msgspec.convert(body or {}, wanted) if wanted else None,
            query=msgspec.convert(body or {}, route.query) if route.query else None,
            path=path_values,
            language="en",
            address="127.0.0.1",
            request_id="r",
        )
        return await route.handler(request)


async def signed_in(office: Office, login: str = "wang") -> tuple[str, Session]:
    token, _ = await office.accounts.sign_in(login, GOOD, "127.0.0.1")
    session = await office.accounts.session(token)
    assert session is not None
    return token, session


async def test_sign_in_gives_the_token_as_a_cookie_only(office: Office) -> None:
    await wang(office)
    reply = await Desk(office).ask("POST", "/sign-in", {"login": "wang", "password": GOOD})
    assert isinstance(reply, Reply)
    assert reply.session_token
    assert reply.session_token not in msgspec.json.encode(reply.body).decode()
    assert msgspec.to_builtins(reply.body)["user"]["roles"] == ["agent"]


async def test_me_and_language_and_sign_out(office: Office) -> None:
    user_id = await wang(office)
    desk = Desk(office)
    token, session = await signed_in(office)
    me = msgspec.to_builtins(await desk.ask("GET", "/me", session=session))
    assert me["agent"] == {"device": f"PJSIP/{user_id}"}
    await desk.ask("PATCH", "/me", {"language": "en"}, session=session)
    with pytest.raises(BadInput):
        await desk.ask("PATCH", "/me", {"language": "tlh"}, session=session)
    reply = await desk.ask("POST", "/sign-out", token=token)
    assert reply.end_session
    assert await office.accounts.session(token) is None


async def test_admins_make_change_and_reset(office: Office) -> None:
    await wang(office)
    _, session = await signed_in(office)
    admin, desk = replace(session, roles=frozenset({"admin"})), Desk(office)
    made = await desk.ask("POST", "/users", {"login": "Li", "name": "李娜", "roles": ["agent"]}, session=admin)
    user = msgspec.to_builtins(made.body)
    assert made.status == 201
    assert user["user"]["must_change_password"]
    assert user["password"]
    changed = await desk.ask("PATCH", "/users/{id:int}", {"name": "李 娜"}, session=admin, id=user["user"]["id"])
    assert changed.name == "李 娜"
    fresh = await desk.ask("POST", "/users/{id:int}/reset-password", session=admin, id=user["user"]["id"])
    assert fresh.password != user["password"]
    listed = await desk.ask("GET", "/users", session=admin)
    assert [one.login for one in listed.items] == ["li", "wang"]
    first = await desk.ask("GET", "/audit", {"limit": 1}, session=admin)
    assert first.items[0].action == "user.resetPassword"
    assert (await desk.ask("GET", "/audit/check", session=admin)).broken_at is None
    second = await desk.ask("GET", "/audit", {"limit": 1, "cursor": int(first.next_cursor)}, session=admin)
    assert second.items[0].action == "user.update"


async def test_a_password_that_an_admin_chose_is_not_shown_again(office: Office) -> None:
    await wang(office)
    _, session = await signed_in(office)
    body = {"login": "li", "name": "Li", "roles": ["agent"], "password": "long enough 77"}
    made = await Desk(office).ask("POST", "/users", body, session=session)
    assert made.body.password is None


async def test_setup_by_link(office: Office) -> None:
    token = await office.accounts.new_setup_token()
    desk = Desk(office)
    body = {"token": token, "login": "root", "name": "Root", "password": GOOD}
    assert (await desk.ask("POST", "/setup", body)).roles == ["admin"]
    with pytest.raises(NotSignedIn):
        await desk.ask("POST", "/setup", {**body, "login": "root2"})


async def test_own_password(office: Office) -> None:
    await wang(office)
    _, session = await signed_in(office)
    await Desk(office).ask("POST", "/me/password", {"old": GOOD, "new": "another horse 42"}, session=session)
    await office.accounts.sign_in("wang", "another horse 42", "127.0.0.1")


def test_only_admins_reach_users_and_audit(office: Office) -> None:
    table = {path: route for (_, path), route in Desk(office).routes.items()}
    for path, route in table.items():
        assert (route.roles == frozenset({"admin"})) == path.startswith(("/users", "/audit")), path
    assert {path for path, route in table.items() if route.public} == {"/sign-in", "/sign-out", "/setup"}
    assert OPERATOR.user_id is None
