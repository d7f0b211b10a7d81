"""The address of the forecast."""

from typing import Final

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Reach, Route
from cti_server.recording.forecast.model import ForecastJson
from cti_server.recording.forecast.service import Forecast

_CHIEFS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


def routes(service: Forecast) -> list[Route]:
    """GET /recordings/forecast."""

    async def show(request: ApiRequest) -> ForecastJson:
        return await service.show()

    return [
        Route(
            "GET",
            "/recordings/forecast",
            show,
            _CHIEFS,
            "How much room recordings take, what comes and goes a day, and when it is full.",
            response=ForecastJson,
            reach=Reach.SITE,
        )
    ]
