"""Addresses of skills."""

from typing import Annotated

import msgspec

from cti_server.agents.skills.model import SkillsJson
from cti_server.agents.skills.service import SkillsService
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route

_WATCHERS = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})
_SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Level = Annotated[int, msgspec.Meta(ge=1, le=5)]


class SkillsBody(Body, frozen=True):
    """All skills of an agent: name to level, 1 a little … 5 very well."""

    skills: Annotated[dict[Name, Level], msgspec.Meta(max_length=50)]


def routes(service: SkillsService) -> list[Route]:
    """GET /skills, GET and PUT /agents/{user_id}/skills."""

    async def listing(request: ApiRequest) -> Page[str]:
        return Page(service.names)

    async def show(request: ApiRequest) -> SkillsJson:
        user_id = request.path["user_id"]
        return SkillsJson(user_id, service.of(user_id))

    async def put(request: ApiRequest) -> SkillsJson:
        user_id = request.path["user_id"]
        return SkillsJson(user_id, await service.put(request.who, user_id, request.body.skills))

    return [
        Route(
            "GET",
            "/skills",
            listing,
            _WATCHERS,
            "All skills that anybody has.",
            response=Page[str],
            reach=Reach.SITE,
        ),
        Route(
            "GET",
            "/agents/{user_id:int}/skills",
            show,
            _WATCHERS,
            "What an agent can do, and how well.",
            response=SkillsJson,
            reach=Reach.AGENT,
        ),
        Route(
            "PUT",
            "/agents/{user_id:int}/skills",
            put,
            _SUPERVISORS,
            "Set what an agent can do, and how well.",
            request=SkillsBody,
            response=SkillsJson,
            reach=Reach.AGENT,
        ),
    ]
