"""Addresses of the room of supervision."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.errors import BadInput
from cti_server.core.moments import local, moment
from cti_server.core.web.routes import ApiRequest, Body, Csv, Handler, Page, Reach, Route
from cti_server.monitoring.model import Act, ForcedJson, Mode, MonitoringJson, Wanted
from cti_server.monitoring.policy import Rule, Scope
from cti_server.monitoring.service import MonitoringService

_SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_REPORTED = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})
_HEADER = (
    "id",
    "asked_at",
    "on_at",
    "ended_at",
    "supervisor",
    "agent",
    "team",
    "queue",
    "number",
    "call_id",
    "modes",
    "listen_seconds",
    "whisper_seconds",
    "barge_seconds",
    "end_reason",
    "agent_told",
    "exact",
)
_ACTS = (
    (Mode.LISTEN, "listen", "Listen to an agent's call; the supervisor is heard by nobody."),
    (Mode.WHISPER, "whisper", "Speak to the agent alone, during his call."),
    (Mode.BARGE, "barge", "Speak to both sides of an agent's call."),
)

Text = Annotated[str, msgspec.Meta(max_length=100)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]


class SessionQuery(Body, frozen=True):
    """Filters of the list of sessions. Times: unix seconds, or ISO 8601 (without an offset: the site's zone)."""

    since: Text | None = msgspec.field(default=None, name="from")
    until: Text | None = msgspec.field(default=None, name="to")
    supervisor: Number | None = None
    """A user's id."""
    agent: Number | None = None
    """A user's id."""
    queue: Text | None = None
    team: Text | None = None
    call_id: Annotated[str, msgspec.Meta(max_length=250)] | None = None
    mode: Mode | None = None
    cursor: Number | None = None
    limit: Limit = 50


class ReleaseBody(Body, frozen=True):
    """Why the call is ended; the agent is shown it."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RuleBody(Body, frozen=True):
    """What supervisors may do on the calls of a queue, of a team, or of the whole site."""

    scope: Scope
    name: Text = ""
    allow: tuple[Act, ...] = tuple(Act)
    users: Annotated[tuple[Number, ...], msgspec.Meta(max_length=1000)] = ()
    """Only these; empty: every supervisor."""
    tell_agent: bool = False


class PolicyBody(Body, frozen=True):
    """All rules; what is not in here is as it was before anything was set."""

    rules: tuple[RuleBody, ...]


class RuleJson(msgspec.Struct, frozen=True):
    """A rule as it is kept."""

    scope: str
    name: str
    allow: tuple[str, ...]
    users: tuple[int, ...]
    tell_agent: bool


class PolicyJson(msgspec.Struct, frozen=True):
    """All rules."""

    rules: tuple[RuleJson, ...]


def routes(service: MonitoringService, zone: ZoneInfo) -> list[Route]:
    """Supervision: on a call, ending it, who was on which call, and who may."""
    return [*_commands(service), *_looking_back(service, zone), *_policy(service)]


def _commands(service: MonitoringService) -> list[Route]:
    def monitor(mode: Mode) -> Handler:
        async def handler(request: ApiRequest) -> MonitoringJson:
            return await service.monitor(request.who, request.path["user_id"], mode)

        return handler

    async def take_over(request: ApiRequest) -> MonitoringJson:
        return await service.take_over(request.who, request.path["user_id"])

    async def stop(request: ApiRequest) -> MonitoringJson:
        return await service.stop(request.who, request.path["id"])

    async def release(request: ApiRequest) -> ForcedJson:
        return await service.release(request.who, request.path["id"], request.body.text)

    def command(path: str, handler: Handler, summary: str, **more: Any) -> Route:
        more.setdefault("response", MonitoringJson)
        more.setdefault("reach", Reach.AGENT)
        return Route("POST", path, handler, roles=_SUPERVISORS, summary=summary, idempotent=True, **more)

    return [
        *(command(f"/agents/{{user_id:int}}/{name}", monitor(mode), summary) for mode, name, summary in _ACTS),
        command("/agents/{user_id:int}/take-over", take_over, "Get the agent's caller oneself; the agent is released."),
        command("/monitoring/{id}/stop", stop, "Leave the agent's call.", reach=Reach.OWN),
        command(
            "/calls/{id}/release",
            release,
            "End the agents' part of a live call, with a reason that they are shown.",
            request=ReleaseBody,
            response=ForcedJson,
            reach=Reach.THING,
        ),
    ]


def _looking_back(service: MonitoringService, zone: ZoneInfo) -> list[Route]:
    async def listing(request: ApiRequest) -> Page[MonitoringJson] | Csv:
        wanted = _wanted(request.query, zone)
        if request.wants_csv:
            return Csv("monitoring.csv", _HEADER, _csv_rows(service.every(request.who, wanted), zone))
        items, more = await service.page(request.who, wanted, request.query.cursor, request.query.limit)
        return Page(items, None if more is None else str(more))

    return [
        Route(
            "GET",
            "/monitoring/sessions",
            listing,
            roles=_REPORTED,
            summary="Who was on whose call, newest first; as CSV with times in the site's zone.",
            query=SessionQuery,
            response=Page[MonitoringJson],
            csv=True,
            reach=Reach.LIST,
        )
    ]


def _policy(service: MonitoringService) -> list[Route]:
    async def show(request: ApiRequest) -> PolicyJson:
        return _policy_json(await service.policy())

    async def save(request: ApiRequest) -> PolicyJson:
        body: PolicyBody = request.body
        wanted = [
            Rule(rule.scope, rule.name.strip(), frozenset(rule.allow), frozenset(rule.users), rule.tell_agent)
            for rule in body.rules
        ]
        return _policy_json(await service.set_policy(request.who, wanted))

    summary = "Who may listen, whisper, barge in, take over and release, and whether agents are told."
    return [
        Route("GET", "/monitoring/policy", show, roles=_ADMIN, summary=summary, response=PolicyJson),
        Route(
            "PUT",
            "/monitoring/policy",
            save,
            roles=_ADMIN,
            summary="Put these rules in place of all.",
            request=PolicyBody,
            response=PolicyJson,
        ),
    ]


def _policy_json(rules: tuple[Rule, ...]) -> PolicyJson:
    return PolicyJson(
        tuple(
            RuleJson(rule.scope, rule.name, tuple(sorted(rule.allow)), tuple(sorted(rule.users)), rule.tell_agent)
            for rule in rules
        )
    )


def _wanted(query: SessionQuery, zone: ZoneInfo) -> Wanted:
    for name, text in (("queue", query.queue), ("team", query.team), ("call_id", query.call_id)):
        if text is not None and "\x00" in text:
            raise BadInput(f"No {name} has such a name.", field=name, allowed="text without control characters")
    return Wanted(
        since=moment("from", query.since, zone),
        until=moment("to", query.until, zone),
        supervisor_id=query.supervisor,
        agent_id=query.agent,
        queue=query.queue,
        team=query.team,
        call_id=query.call_id,
        mode=query.mode,
    )


async def _csv_rows(sessions: AsyncIterator[MonitoringJson], zone: ZoneInfo) -> AsyncIterator[list[object]]:
    async for one in sessions:
        yield [
            one.id,
            local(one.asked_at, zone),
            local(one.on_at, zone),
            local(one.ended_at, zone),
            one.supervisor.name or one.supervisor.user_id,
            one.agent.name or one.agent.user_id,
            one.team,
            one.queue,
            one.number,
            one.call_id,
            "; ".join(dict.fromkeys(part.mode for part in one.stretches)),
            *(round(one.seconds.get(mode, 0.0), 3) for mode in (Mode.LISTEN, Mode.WHISPER, Mode.BARGE)),
            one.end_reason,
            one.told,
            one.exact,
        ]
