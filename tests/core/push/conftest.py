"""A real push gate behind a real front door, with people who hold tickets."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.bus import Bus
from cti_server.core.errors import Unavailable
from cti_server.core.metrics import Metrics
from cti_server.core.push.gate import PushGate
from cti_server.core.push.hub import PushHub
from cti_server.core.push.tickets import Tickets
from cti_server.core.tasks import Tasks
from cti_server.core.web.front_door import FrontDoor
from cti_server.core.web.origins import Origins


class SetClock:
    def __init__(self) -> None:
        self.time = 1_795_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


def session_of(user_id: int, role: str = "agent", scope: Scope = EVERYTHING) -> Session:
    return Session(
        session_id=user_id * 10,
        user_id=user_id,
        login=f"u{user_id}",
        name=f"用户{user_id}",
        roles=frozenset({role}),
        language="",
        must_change_password=False,
        address="127.0.0.1",
        created_at=0.0,
        last_seen_at=0.0,
        scope=scope,
    )


class KnownPeople:
    """Accounts at the edge: everybody is signed in until `ended`."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.away = False

    async def session(self, token: str) -> Session | None:
        if self.away:
            raise Unavailable("The database is away.")
        return None if token in self.ended else session_of(1)


class RawSocket:
    """A websocket spoken by hand, for clients that no library would play."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.closed_with: int | None = None
        self.polite = True
        """Takes part in closing."""
        self.bytes_in = 0

    def send(self, payload: bytes, *, opcode: int = 1, fin: bool = True, rsv1: bool = False) -> None:
        self.writer.write(self.frame(payload, opcode=opcode, fin=fin, rsv1=rsv1))

    @staticmethod
    def frame(payload: bytes, *, opcode: int = 1, fin: bool = True, rsv1: bool = False) -> bytes:
        mask = os.urandom(4)
        first = (0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", first, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", first, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", first, 0x80 | 127, size)
        return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))

    def say(self, **message: Any) -> None:
        self.send(json.dumps(message).encode())

    async def frame_in(self) -> tuple[int, bytes]:
        """(first byte, payload) of the next frame. Raises IncompleteReadError at the end."""
        first, size = await self.reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        payload = await self.reader.readexactly(size)
        self.bytes_in += size
        if first & 0x0F == 8:
            self.closed_with = struct.unpack("!H", payload[:2])[0] if payload else 1005
            if self.polite:
                self.send(payload[:2], opcode=8)
        return first, payload

    async def hear(self, *, limit: float = 10.0) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(limit):
            while True:
                first, payload = await self.frame_in()
                if first & 0x0F == 1:
                    found: dict[str, Any] = json.loads(payload)
                    return found
                if first & 0x0F == 8:
                    raise EOFError(self.closed_with)

    async def hear_until(self, type: str) -> dict[str, Any]:
        while (message := await self.hear())["type"] != type:
            pass
        return message

    async def end(self, *, limit: float = 10.0) -> int | None:
        """Read to the end; the code that we were closed with, None when cut without one."""
        async with asyncio.timeout(limit):
            try:
                while True:
                    await self.frame_in()
            except (asyncio.IncompleteReadError, ConnectionError):
                return self.closed_with

    def cut(self) -> None:
        self.writer.transport.abort()


class Place:
    """A push gate on a port, and ways to come in."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.metrics = Metrics()
        self.bus = Bus()
        self.people = KnownPeople()
        self.tickets = Tickets(self.clock)
        self.tasks = Tasks("push-tests")
        self.hub = PushHub(self.clock, self.metrics)
        self.gate = PushGate(
            self.hub,
            self.tickets,
            self.people,
            Origins(allowed=["https://app.example.com"]),
            bus=self.bus,
            tasks=self.tasks,
            clock=self.clock,
            metrics=self.metrics,
        )
        self.door = FrontDoor(http=lambda on_lost: asyncio.Protocol(), push=self.gate.protocol, metrics=self.metrics)
        self.sockets: list[RawSocket] = []

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def request(self, *, path: str = "/push", origin: str | None = "same", extra: str = "") -> bytes:
        host = f"127.0.0.1:{self.door.port}"
        key = base64.b64encode(os.urandom(16)).decode()
        lines = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        lines += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extra}"
        if origin is not None:
            lines += f"Origin: {f'http://{host}' if origin == 'same' else origin}\r\n"
        return lines.encode() + b"\r\n"

    async def knock(self, request: bytes) -> tuple[int, bytes, RawSocket]:
        """Send a handshake; (status, head with any body that came along, socket)."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port, limit=2**26)
        socket = RawSocket(reader, writer)
        self.sockets.append(socket)
        writer.write(request)
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1]), head, socket

    async def connect(self, *, extra: str = "") -> RawSocket:
        status, head, socket = await self.knock(self.request(extra=extra))
        assert status == 101, head
        return socket

    def ticket(self, user_id: int = 1, role: str = "agent") -> str:
        return self.tickets.issue(session_of(user_id, role), f"token-{user_id}")

    async def enter(self, user_id: int = 1, role: str = "agent", *, extra: str = "") -> RawSocket:
        socket = await self.connect(extra=extra)
        socket.say(type="auth", ticket=self.ticket(user_id, role))
        assert (await socket.hear())["type"] == "ready"
        return socket

    async def until(self, true: Callable[[], bool]) -> None:
        """Turn the loop until something holds."""
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  # what is waited for has no event of its own
                await asyncio.sleep(0)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def person() -> Callable[..., Session]:
    return session_of


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    await place.door.listen("127.0.0.1", 0)
    yield place
    for socket in place.sockets:
        socket.cut()
    await place.gate.stop()
    place.door.stop_listening()
    place.door.drop_all()
    await place.tasks.close()


Connect = Callable[..., Awaitable[RawSocket]]
