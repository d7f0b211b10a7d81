"""A message as the bytes of a websocket frame, made once for everybody who gets it (RFC 6455, RFC 7692).

A frame from server to client is not masked, so its bytes are the same for every client. Compression without context
takeover keeps that true: each message is compressed on its own.
"""

import zlib
from typing import Final

from websockets.frames import Frame, Opcode

_PAYS_FROM: Final = 1024
"""Bytes; a shorter message fits one packet either way, and compressing it costs more than sending it."""
WINDOW_BITS: Final = 12
"""A window of 4 KB: four fifths of the gain of the full one for a fraction of its memory."""


_RSV1: Final = 0x40
"""In the first byte: this message is compressed (RFC 7692, 6)."""


def _frame(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


class Encoded:
    """One message, in the forms that are asked for."""

    __slots__ = ("_packed", "_payload", "plain")

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self.plain: Final = _frame(payload)
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        """For clients that take permessage-deflate; the plain frame where packing does not pay."""
        if self._packed is None:
            self._packed = self._pack()
        return self._packed

    def _pack(self) -> bytes:
        if len(self._payload) < _PAYS_FROM:
            return self.plain
        deflate = zlib.compressobj(1, zlib.DEFLATED, -WINDOW_BITS, 6)
        data = deflate.compress(self._payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
        # RFC 7692, 7.2.1: the empty block at the end is left out.
        frame = _frame(data.removesuffix(b"\x00\x00\xff\xff"))
        return bytes([frame[0] | _RSV1]) + frame[1:]
