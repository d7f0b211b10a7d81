"""Addresses of the rules of queues, of what was decided on a call, and of how good expected waits were."""

from typing import Annotated

from msgspec import Meta, Struct

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.routing.decisions.model import DecisionJson, ErrorsJson
from cti_server.routing.decisions.policy import Policy, VersionJson
from cti_server.routing.decisions.service import Decisions

_ADMIN = frozenset({Role.ADMIN})


class QueuePolicyJson(Struct, frozen=True):
    """A queue and its rules; version 0 and the default policy where nobody made any. `at` unix seconds."""

    pbx: str
    queue: str
    version: int
    at: float | None
    changed_by: str
    policy: Policy


class PolicyBody(Body, frozen=True):
    """New rules; `version` is the one that was changed, 0 for none."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 2)]
    policy: Policy


class ErrorsQuery(Body, frozen=True):
    """Over how many days, and how far off still counts as right (seconds)."""

    days: Annotated[int, Meta(ge=1, le=366)] = 7
    tolerance: Annotated[float, Meta(ge=1, le=3600)] = 30.0


def routes(service: Decisions) -> list[Route]:
    """GET and PUT of queue policies, their versions, a call's decisions, and errors of expected waits."""

    def shown(pbx: str, queue: str, found: VersionJson | None) -> QueuePolicyJson:
        if found is None:
            return QueuePolicyJson(pbx, queue, 0, None, "", Policy())
        return QueuePolicyJson(pbx, queue, found.version, found.at, service.name_of(found.user_id), found.policy)

    async def listing(request: ApiRequest) -> Page[QueuePolicyJson]:
        return Page([shown(*key, found) for key, found in service.rules().items()])

    async def put(request: ApiRequest) -> QueuePolicyJson:
        body: PolicyBody = request.body
        key = (request.path["pbx"], request.path["queue"])
        return shown(*key, await service.put(request.who, key, body.policy, body.version))

    async def versions(request: ApiRequest) -> Page[QueuePolicyJson]:
        key = (request.path["pbx"], request.path["queue"])
        return Page([shown(*key, one) for one in await service.versions(key)])

    async def of_call(request: ApiRequest) -> Page[DecisionJson]:
        return Page(await service.of_call(request.who, request.path["id"]))

    async def errors(request: ApiRequest) -> Page[ErrorsJson]:
        query: ErrorsQuery = request.query
        return Page(await service.errors(query.days, query.tolerance))

    return [
        Route(
            "GET",
            "/queue-policies",
            listing,
            roles=_ADMIN,
            summary="The rules of every queue: priorities, ring of agents, overflow, who is asked first.",
            response=Page[QueuePolicyJson],
        ),
        Route(
            "PUT",
            "/queue-policies/{pbx}/{queue}",
            put,
            roles=_ADMIN,
            summary="Change the rules of a queue; they act at once, also on who waits.",
            request=PolicyBody,
            response=QueuePolicyJson,
        ),
        Route(
            "GET",
            "/queue-policies/{pbx}/{queue}/versions",
            versions,
            roles=_ADMIN,
            summary="Earlier rules of a queue, newest first.",
            response=Page[QueuePolicyJson],
        ),
        Route(
            "GET",
            "/calls/{id}/decisions",
            of_call,
            summary="Why a call went where it went, by number or by live id of the call.",
            response=Page[DecisionJson],
            reach=Reach.THING,
        ),
        Route(
            "GET",
            "/wait-estimates",
            errors,
            roles=_ADMIN,
            summary="How far the expected waits of the last days were off, by queue.",
            query=ErrorsQuery,
            response=Page[ErrorsJson],
        ),
    ]
