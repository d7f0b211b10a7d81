"""Addresses of the room of agents."""

from typing import Annotated

import msgspec

from cti_server.agents.model import ProfileJson, QueuePlace
from cti_server.agents.service import AgentsService
from cti_server.core.auth.model import Role
from cti_server.core.errors import NotFound
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route

_ADMIN = frozenset({Role.ADMIN})
_WATCHERS = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})


class QueueBody(Body, frozen=True):
    """A queue of which the agent shall be a member; a smaller penalty is rung first."""

    queue: str
    penalty: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


class ProfileBody(Body, frozen=True):
    """With which device a user works, and for which queues."""

    pbx: str
    device: str
    queues: tuple[QueueBody | str, ...] = ()
    """A bare name stands for penalty 0."""
    team: str = ""
    always_on: bool = True
    """A member of these queues all the time, until he first signs in or out by the console."""
    location: str = ""
    """Where he sits."""


def routes(service: AgentsService) -> list[Route]:
    """GET /agents, GET, PUT and DELETE /agents/{user_id}."""

    async def listing(request: ApiRequest) -> Page[ProfileJson]:
        return Page(await service.profiles(request.who.scope))

    async def show(request: ApiRequest) -> ProfileJson:
        profile = service.profile(request.path["user_id"])
        if profile is None:
            raise NotFound("This user has no device.", code="no_such_profile")
        return profile

    async def save(request: ApiRequest) -> ProfileJson:
        body: ProfileBody = request.body
        places = _places(body)
        user_id = request.path["user_id"]
        return await service.save(
            request.who, user_id, body.pbx, body.device, places, body.team, body.always_on, body.location
        )

    async def remove(request: ApiRequest) -> None:
        await service.remove(request.who, request.path["user_id"])

    return [
        Route(
            "GET",
            "/agents",
            listing,
            roles=_WATCHERS,
            summary="Who works with which device and for which queues.",
            response=Page[ProfileJson],
            reach=Reach.LIST,
        ),
        Route("GET", "/agents/{user_id:int}", show, roles=_ADMIN, summary="A user's profile.", response=ProfileJson),
        Route(
            "PUT",
            "/agents/{user_id:int}",
            save,
            roles=_ADMIN,
            summary="Set a user's device and queues; memberships on the PBX follow.",
            request=ProfileBody,
            response=ProfileJson,
        ),
        Route(
            "DELETE",
            "/agents/{user_id:int}",
            remove,
            roles=_ADMIN,
            summary="Take a user's device away; his memberships on the PBX end.",
        ),
    ]


def _places(body: ProfileBody) -> list[QueuePlace]:
    return [QueuePlace(one) if isinstance(one, str) else QueuePlace(one.queue, one.penalty) for one in body.queues]
