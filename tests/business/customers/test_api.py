import dataclasses
from collections.abc import AsyncIterable
from typing import Any, cast

import msgspec
import pytest

from cti_server.business.customers.api import EXPORT, READ, WRITE, routes
from cti_server.business.customers.model import PopState
from cti_server.core.auth.model import Session
from cti_server.core.errors import Conflict, Forbidden, NotFound
from cti_server.core.web.csv_lines import line
from cti_server.core.web.routes import ApiRequest, Csv, Route
from tests.business.customers.conftest import Room
from tests.business.customers.desk import HAN, LI, NAMES

pytestmark = pytest.mark.database

ONE = "/customers/{id:int}"


def session(user_id: int, *roles: str) -> Session:
    return Session(1, user_id, "li", NAMES.get(user_id, ""), frozenset(roles), "zh-CN", False, "127.0.0.1", 0.0, 0.0)


class Door:
    """Asks as the web server does after its checks: bodies and queries decoded by what the route names."""

    def __init__(self, room: Room) -> None:
        self.routes = {(route.method, route.path): route for route in routes(room.customers, room.pops)}

    async def ask(self, route: Route, user_id: int, role: str, path: dict[str, Any], **more: Any) -> Any:
        body = more.pop("body", None)
        query = more.pop("query", {})
        request = ApiRequest(
            session=session(user_id, role),
            token=None,
            body=None if route.request is None else msgspec.convert(body or {}, route.request),
            query=None if route.query is None else msgspec.convert(query, route.query, strict=False),
            path=path,
            language="zh-CN",
            address="127.0.0.1",
            request_id="r",
        )
        return await route.handler(dataclasses.replace(request, **more))

    async def __call__(self, method: str, route: str, *, by: int = LI, role: str = "agent", **more: Any) -> Any:
        path = {key: more.pop(key) for key in ("id", "call_id") if key in more}
        return await self.ask(self.routes[method, route], by, role, path, **more)


async def test_a_customer_from_end_to_end(room: Room) -> None:
    ask = Door(room)
    contacts = [{"kind": "phone", "value": "13800001111", "primary": True}]
    made = await ask("POST", "/customers", body={"name": "王小明", "contacts": contacts, "fields": {"a": "b"}})
    changed = await ask("PATCH", ONE, id=made.id, body={"version": 1, "company": "ACME"})
    assert (changed.company, changed.fields, len(changed.contacts)) == ("ACME", {"a": "b"}, 1)
    with pytest.raises(Conflict):
        await ask("PATCH", ONE, id=made.id, body={"version": 1, "company": "B"})
    noted = await ask("POST", f"{ONE}/notes", id=made.id, body={"text": "calls back"})
    closed = await ask("PATCH", "/notes/{id:int}", id=noted.notes[0].id, body={"open": False})
    assert (closed.author, closed.open) == ("李雷", False)
    assert (await ask("GET", ONE, id=made.id)).version == 2
    with pytest.raises(NotFound):
        await ask("GET", ONE, id=10**9)


async def test_pages(room: Room) -> None:
    ask = Door(room)
    for n in range(3):
        await ask("POST", "/customers", body={"name": f"Customer {n}"})
    first = await ask("GET", "/customers", query={"limit": "2", "query": "customer"})
    second = await ask("GET", "/customers", query={"limit": "2", "query": "customer", "cursor": first.next_cursor})
    assert [one.name for one in (*first.items, *second.items)] == ["Customer 0", "Customer 1", "Customer 2"]
    assert second.next_cursor is None


async def test_the_whole_list_is_for_supervisors_and_executes_nothing(room: Room) -> None:
    ask = Door(room)
    name = '=HYPERLINK("http://evil")'
    made = await ask("POST", "/customers", body={"name": name, "contacts": [{"kind": "phone", "value": "13800001111"}]})
    with pytest.raises(Forbidden):
        await ask("GET", "/customers", wants_csv=True)
    file: Csv = await ask("GET", "/customers", role="supervisor", wants_csv=True)
    rows = [row async for row in cast("AsyncIterable[tuple[object, ...]]", file.rows)]
    assert [len(row) for row in rows] == [len(file.header)]
    text = line(rows[0]).decode()
    assert "'=HYPERLINK" in text
    assert "+8613800001111" in text
    await room.journal.drained()
    assert await room.db.fetchval("select customer_id from customer_access where how = 'export'") == made.id


async def test_an_outcome_ends_the_pop_after_the_talk(room: Room) -> None:
    ask = Door(room)
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    room.calls.answer(call.id, LI)
    pop = await room.told.shown(LI)
    saved = await ask("POST", "/calls/{call_id}/outcome", call_id=call.id, body={"outcome_code": "followUp"})
    assert saved.interactions[0].outcome == "followUp"
    assert len(room.pops.of_user(LI)) == 1
    room.calls.end(call.id)
    body = {"call_id": call.id, "outcome": "resolved", "summary": "done"}
    with pytest.raises(NotFound):
        await ask("POST", f"{ONE}/interactions", by=HAN, id=pop.customer.id, body=body)
    saved = await ask("POST", f"{ONE}/interactions", id=pop.customer.id, body=body)
    assert [(one.outcome, one.summary) for one in saved.interactions] == [("resolved", "done")]
    assert room.pops.of_user(LI) == []
    assert room.told.kinds(LI)[-1] == "pop.hide"


async def test_choosing_and_closing(room: Room) -> None:
    ask = Door(room)
    other = await ask("POST", "/customers", body={"name": "Other"})
    call = room.calls.begin(number="")
    room.calls.ring(call.id, LI)
    room.calls.answer(call.id, LI)
    with pytest.raises(NotFound):
        await ask("POST", "/pops/{call_id}/choose", by=HAN, call_id=call.id, body={"customer_id": other.id})
    pop = await ask("POST", "/pops/{call_id}/choose", call_id=call.id, body={"customer_id": other.id})
    assert (pop.customer.id, pop.state) == (other.id, PopState.TALKING)
    with pytest.raises(Conflict):
        await ask("DELETE", "/pops/{call_id}", call_id=call.id)
    room.calls.end(call.id)
    await ask("DELETE", "/pops/{call_id}", call_id=call.id)
    assert room.pops.of_user(LI) == []


async def test_who_may(room: Room) -> None:
    for (method, path), route in Door(room).routes.items():
        assert route.roles == (READ if method == "GET" else WRITE), path
    assert "agent" not in EXPORT


@pytest.mark.parametrize(
    ("route", "body"),
    [
        (("POST", "/customers"), {"name": "x" * 201}),
        (("POST", "/customers"), {"name": "x", "status": "new"}),
        (("PATCH", ONE), {"name": "x"}),
        (("POST", f"{ONE}/notes"), {"text": "x" * 4001}),
        (("POST", f"{ONE}/interactions"), {"call_id": ""}),
    ],
)
async def test_bodies_that_are_refused(room: Room, route: tuple[str, str], body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, Door(room).routes[route].request)


async def test_outcomes(room: Room) -> None:
    assert len(await Door(room)("GET", "/outcomes")) >= 5
