"""From TCP chunks to whole AMI messages, on bytes.

AMI (Asterisk's `main/manager.c`): one banner line, then messages of `Name: value` lines that end in CRLF, closed by an
empty line. A chunk may end anywhere: inside a character, between CR and LF. Asterisk itself sometimes sends one
empty line too many; those are dropped here.
"""

from typing import Final

_CRLF: Final = b"\r\n"
_END: Final = b"\r\n\r\n"

MAX_MESSAGE: Final = 1 << 20
MAX_LINES: Final = 2_000
MAX_LINE: Final = 64 << 10
MAX_BANNER: Final = 1_024
# Shorter messages are not counted: whatever they hold cannot hurt, and nearly all are shorter.
_COUNT_FROM: Final = 16 << 10


class FramingError(ValueError):
    """The peer sent what no Asterisk sends; the stream cannot be trusted any further."""


class Framer:
    """Cuts a byte stream into raw messages. `banner` is the first line once it has come."""

    __slots__ = ("_lines_seen", "_pending", "_searched", "banner")

    def __init__(self) -> None:
        self.banner: bytes | None = None
        self._pending = bytearray()
        self._searched = 0
        self._lines_seen = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next chunk and return the messages that it completes, in order, never empty ones.

        Raises FramingError when a message, a line or the number of lines is over its limit; the framer is then of no
        further use.
        """
        if self.banner is None:
            data = self._take_banner(data)
        elif self._pending:
            data = self._join(data)
        if not data:
            return []
        messages = data.split(_END)
        rest = messages.pop()
        if rest:
            self._keep(rest)
        if messages and (data.startswith(_CRLF) or b"\r\n\r\n\r\n" in data):
            messages = [clean for message in messages if (clean := message.lstrip(_CRLF))]
        for message in messages:
            if len(message) > _COUNT_FROM:
                _check(message)
        return messages

    def _take_banner(self, data: bytes) -> bytes:
        self._pending += data
        end = self._pending.find(_CRLF)
        if end > MAX_BANNER or (end < 0 and len(self._pending) > MAX_BANNER):
            raise FramingError("no banner line: the peer is not an Asterisk manager port")
        if end < 0:
            return b""
        self.banner = bytes(self._pending[:end])
        rest = bytes(self._pending[end + 2 :])
        self._pending.clear()
        return rest

    def _join(self, data: bytes) -> bytes:
        """What was kept and `data` as one, or nothing while no message is complete (kept without copying it all)."""
        pending = self._pending
        border = max(0, len(pending) - 3)
        pending += data
        if pending.find(_END, border) < 0:
            self._check_pending()
            return b""
        whole = bytes(pending)
        self._forget()
        return whole

    def _keep(self, rest: bytes) -> None:
        self._pending += rest
        if len(rest) > MAX_LINE:
            self._check_pending()

    def _forget(self) -> None:
        self._pending = bytearray()
        self._searched = 0
        self._lines_seen = 0

    def _check_pending(self) -> None:
        """Limits of a message that is not complete yet; each byte is looked at once."""
        pending = self._pending
        if len(pending) > MAX_MESSAGE:
            raise FramingError(f"a message of more than {MAX_MESSAGE} bytes")
        if len(pending) - self._searched < _COUNT_FROM:
            return
        line = pending.rfind(_CRLF)
        if len(pending) - max(line, 0) > MAX_LINE:
            raise FramingError(f"a line of more than {MAX_LINE} bytes")
        self._lines_seen += pending.count(_CRLF, self._searched)
        self._searched = len(pending)
        if self._lines_seen > MAX_LINES:
            raise FramingError(f"a message of more than {MAX_LINES} lines")


def _check(message: bytes) -> None:
    if len(message) > MAX_MESSAGE:
        raise FramingError(f"a message of more than {MAX_MESSAGE} bytes")
    if message.count(_CRLF) > MAX_LINES:
        raise FramingError(f"a message of more than {MAX_LINES} lines")
    if max(map(len, message.split(_CRLF))) > MAX_LINE:
        raise FramingError(f"a line of more than {MAX_LINE} bytes")
