"""Addresses of the room of queues."""

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Page, Reach, Route
from cti_server.queues.model import QueueJson
from cti_server.queues.service import QueuesService


def routes(service: QueuesService) -> list[Route]:
    """GET /queues."""

    async def listing(request: ApiRequest) -> Page[QueueJson]:
        return Page([queue for queue in service.listing() if request.who.scope.sees_queue(queue.name)])

    return [
        Route(
            "GET",
            "/queues",
            listing,
            roles=frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN}),
            summary="The queues of all PBXs, who waits in them, and their figures of the business day.",
            response=Page[QueueJson],
            reach=Reach.LIST,
        )
    ]
