"""What the addresses of supervision take and give, and who may use them."""

from collections.abc import AsyncIterator
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti_server.core.errors import BadInput
from cti_server.core.web.routes import ApiRequest, Csv, Page
from cti_server.core.web.shapes import check_strict
from cti_server.monitoring.api import PolicyBody, ReleaseBody, SessionQuery, routes
from cti_server.monitoring.model import EndReason, ForcedJson, Mode, MonitoringJson, Wanted, session_json
from cti_server.monitoring.policy import Rule, Scope
from cti_server.monitoring.service import MonitoringService
from tests.monitoring.people import Staff, signed_in
from tests.monitoring.test_model import SESSION

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHOWN = session_json(SESSION.put_on(110.0).switched(Mode.WHISPER, 120.0).ended(EndReason.STOPPED, 121.5), Staff())
SUPERVISORS, ADMIN = {"supervisor", "admin"}, {"admin"}
WALK = {
    ("POST", "/agents/{user_id:int}/listen"): SUPERVISORS,
    ("POST", "/agents/{user_id:int}/whisper"): SUPERVISORS,
    ("POST", "/agents/{user_id:int}/barge"): SUPERVISORS,
    ("POST", "/agents/{user_id:int}/take-over"): SUPERVISORS,
    ("POST", "/monitoring/{id}/stop"): SUPERVISORS,
    ("POST", "/calls/{id}/release"): SUPERVISORS,
    ("GET", "/monitoring/sessions"): SUPERVISORS | {"qa"},
    ("GET", "/monitoring/policy"): ADMIN,
    ("PUT", "/monitoring/policy"): ADMIN,
}


class Service:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def monitor(self, who: Any, agent_id: int, mode: Mode) -> MonitoringJson:
        self.asked.append((agent_id, mode))
        return SHOWN

    async def take_over(self, who: Any, agent_id: int) -> MonitoringJson:
        self.asked.append((agent_id, "take"))
        return SHOWN

    async def stop(self, who: Any, session_id: str) -> MonitoringJson:
        self.asked.append(session_id)
        return SHOWN

    async def release(self, who: Any, call_id: str, text: str) -> ForcedJson:
        self.asked.append((call_id, text))
        return ForcedJson(call_id, "released", who.name, text)

    async def page(
        self, who: Any, wanted: Wanted, before: int | None, limit: int
    ) -> tuple[list[MonitoringJson], int | None]:
        self.asked.append((wanted, before, limit))
        return [SHOWN], 7

    async def every(self, who: Any, wanted: Wanted) -> AsyncIterator[MonitoringJson]:
        yield SHOWN

    async def policy(self) -> tuple[Rule, ...]:
        return (Rule(Scope.SITE),)

    async def set_policy(self, who: Any, rules: list[Rule]) -> tuple[Rule, ...]:
        self.asked.append(rules)
        return tuple(rules)


def ask(path: dict[str, Any] | None = None, body: Any = None, query: Any = None, csv: bool = False) -> ApiRequest:
    return ApiRequest(signed_in(), None, body, query, path or {}, "en", "", "r", wants_csv=csv)


def room() -> tuple[Service, dict[tuple[str, str], Any]]:
    service = Service()
    found = routes(cast("MonitoringService", service), SHANGHAI)
    return service, {(route.method, route.path): route for route in found}


@pytest.mark.parametrize("role", ["agent", "supervisor", "qa", "admin"])
def test_every_role_and_action(role: str) -> None:
    _, found = room()
    assert {key: route.roles for key, route in found.items()}.keys() == WALK.keys()
    for key, route in found.items():
        assert (role in route.roles) == (role in WALK[key]), (key, role)


def test_commands_need_a_key_and_shapes_are_strict() -> None:
    _, found = room()
    for (method, _), route in found.items():
        assert route.idempotent is (method == "POST")
        for shape in (route.request, route.query):
            if shape is not None:
                check_strict(shape)


async def test_each_address() -> None:
    service, found = room()
    for name, mode in (("listen", Mode.LISTEN), ("whisper", Mode.WHISPER), ("barge", Mode.BARGE)):
        assert await found["POST", f"/agents/{{user_id:int}}/{name}"].handler(ask({"user_id": 1})) is SHOWN
        assert service.asked[-1] == (1, mode)
    await found["POST", "/agents/{user_id:int}/take-over"].handler(ask({"user_id": 2}))
    await found["POST", "/monitoring/{id}/stop"].handler(ask({"id": "s"}))
    await found["POST", "/calls/{id}/release"].handler(ask({"id": "main:1.1"}, ReleaseBody("why")))
    assert service.asked[-3:] == [(2, "take"), "s", ("main:1.1", "why")]
    page = await found["GET", "/monitoring/sessions"].handler(
        ask(query=msgspec.convert({"from": "5", "to": "1970-01-01T08:00:10", "mode": "whisper"}, SessionQuery))
    )
    assert isinstance(page, Page)
    assert page.next_cursor == "7"
    assert service.asked[-1][0] == Wanted(since=5.0, until=10.0, mode=Mode.WHISPER)
    plain = msgspec.json.decode(msgspec.json.encode(page))["items"][0]
    assert (plain["end_reason"], plain["seconds"]) == ("stopped", {"listen": 10.0, "whisper": 1.5})


async def test_the_rules_come_and_go() -> None:
    service, found = room()
    shown = await found["GET", "/monitoring/policy"].handler(ask())
    assert shown.rules[0].allow == ("barge", "listen", "release", "takeOver", "whisper")
    body = msgspec.json.decode(
        b'{"rules":[{"scope":"queue","name":" vip ","allow":["listen"],"users":[3],"tell_agent":true}]}',
        type=PolicyBody,
    )
    await found["PUT", "/monitoring/policy"].handler(ask(body=body))
    (rule,) = service.asked[-1]
    assert (rule.scope, rule.name, set(rule.allow), rule.users, rule.tell_agent) == (
        Scope.QUEUE, "vip", {"listen"}, {3}, True,
    )  # fmt: skip


async def test_a_file_for_a_spreadsheet() -> None:
    _, found = room()
    file = await found["GET", "/monitoring/sessions"].handler(ask(query=SessionQuery(), csv=True))
    assert isinstance(file, Csv)
    (row,) = [row async for row in cast("AsyncIterator[list[object]]", file.rows)]
    cells = dict(zip(file.header, row, strict=True))
    assert cells["asked_at"] == "1970-01-01T08:01:40.000+08:00"
    assert (cells["supervisor"], cells["agent"], cells["modes"]) == ("王建国", "李娜", "listen; whisper")
    assert (cells["listen_seconds"], cells["whisper_seconds"], cells["barge_seconds"]) == (10.0, 1.5, 0.0)


@pytest.mark.parametrize("query", [SessionQuery(since="nan"), SessionQuery(until="x"), SessionQuery(queue="a\x00")])
async def test_filters_that_mean_nothing(query: SessionQuery) -> None:
    _, found = room()
    with pytest.raises(BadInput):
        await found["GET", "/monitoring/sessions"].handler(ask(query=query))
