"""Addresses of the history of calls."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from cti_server.calls.model import CallDetail, CallFilter, CallRow, digits_of
from cti_server.calls.service import CallsService
from cti_server.core.errors import BadInput
from cti_server.core.moments import local, moment
from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reach, Route
from cti_server.live.words import Direction, Outcome

Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Text = Annotated[str, msgspec.Meta(max_length=100)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]

_HEADER = (
    "id",
    "call_id",
    "started_at",
    "answered_at",
    "ended_at",
    "direction",
    "number",
    "name",
    "dialled",
    "queue",
    "outcome",
    "agents",
    "customer",
    "wait_seconds",
    "talk_seconds",
    "held_seconds",
    "seconds",
    "exact",
)


class CallQuery(Body, frozen=True):
    """Filters of the list of calls. Times: unix seconds, or ISO 8601 (without an offset: the site's zone)."""

    since: Text | None = msgspec.field(default=None, name="from")
    until: Text | None = msgspec.field(default=None, name="to")
    number: Text | None = None
    """Any part of the number, written in any way."""
    agent: Number | None = None
    """A user's id."""
    device: Text | None = None
    queue: Text | None = None
    outcome: Outcome | None = None
    direction: Direction | None = None
    min_seconds: Seconds | None = None
    max_seconds: Seconds | None = None
    cursor: Text | None = None
    limit: Limit = 50


class DayQuery(Body, frozen=True):
    """Which business day; today's when left out."""

    day: date | None = None
    cursor: Text | None = None
    limit: Limit = 200


def routes(service: CallsService) -> list[Route]:
    """GET /calls, /calls/mine, /calls/{id}. Agents see the calls in which they have a segment of their own."""

    async def listing(request: ApiRequest) -> Page[CallRow] | Csv:
        wanted = filter_of(request.query, service.days.zone)
        if request.wants_csv:
            rows = csv_rows(service.every(request.who, wanted), service.days.zone)
            return Csv("calls.csv", _HEADER, rows)
        return Page(*await service.page(request.who, wanted, request.query.cursor, request.query.limit))

    async def mine(request: ApiRequest) -> Page[CallRow]:
        query = request.query
        return Page(*await service.mine(request.who, query.day, query.cursor, query.limit))

    async def detail(request: ApiRequest) -> CallDetail:
        return await service.detail(request.who, request.path["id"])

    return [
        Route(
            "GET",
            "/calls",
            listing,
            summary="Calls, newest first, with filters; as CSV with times in the site's zone.",
            query=CallQuery,
            response=Page[CallRow],
            csv=True,
            reach=Reach.LIST,
        ),
        Route(
            "GET",
            "/calls/mine",
            mine,
            summary="One's own calls of a business day.",
            query=DayQuery,
            response=Page[CallRow],
            reach=Reach.OWN,
        ),
        Route(
            "GET",
            "/calls/{id}",
            detail,
            summary="A call with its legs, segments and journey, by number or by live id.",
            response=CallDetail,
            reach=Reach.THING,
        ),
    ]


def filter_of(query: CallQuery, zone: ZoneInfo) -> CallFilter:
    """The filter that a query asks for. Raises BadInput naming the field."""
    digits = None
    if query.number is not None:
        digits = digits_of(query.number)
        if not digits:
            raise BadInput("A number has digits.", field="number", allowed="some digits of a number")
    for name, text in (("device", query.device), ("queue", query.queue)):
        if text is not None and "\x00" in text:
            raise BadInput(f"No {name} has such a name.", field=name, allowed="text without control characters")
    return CallFilter(
        since=moment("from", query.since, zone),
        until=moment("to", query.until, zone),
        digits=digits,
        user_id=query.agent,
        device=query.device,
        queue=query.queue,
        outcome=query.outcome,
        direction=query.direction,
        min_seconds=query.min_seconds,
        max_seconds=query.max_seconds,
    )


async def csv_rows(calls: AsyncIterator[CallRow], zone: ZoneInfo) -> AsyncIterator[list[Any]]:
    """One line of cells per call, in the order of the header."""
    async for call in calls:
        yield [
            call.id,
            call.call_id,
            local(call.started_at, zone),
            local(call.answered_at, zone),
            local(call.ended_at, zone),
            call.direction,
            call.number,
            call.name,
            call.dialled,
            call.queue,
            call.outcome,
            "; ".join(part.name or part.device for part in call.agents if part.talk_seconds),
            call.customer.name if call.customer else None,
            _round(call.wait_seconds),
            _round(call.talk_seconds),
            _round(call.held_seconds),
            _round(call.seconds),
            call.exact,
        ]


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
