"""The address to which PBXs on other hosts deliver."""

from typing import Annotated, Final

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Route
from cti_server.recording.delivery.model import MOST_BYTES, MOST_PART, Piece, TakenJson
from cti_server.recording.delivery.service import Delivery

_LIMIT: Final = MOST_PART * 4 // 3 + 2048


class PieceBody(Body, frozen=True):
    """A part of a file in base64; without data: how much is here?"""

    file: Annotated[str, msgspec.Meta(max_length=400)]
    size: Annotated[int, msgspec.Meta(ge=0, le=MOST_BYTES)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    offset: Annotated[int, msgspec.Meta(ge=0, le=MOST_BYTES)] = 0
    data: Annotated[bytes, msgspec.Meta(max_length=MOST_PART)] = b""
    alone: bool = False


def routes(service: Delivery) -> list[Route]:
    """POST /deliveries."""

    async def take(request: ApiRequest) -> TakenJson:
        body = request.body
        piece = Piece(body.file, body.size, body.sha256, body.offset, body.data, body.alone)
        return await service.take(request.authorization, piece)

    return [
        Route(
            "POST",
            "/deliveries",
            take,
            summary="A PBX elsewhere delivers a part of a recording; by `Authorization: Bearer` and its own token.",
            request=PieceBody,
            response=TakenJson,
            public=True,
            body_limit=_LIMIT,
        )
    ]
