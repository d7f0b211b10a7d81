"""The addresses of flows and named things on a real PostgreSQL: versions, roll back, removal, conflicts, roles."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from cti_server.core.errors import Conflict, NotFound
from cti_server.core.web.routes import Reach
from cti_server.routing.figures import api as figures_api
from cti_server.routing.flows.document import write_flow
from cti_server.routing.named import api as named_api
from cti_server.routing.publishing import api
from tests.routing.publishing.office import Office, flow, signed_in

pytestmark = pytest.mark.database
LI, WANG = signed_in(1), signed_in(2)


class Door:
    """Calls handlers as the web server does: path, query and body decoded by what the route says."""

    def __init__(self, office: Office) -> None:
        routing = office.routing
        found = [
            *api.routes(routing.flows, routing.world, office.clock),
            *named_api.routes(routing.named),
            *figures_api.routes(routing.figures, office.clock),
        ]
        self.routes = {(route.method, route.path): route for route in found}

    async def ask(
        self, method: str, path: str, body: Any = None, *, who: Any = LI, query: Any = None, **values: Any
    ) -> Any:
        route = self.routes[method, path]
        request: Any = SimpleNamespace(
            who=who,
            path=values,
            body=msgspec.convert(body, route.request) if route.request is not None else None,
            query=msgspec.convert(query or {}, route.query) if route.query is not None else None,
        )
        return await route.handler(request)


def plain(document: Any) -> Any:
    return msgspec.json.decode(write_flow(document))


async def test_versions_roll_back_and_removal(office: Office) -> None:
    door = Door(office)
    made = await door.ask("POST", "/flows", {"key": "main", "draft": plain(flow("One"))})
    first = await door.ask("POST", "/flows/{key}/publish", {"revision": made.revision, "note": "a"}, key="main")
    saved = await door.ask(
        "PUT", "/flows/{key}/draft", {"revision": first.revision, "draft": plain(flow("Two"))}, key="main"
    )
    second = await door.ask("POST", "/flows/{key}/publish", {"revision": saved.revision}, key="main", who=WANG)
    listed = await door.ask("GET", "/flows/{key}/versions", key="main")
    assert [(one.version, one.title, one.live) for one in listed] == [(2, "Two", True), (1, "One", False)]
    assert (await door.ask("GET", "/flows/{key}/versions/{version:int}", key="main", version=1)).title == "One"
    with pytest.raises(Conflict) as stale:
        await door.ask("POST", "/flows/{key}/roll-back", {"revision": first.revision, "version": 1}, key="main")
    assert (stale.value.status, stale.value.code) == (409, "flow_changed")
    with pytest.raises(NotFound) as none:
        await door.ask("POST", "/flows/{key}/roll-back", {"revision": second.revision, "version": 7}, key="main")
    assert none.value.code == "no_such_version"
    back = await door.ask("POST", "/flows/{key}/roll-back", {"revision": second.revision, "version": 1}, key="main")
    assert back.published == 1
    reply = await door.ask("GET", "/flows/{key}", key="main")
    assert reply.headers["ETag"] == f'"{back.revision}"'
    with pytest.raises(Conflict):
        await door.ask("DELETE", "/flows/{key}", query={"revision": first.revision}, key="main")
    assert [row.did for row in await door.ask("PUT", "/flows/numbers/{did}", {"flow": "main"}, did="4800")] == ["4800"]
    with pytest.raises(Conflict) as used:
        await door.ask("DELETE", "/flows/{key}", query={"revision": back.revision}, key="main")
    assert used.value.code == "flow_in_use"
    assert await door.ask("PUT", "/flows/numbers/{did}", {"flow": None}, did="4800") == []
    await door.ask("DELETE", "/flows/{key}", query={"revision": back.revision}, key="main")
    for path in ("/flows/{key}", "/flows/{key}/versions"):
        with pytest.raises(NotFound):
            await door.ask("GET", path, key="main")
    assert await door.ask("GET", "/flows") == []


async def test_readers_read_and_only_admins_act(office: Office) -> None:
    for (method, path), route in Door(office).routes.items():
        if method != "GET":
            allowed = {"admin", "supervisor"} if path.startswith(("/flow-switches", "/caller-lists")) else {"admin"}
            assert set(route.roles or ()) <= allowed, f"{method} {path}"
            assert route.roles, f"{method} {path} is open to everybody"
        elif path == "/calls/{id}/flow":
            assert route.reach is Reach.THING
        else:
            assert set(route.roles or ()) <= {"admin", "supervisor"}, path
            assert route.roles, path
