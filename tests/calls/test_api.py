"""What the addresses of the history take and give."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti_server.calls.api import _HEADER, CallQuery, DayQuery, csv_rows, filter_of, routes
from cti_server.calls.model import AgentPart, CallFilter, CallRow, CustomerRef
from cti_server.calls.service import CallsService
from cti_server.core.errors import BadInput
from cti_server.core.web.routes import ApiRequest, Csv, Page
from cti_server.queues.business_day import BusinessDay
from tests.calls.made import AT, session

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROW = CallRow(
    id=1,
    call_id="main:1.1",
    pbx="main",
    state="cleared",
    direction="inbound",
    number="+8613800138000",
    name="王",
    withheld=False,
    dialled="400",
    queue="support",
    started_at=AT + 0.25,
    answered_at=None,
    ended_at=AT + 60,
    outcome="answered",
    seconds=59.75,
    wait_seconds=1.23456,
    talk_seconds=50.0,
    held_seconds=0.0,
    exact=True,
    merged_into=None,
    customer=CustomerRef(1, "=cmd"),
    recording=None,
    agents=(AgentPart(1, "李娜", "PJSIP/1001", "answered", 3, 50, 0), AgentPart(2, "Bob", "PJSIP/1002", None, 3, 0, 0)),
)


class Service:
    """Answers with one row, and keeps what it was asked."""

    days = BusinessDay(SHANGHAI)

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def page(self, *asked: Any) -> tuple[list[CallRow], str]:
        self.asked.append(asked)
        return [ROW], "next"

    mine = page

    async def every(self, *asked: Any) -> AsyncIterator[CallRow]:
        self.asked.append(asked)
        yield ROW

    async def detail(self, who: Any, name: str) -> str:
        return name


def request(query: object = None, **more: Any) -> ApiRequest:
    plain = ApiRequest(session("qa"), None, None, query, {}, "en", "127.0.0.1", "r1")
    return replace(plain, **more)


def handlers(service: Service) -> dict[str, Any]:
    return {route.path: route.handler for route in routes(cast("CallsService", service))}


def ask(**query: Any) -> CallFilter:
    return filter_of(msgspec.convert(query, CallQuery, strict=False), SHANGHAI)


def test_filters_are_read_as_people_write_them() -> None:
    wanted = ask(**{"from": "2027-01-15T10:00", "to": str(AT + 60), "number": "+86 138-0013", "min_seconds": "5"})
    assert wanted == CallFilter(since=AT, until=AT + 60, digits="861380013", min_seconds=5.0)
    assert ask(**{"from": "2027-01-15T02:00:00Z"}).since == AT
    assert ask(outcome="leftQueue", direction="outbound", agent="3", queue="卖").user_id == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from", "tomorrow"),
        ("to", "nan"),
        ("to", "inf"),
        ("to", "-1"),
        ("from", "9999-12-31T23:59"),
        ("number", "anonymous"),
        ("queue", "a\x00"),
        ("device", "\x00"),
    ],
)
def test_a_filter_that_cannot_be_is_named(field: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        ask(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 201},
        {"limit": 0},
        {"agent": 2**63},
        {"outcome": "x"},
        {"sort": "id"},
        {"min_seconds": -1},
        {"number": "1" * 101},
    ],
)
def test_what_no_filter_is_called_or_may_hold_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(query, CallQuery, strict=False)


async def test_a_page_and_its_cursor() -> None:
    service = Service()
    page = await handlers(service)["/calls"](request(CallQuery(limit=3, cursor="c")))
    assert page == Page([ROW], "next")
    assert service.asked[0][1:] == (CallFilter(), "c", 3)
    assert (await handlers(service)["/calls/mine"](request(DayQuery()))).items == [ROW]
    assert await handlers(service)["/calls/{id}"](request(path={"id": "main:1.1"})) == "main:1.1"


async def test_csv_has_the_times_of_the_site_and_only_who_talked() -> None:
    file = await handlers(Service())["/calls"](request(CallQuery(), wants_csv=True))
    assert isinstance(file, Csv)
    [cells] = [cells async for cells in cast("AsyncIterator[Any]", file.rows)]
    line = dict(zip(_HEADER, cells, strict=True))
    assert line["started_at"] == "2027-01-15T10:00:00.250+08:00"
    assert line["answered_at"] is None
    assert (line["agents"], line["wait_seconds"], line["customer"]) == ("李娜", 1.235, "=cmd")


async def test_winter_and_summer_time_stand_in_the_offset() -> None:
    async def calls() -> AsyncIterator[CallRow]:
        for at in (1792888200.0, 1792891800.0):  # 2:30 twice, on the last Sunday of October
            yield replace(ROW, started_at=at)

    found = [cells[2] async for cells in csv_rows(calls(), ZoneInfo("Europe/Berlin"))]
    assert found == ["2026-10-25T02:30:00.000+02:00", "2026-10-25T02:30:00.000+01:00"]


def test_the_routes_are_for_everybody_who_is_signed_in() -> None:
    assert [(route.method, route.path, route.roles) for route in routes(cast("CallsService", Service()))] == [
        ("GET", "/calls", None),
        ("GET", "/calls/mine", None),
        ("GET", "/calls/{id}", None),
    ]
