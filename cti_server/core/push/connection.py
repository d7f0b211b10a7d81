"""One browser's websocket: bounded in both directions, written to without waiting."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.protocol import Event, State
from websockets.server import ServerProtocol

from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.push.frames import WINDOW_BITS

OUTBOX: Final = 1024 * 1024
"""Bytes that may wait for a browser that reads too slowly."""
LARGEST_STATE: Final = 16 * 1024 * 1024
"""Bytes of snapshots that may wait besides."""
STALL: Final = 10.0
"""Seconds in which a waiting browser must have taken something."""
_KERNEL_BUFFER: Final = 256 * 1024
_SLICE: Final = 4096
_BURST: Final = 120.0
_RATE: Final = 30.0
"""Frames in: 30 a second, 120 at once. A console sends one every twenty seconds."""
_GRACE: Final = 2.0

TOO_SLOW: Final = 4008
NOT_SIGNED_IN: Final = 4401
NO_HEARTBEAT: Final = 4408
POLICY: Final = 1008


class PushConnection(ServerConnection):
    """websockets' connection with our limits. `on_lost` is called once, when the TCP connection is gone."""

    session: Session
    """Set when the ticket was good; nobody pushes before."""

    def __init__(
        self, protocol: ServerProtocol, server: Server, clock: Clock, on_lost: Callable[["PushConnection"], None]
    ) -> None:
        super().__init__(
            protocol,
            server,
            ping_interval=None,  # our own heartbeat is a message that the page can see
            close_timeout=_GRACE,
            max_queue=16,
            write_limit=(64 * 1024, 16 * 1024),
        )
        self._clock = clock
        self._on_lost = on_lost
        self.packs = False
        self.token = ""
        self.checked_at = 0.0
        self.pinged_at = 0.0
        self.awaits_pong = False
        self.misses = 0
        self._flooded = False
        self._cut_is_set = False
        self._tokens = _BURST
        self._tokens_at = clock.monotonic()
        self._waiting = 0
        self._allowance = 0
        self._handed = 0
        self._taken = 0
        self._progress_at = 0.0

    def opened(self) -> None:
        """Called after the handshake: see whether the client takes the frames that we compress for all."""
        for extension in self.protocol.extensions:
            if isinstance(extension, PerMessageDeflate):
                self.packs = extension.local_no_context_takeover and extension.local_max_window_bits >= WINDOW_BITS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the front door when it hands the connection over."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            # What waits in the kernel is neither counted nor bounded by us; left alone it grows to megabytes.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)

    # Out

    def push(self, frames: bytes, *, snapshot: bool = False) -> None:
        """Write whole frames. A browser that does not take them is closed with 4008; nobody waits for it."""
        if self.protocol.state is not State.OPEN or not frames:
            return
        self._handed += len(frames)
        self.transport.write(frames)
        if not self.paused:
            return
        self._waiting += len(frames)
        if snapshot:
            # A large state may exceed the outbox by itself; that is not the browser's fault.
            self._allowance = min(self._allowance + len(frames), LARGEST_STATE)
        if self._waiting > OUTBOX + self._allowance:
            self._waiting = self.transport.get_write_buffer_size()
            if self._waiting > OUTBOX + self._allowance:
                self.shut(TOO_SLOW, "reads too slowly")

    def pause_writing(self) -> None:
        """Called by the transport when more waits than it likes: from here on we count."""
        super().pause_writing()
        self._waiting = self.transport.get_write_buffer_size()
        self._taken = self._handed - self._waiting
        self._progress_at = self._clock.monotonic()

    def resume_writing(self) -> None:
        """Called by the transport when the browser has caught up."""
        super().resume_writing()
        self._waiting = self._allowance = 0

    @property
    def shut_with(self) -> int | None:
        """The code with which we closed, None when the browser did or the line broke."""
        sent = self.protocol.close_sent
        return None if sent is None or self.protocol.close_rcvd_then_sent else int(sent.code)

    def check_progress(self) -> None:
        """Close a browser that took nothing for ten seconds although something waits for it."""
        if not self.paused or self.protocol.state is not State.OPEN:
            return
        now = self._clock.monotonic()
        taken = self._handed - self.transport.get_write_buffer_size()
        if taken > self._taken:
            self._taken, self._progress_at = taken, now
        elif now - self._progress_at >= STALL:
            self.shut(TOO_SLOW, "reads nothing")

    def shut(self, code: int, reason: str) -> None:
        """Begin to close; the connection is cut when the other side does not take part. May be called twice."""
        if self.protocol.state is not State.OPEN:
            return
        self.protocol.send_close(code, reason)
        self.send_data()
        self._cut_soon()

    # In

    def data_received(self, data: bytes) -> None:
        """Called by the transport with what came in."""
        # In slices: a packet full of tiny frames must not be parsed whole before the limit below sees it.
        for start in range(0, len(data), _SLICE):
            if self.protocol.state is State.CLOSED or self._flooded:
                return
            super().data_received(data[start : start + _SLICE])
        if self.protocol.close_expected():
            self._cut_soon()

    def process_event(self, event: Event) -> None:
        """Called for the request and for every frame, control frames and fragments too."""
        if isinstance(event, Frame) and not self._within_rate():
            if not self._flooded:
                self._flooded = True
                # Fails the connection at once: what else this sender has on the way is not read.
                self.protocol.fail(POLICY, "too many messages")
                self.send_data()
                self._cut_soon()
            return
        super().process_event(event)

    def _cut_soon(self) -> None:
        """A peer that does not close its side would stay half-open for ever."""
        if not self._cut_is_set:
            self._cut_is_set = True
            self.loop.call_later(_GRACE, self.transport.abort)

    def _within_rate(self) -> bool:
        now = self._clock.monotonic()
        self._tokens = min(_BURST, self._tokens + (now - self._tokens_at) * _RATE) - 1
        self._tokens_at = now
        return self._tokens >= 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the transport, once."""
        super().connection_lost(exc)
        self._on_lost(self)

    def __repr__(self) -> str:
        return f"<PushConnection {self.id}>"


async def _never() -> Any:
    raise NotImplementedError("the front door listens, not websockets")


class Host(Server):
    """What a ServerConnection asks of its server, without a port of its own. Needs a running loop."""

    def __init__(self, handler: Callable[[ServerConnection], Any], logger: Any) -> None:
        super().__init__(_never, handler, logger)
        self.open = True

    def is_serving(self) -> bool:
        """Whether new connections are taken."""
        return self.open

    async def finish(self, limit: float) -> None:
        """Wait for the connections' own ends, at most `limit` seconds."""
        if self.handler_tasks:
            await asyncio.wait(set(self.handler_tasks), timeout=limit)
