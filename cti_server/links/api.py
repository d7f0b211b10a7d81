"""GET /pbx."""

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Page, Route
from cti_server.links.model import PbxJson
from cti_server.links.service import LinksService


def routes(service: LinksService) -> list[Route]:
    """The addresses of this room."""

    async def listing(request: ApiRequest) -> Page[PbxJson]:
        return Page(service.listing())

    return [
        Route(
            "GET",
            "/pbx",
            listing,
            roles=frozenset({Role.ADMIN}),
            summary="How each PBX stands, what is live on it and how much it says.",
            response=Page[PbxJson],
        )
    ]
