"""What the address of deliveries takes."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec

from cti_server.core.web.shapes import check_strict
from cti_server.recording.delivery.api import PieceBody, routes
from cti_server.recording.delivery.model import MOST_PART, Piece, TakenJson
from cti_server.recording.delivery.service import Delivery


async def test_a_part_comes_with_the_token_of_its_pbx_and_within_limits() -> None:
    taken: list[tuple[str, Piece]] = []

    class Receiver:
        async def take(self, authorization: str, piece: Piece) -> TakenJson:
            taken.append((authorization, piece))
            return TakenJson(3, False)

    (route,) = routes(cast("Delivery", Receiver()))
    check_strict(PieceBody)
    assert route.public
    assert MOST_PART < route.body_limit < 2 * MOST_PART
    body = msgspec.convert({"file": "x", "size": 9, "sha256": "a" * 64, "data": "AQID"}, PieceBody)
    request: Any = SimpleNamespace(body=body, authorization="Bearer T")
    assert await route.handler(request) == TakenJson(3, False)
    assert taken == [("Bearer T", Piece("x", 9, "a" * 64, 0, b"\x01\x02\x03"))]
