"""The one address of push that is plain HTTP: where a browser gets its ticket."""

import msgspec

from cti_server.core.push.tickets import Tickets
from cti_server.core.web.routes import ApiRequest, Reach, Route


class TicketJson(msgspec.Struct, frozen=True):
    """A ticket for the first message on /push, good for one connection."""

    ticket: str
    expires_in: float
    """Seconds."""


def routes(tickets: Tickets) -> list[Route]:
    """POST push-ticket."""

    async def issue(request: ApiRequest) -> TicketJson:
        return TicketJson(tickets.issue(request.who, request.token or ""), tickets.life)

    return [
        Route(
            "POST", "/push-ticket", issue, summary="A ticket for the push stream", response=TicketJson, reach=Reach.OWN
        )
    ]
