"""One public port: reads the head of a connection's first request and hands the connection to whom it is for.

A websocket for /push goes to the push stream, everything else to aiohttp. The bytes that were read go along. What
comes too slowly, too large or in too many pieces is dropped here, before it costs more than its own buffer.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from typing import Final, cast

import structlog

from cti_server.core.metrics import Metrics

log = structlog.get_logger(__name__)

OnLost = Callable[[], None]
MakeProtocol = Callable[[OnLost], asyncio.Protocol]
"""Makes the protocol that takes a connection over; it calls its argument once when the connection is gone."""

_PUSH: Final = re.compile(rb"GET /push(\?[^ \r\n]*)? HTTP/1\.1\r\n")
_UPGRADE: Final = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_TLS_HELLO: Final = 0x16


def _refusal(status: str, code: str, detail: str) -> bytes:
    number = status.split()[0]
    body = f'{{"status":{number},"title":"{status[4:]}","code":"{code}","detail":"{detail}"}}'.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_FULL: Final = _refusal("503 Service Unavailable", "full", "Too many connections are open.")
_SLOW: Final = _refusal("408 Request Timeout", "too_slow", "The request took too long to arrive.")
_LARGE: Final = _refusal("431 Request Header Fields Too Large", "headers_too_large", "The header is too large.")
_NOT_HTTP: Final = _refusal("400 Bad Request", "plain_http", "This port speaks http without TLS.")


class FrontDoor:
    """Listens, sorts, and keeps count. All limits are per process.

    `max_waiting` connections may be without a whole head at one time; the one that waited longest goes first, so that
    a crowd of slow senders locks out nobody who speaks at once.
    """

    def __init__(
        self,
        *,
        http: MakeProtocol,
        push: MakeProtocol,
        metrics: Metrics,
        max_connections: int = 8192,
        max_waiting: int = 1024,
        head_seconds: float = 10.0,
        head_bytes: int = 16 * 1024,
    ) -> None:
        self._http = http
        self._push = push
        self._metrics = metrics
        self._max_connections = max_connections
        self._max_waiting = max_waiting
        self.head_seconds = head_seconds
        self.head_bytes = head_bytes
        self._open: dict[asyncio.BaseTransport, None] = {}
        self._waiting: dict[_FirstHead, None] = {}
        self._server: asyncio.Server | None = None

    @property
    def open_connections(self) -> int:
        """Connections that are open now, in whatever state."""
        return len(self._open)

    @property
    def port(self) -> int:
        """The port that is listened on. Raises RuntimeError before `listen`."""
        if self._server is None:
            raise RuntimeError("the front door is not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Open the port. Raises OSError when it is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _FirstHead(self),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=self.head_seconds if tls else None,
            ssl_shutdown_timeout=2.0 if tls else None,
            backlog=1024,
        )

    def stop_listening(self) -> None:
        """Take no new connections; those that are open stay."""
        if self._server is not None:
            self._server.close()

    def drop_all(self) -> None:
        """Cut every connection that is still open."""
        for transport in list(self._open):
            cast(asyncio.Transport, transport).abort()

    def came(self, head: "_FirstHead", transport: asyncio.Transport) -> bool:
        """Count a new connection; False when there is no room for it."""
        if len(self._open) >= self._max_connections:
            self._metrics.connections_dropped.labels("full").inc()
            return False
        self._open[transport] = None
        self._metrics.connections.set(len(self._open))
        self._waiting[head] = None
        if len(self._waiting) > self._max_waiting:
            longest = next(iter(self._waiting))
            self._metrics.connections_dropped.labels("crowded").inc()
            longest.cut()
        return True

    def left(self, transport: asyncio.BaseTransport) -> None:
        """Forget a connection that is gone."""
        self._open.pop(transport, None)
        self._metrics.connections.set(len(self._open))

    def no_longer_waits(self, head: "_FirstHead") -> None:
        """A head is whole, or its sender gone."""
        self._waiting.pop(head, None)

    def dropped(self, reason: str) -> None:
        """Count a connection that was refused."""
        self._metrics.connections_dropped.labels(reason).inc()

    def choose(self, head: bytes, transport: asyncio.BaseTransport) -> asyncio.Protocol:
        """The protocol for a connection that begins with `head`."""
        make = self._push if _PUSH.match(head) and _UPGRADE.search(head) else self._http
        return make(lambda: self.left(transport))


class _FirstHead(asyncio.Protocol):
    """Collects the bytes of a connection up to the end of the first head."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._door.came(self, self._transport):
            self._refuse(_FULL)
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._door.head_seconds, self._too_slow)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        start = max(0, len(self._buffer) - 3)
        self._buffer += data
        if self._buffer[0] == _TLS_HELLO:
            self._drop("not_http", _NOT_HTTP)
            return
        end = self._buffer.find(b"\r\n\r\n", start)
        if (end if end >= 0 else len(self._buffer)) > self._door.head_bytes:
            self._drop("large_head", _LARGE)
        elif end >= 0:
            self._hand_over(bytes(self._buffer[: end + 4]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        if self._transport is not None:
            self._door.left(self._transport)

    def cut(self) -> None:
        """Drop the connection without a word."""
        self._end_waiting()
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self, head: bytes) -> None:
        assert self._transport is not None
        self._end_waiting()
        protocol = self._door.choose(head, self._transport)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(bytes(self._buffer))
        self._buffer.clear()

    def _too_slow(self) -> None:
        self._drop("slow_head", _SLOW)

    def _drop(self, reason: str, answer: bytes) -> None:
        self._door.dropped(reason)
        self._refuse(answer)

    def _refuse(self, answer: bytes) -> None:
        self._end_waiting()
        if self._transport is not None:
            self._transport.write(answer)
            self._transport.close()

    def _end_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._door.no_longer_waits(self)
