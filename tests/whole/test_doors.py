"""Who may do what: every address by every role, the push topics by role and person, and pages from elsewhere."""

import json
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from openapi_spec_validator import validate
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from cti_server.addresses import every_route
from cti_server.app import App
from cti_server.core.push.tickets import Tickets
from cti_server.core.web.routes import Reach, Route
from cti_server.settings import load_settings
from tests.whole.screens import Screens
from tests.whole.site import PASSWORD, Site
from tests.whole.test_server_killed import talking

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]

LOGINS = {"agent": "walk-agent", "supervisor": "supervisor", "qa": "walk-qa", "admin": "admin"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staff(site: Site) -> Site:
    """A person of every role, each with that role alone."""
    await site.hire("walk-qa", "qa")
    await site.hire("walk-agent", "agent")
    return site


def routes_of(site: Site) -> list[Route]:
    """The list from which the server makes its addresses."""
    app = App(load_settings(site.config, env={}))
    return every_route(app, Tickets(app.clock))


def address(route: Route) -> str:
    """The route with something in the places of its parameters that does not exist."""
    path = route.address.removeprefix("/api/v1")
    for name, kind in route.parameters.items():
        path = path.replace(f"{{{name}}}", "999999999" if kind is int else "nowhere:1.1")
    return path


BY_SETTING = ("/lost-calls", "/recordings")
"""Open to agents where a setting of the site lets them."""
HARMLESS = {("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/setup"), ("POST", "/deliveries")}
BY_TOKEN = {("GET", "/prompt-files"), ("GET", "/prompt-files/part")}
"""For PBXs elsewhere: no session opens them, only the token of a PBX."""


async def test_every_address_by_every_role(staff: Site) -> None:
    people = {role: staff.people[login] for role, login in LOGINS.items()}
    nobody = staff.browser("nobody")
    for route in routes_of(staff):
        if (route.method, route.path) in HARMLESS:
            assert route.public
            continue
        if (route.method, route.path) in BY_TOKEN:
            bad = {"Authorization": "Bearer nobody's"}
            asked: list[tuple[Any, dict[str, Any]]] = [(person, {}) for person in (*people.values(), nobody)]
            asked.append((nobody, {"headers": bad}))
            for person, more in asked:
                query = {"path": "1/en-1.wav"} if route.path.endswith("/part") else None
                status, _ = await person.try_(route.method, address(route), params=query, **more)
                assert status == 401, f"{route.method} {route.path} without the token of a PBX: {status}"
            continue
        assert not route.public, f"{route.method} {route.path} is open to the world"
        for role, person in people.items():
            if role == "agent" and route.path.startswith(BY_SETTING):
                continue
            allowed = route.roles is None or role in route.roles
            # A body that is refused (422/400) proves that the door was open, and nothing happens.
            more: dict[str, Any] = {} if route.method in ("GET", "DELETE") else {"json": {"no such field": 1}}
            status, answer = await person.try_(route.method, address(route), **more)
            what = f"{route.method} {route.path} as {role}: {status} {str(answer)[:200]}"
            assert status != 401, what
            assert status < 500, what
            assert (status == 403) is not allowed, what
        status, _ = await nobody.try_(route.method, address(route), **more)
        assert status == 401, f"{route.method} {route.path} without a session: {status}"


async def test_every_address_by_people_who_are_limited(staff: Site, screens: Screens) -> None:
    """Supervisor and QA of team `north` and queue `brief`: 1003 is theirs, 1001 of `south` is not."""
    admin = staff.people["admin"]
    for number, team in (("1001", "south"), ("1003", "north")):
        user_id = staff.people[number].user_id
        profile = await admin.get(f"/agents/{user_id}")
        kept = {key: profile[key] for key in ("pbx", "device", "queues", "always_on")}
        await admin.put(f"/agents/{user_id}", {**kept, "team": team})
    foreign, own = staff.people["1001"].user_id, staff.people["1003"].user_id
    limits = {"teams": ["north"], "queues": ["brief"]}
    people = [await staff.limited(f"limited-{role}", role, limits) for role in ("supervisor", "qa")]
    line, call = await talking(staff, screens.agent["1001"], "1001", "13800070009")
    chief, _ = people
    hidden = await chief.listen("agents", "calls", "queues")
    assert set(hidden.agents) == {"PJSIP/1003"}
    assert not hidden.calls
    assert set(hidden.queues) == {"brief"}
    await chief.post(f"/calls/{call}/release", {"text": "x"}, expect=403, command=True)
    mark = hidden.mark
    line.hangup()
    row = await staff.history(call)
    assert not [one for one in hidden.since(mark) if "1001" in str(one)], "not even that it ended"
    for person in people:
        for route in routes_of(staff):
            reach, allowed = route.stated_reach, route.roles is None or person.role in route.roles
            assert reach is not None, f"{route.method} {route.path} does not say on whom it acts"
            if reach is Reach.AGENT and allowed:
                wrong, right = (address(route).replace("999999999", str(one)) for one in (foreign, own))
                more: dict[str, Any] = {} if route.method == "GET" else {"json": {"no such field": 1}}
                assert (await person.try_(route.method, wrong, **more))[0] == 404, route.path
                assert (await person.try_(route.method, right, **more))[0] != 404, route.path
            if reach is Reach.LIST and allowed and "{" not in route.path:
                status, answer = await person.try_(route.method, address(route))
                assert status == 200, route.path
                assert "PJSIP/1001" not in str(answer), route.path
                if not route.path.startswith("/agent"):  # an agent of theirs may work for other queues besides
                    assert '"support"' not in json.dumps(answer), route.path
        await person.get(f"/calls/{row['id']}", expect=404)
        assert call not in str(await person.get("/calls"))
    move = {"users": [foreign], "change": {"kind": "add", "queues": ["brief"]}}
    await chief.post("/agent-moves", move, expect=404, command=True)
    move = {"users": [own], "change": {"kind": "add", "queues": ["support"]}}
    await chief.post("/agent-moves", move, expect=403, command=True)
    await screens.all_ready()


async def test_the_document_of_the_api_is_valid_and_whole(staff: Site) -> None:
    document = await staff.people["admin"].get("/openapi.json")
    validate(document)
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    prefix = "" if any(path.startswith("/api/v1") for _, path in told) else "/api/v1"
    told = {(method, prefix + path) for method, path in told}
    assert {(route.method, route.address) for route in routes_of(staff)} <= told


async def test_an_agent_sees_his_own_calls_only(staff: Site, screens: Screens) -> None:
    line, call = await talking(staff, screens.agent["1001"], "1001", "13800070001")
    line.hangup()
    row = await staff.history(call)
    for name in (str(row["id"]), call):
        assert (await staff.people["1001"].get(f"/calls/{name}"))["call"]["call_id"] == call
        await staff.people["1002"].get(f"/calls/{name}", expect=404)
        assert (await staff.people["supervisor"].get(f"/calls/{name}"))["call"]["call_id"] == call
    assert call in {one["call_id"] for one in (await staff.people["1001"].get("/calls"))["items"]}
    assert call not in {one["call_id"] for one in (await staff.people["1002"].get("/calls"))["items"]}
    await staff.people["1002"].post(f"/calls/{call}/outcome", {"outcome_code": "resolved"}, expect=404)


async def test_topics_by_role_and_person(staff: Site, screens: Screens) -> None:
    may = {
        "agent": {"me", "system"},
        "qa": {"me", "system"},
        "supervisor": {"me", "system", "queues", "agents", "calls"},
        "admin": {"me", "system", "queues", "agents", "calls"},
    }
    other = staff.people["1001"].user_id
    topics = ["me", "system", "queues", "agents", "calls", f"user:{other}", "nothing", "user:1", "user:0"]
    for role, login in LOGINS.items():
        push = await staff.people[login].listen(*topics)
        heard = {one.topic for one in push.heard if one.type == "snapshot"}
        refused = {one.topic for one in push.heard if one.type == "refused"}
        own = {f"user:{staff.people[login].user_id}"} & set(topics)
        assert heard - own == may[role], role
        assert refused == set(topics) - heard
        await push.close()
    # What rings at one agent reaches nobody else's own topic.
    stranger = await staff.people["1002"].listen("me")
    mark = stranger.mark
    line, _ = await talking(staff, screens.agent["1001"], "1001", "13800070002")
    line.hangup()
    await screens.all_ready()
    assert stranger.since(mark) == []


async def test_a_page_from_elsewhere_may_not_listen_or_write(staff: Site) -> None:
    address = staff.url.replace("http", "ws", 1) + "/push"
    for origin in ("https://evil.example", "null", None, f"http://127.0.0.1:{staff.port + 1}"):
        with pytest.raises(InvalidStatus) as refusal:
            await connect(address, origin=origin, proxy=None)  # type: ignore[arg-type]
        assert refusal.value.response.status_code == 403, origin
    person = staff.people["supervisor"]
    body = json.dumps({"name": "x"})
    good = {"X-CTI": "1", "Content-Type": "application/json", "Origin": staff.url}
    for wrong in ({"Origin": "https://evil.example"}, {"X-CTI": ""}, {"Content-Type": "text/plain"}):
        async with person.http.post(f"{staff.url}/api/v1/customers", data=body, headers={**good, **wrong}) as response:
            assert response.status in (400, 403, 415), wrong
    assert not (await person.get("/customers", {"query": "x"}))["items"]


async def test_no_ticket_no_stream(staff: Site) -> None:
    address = staff.url.replace("http", "ws", 1) + "/push"
    ticket = (await staff.people["supervisor"].post("/push-ticket"))["ticket"]
    for first in ({"type": "auth", "ticket": "made up"}, {"type": "subscribe", "topics": ["me"]}):
        async with connect(address, origin=staff.url, proxy=None) as socket:  # type: ignore[arg-type]
            await socket.send(json.dumps(first))
            await socket.wait_closed()
            assert socket.close_code == 4401
    async with connect(address, origin=staff.url, proxy=None) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps({"type": "auth", "ticket": ticket}))
        assert json.loads(await socket.recv())["type"] == "ready"
    async with connect(address, origin=staff.url, proxy=None) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps({"type": "auth", "ticket": ticket}))
        await socket.wait_closed()
        assert socket.close_code == 4401, "a ticket is good for one use"


async def test_who_is_disabled_is_out_at_once(staff: Site) -> None:
    leaver = await staff.hire("leaver", "supervisor")
    push = await leaver.listen("me", "queues")
    await staff.people["admin"].patch(f"/users/{leaver.user_id}", {"disabled": True})
    assert await push.closed(3.0) == 4401
    await leaver.get("/me", expect=401)
    await leaver.post("/sign-in", {"login": "leaver", "password": PASSWORD}, expect=401)


async def test_health_and_metrics_speak_to_this_machine(staff: Site) -> None:
    async with aiohttp.ClientSession() as http:
        for path, wanted in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200)):
            async with http.get(staff.url + path) as response:
                assert response.status == wanted, path
                text = await response.text()
        for name in ("cti_journal_depth", "cti_ami_events", "cti_push_clients", "cti_loop_lag"):
            assert name in text, name
