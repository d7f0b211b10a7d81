"""The client's half of a websocket, by hand: cheap enough to play a thousand browsers beside what is measured."""

import base64
import json
import os
import socket
import struct
from typing import Any, Final

_LIMIT: Final = 20.0


def request(port: int, path: str = "/push") -> bytes:
    """The opening request, from a page of the same origin, without compression."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{port}\r\n\r\n"
    ).encode()


def masked(message: dict[str, Any]) -> bytes:
    """A text message as a frame from client to server (RFC 6455, 5.3)."""
    payload = json.dumps(message).encode()
    mask = os.urandom(4)
    size = len(payload)
    head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x81, 0xFE, size)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


class Frames:
    """Cuts what a server sends into the payloads of its frames (unmasked, each message in one frame)."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that this completes."""
        self._rest += data
        found = []
        while (cut := self._cut()) is not None:
            found.append(cut)
        return found

    def _cut(self) -> bytes | None:
        rest = self._rest
        if len(rest) < 2:
            return None
        size, start = rest[1] & 0x7F, 2
        if size == 126:
            if len(rest) < 4:
                return None
            (size,), start = struct.unpack("!H", rest[2:4]), 4
        elif size == 127:
            if len(rest) < 10:
                return None
            (size,), start = struct.unpack("!Q", rest[2:10]), 10
        if len(rest) < start + size:
            return None
        self._rest = rest[start + size :]
        return rest[start : start + size]


class Browser:
    """A blocking websocket connection; `sock` is for a selector once it is open."""

    def __init__(self, port: int, path: str = "/push") -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), _LIMIT)
        self._frames = Frames()
        self._waiting: list[bytes] = []
        self.sock.sendall(request(port, path))
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._more()
        head, _, rest = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.decode(errors="replace").splitlines()[0])
        self._waiting = self._frames.feed(rest)

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.sock.sendall(masked(message))

    def hear(self, type_: str) -> dict[str, Any]:
        """The next message of this type; others are passed over. Raises ConnectionError at the end."""
        while True:
            while self._waiting:
                found: dict[str, Any] = json.loads(self._waiting.pop(0))
                if found["type"] == type_:
                    return found
            self._waiting = self._frames.feed(self._more())

    def enter(self, ticket: str, topics: list[str]) -> dict[str, Any]:
        """Sign in and subscribe; the last topic's snapshot. Refusals raise ConnectionError."""
        self.say(type="auth", ticket=ticket)
        self.hear("ready")
        self.say(type="subscribe", topics=topics)
        for _ in topics:
            snapshot = self.hear("snapshot")
        return snapshot

    def take(self) -> list[dict[str, Any]]:
        """The messages that one read brings. Raises ConnectionError at the end."""
        return [json.loads(payload) for payload in self._frames.feed(self._more())]

    def _more(self) -> bytes:
        data = self.sock.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
