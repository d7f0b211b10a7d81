"""The address of one's own day."""

from cti_server.agents.day.model import DayJson
from cti_server.agents.day.service import DayService
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Route

_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR})


def routes(service: DayService) -> list[Route]:
    """GET /me/day."""

    async def show(request: ApiRequest) -> DayJson:
        return await service.of(request.who.user_id)

    return [
        Route(
            "GET",
            "/me/day",
            show,
            roles=_WORKERS,
            summary="One's own business day: averages, pauses used, occupancy, callbacks due.",
            response=DayJson,
        )
    ]
