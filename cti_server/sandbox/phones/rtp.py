"""Audio over RTP for many phones at once: one timer sends, receives and paces for all of them.

Every 20 ms `Pacer` goes over its streams: sends the next ready-made tone frame and empties the socket. Nothing is
decoded on the way; levels are measured only when somebody asks, over the last frames. So forty talking phones
cost a few per cent of a core. Sources: RFC 3550 (RTP), RFC 4733 (telephone events).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cti_server.sandbox.phones.sip import PCMU, TELEPHONE_EVENT
from cti_server.sandbox.phones.tone import FRAME, SILENCE, levels

INTERVAL = 0.02
WINDOW = 10
"""Frames that a measurement looks at: 200 ms."""
FRESH = 0.35
"""Seconds after which a received frame no longer counts as being heard."""
DIGITS = "0123456789*#ABCD"
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_EVENT_FRAMES = 8  # 160 ms of tone
_END_FRAMES = 3  # the end is said three times (RFC 4733 2.5.1.4)
_PAUSE_FRAMES = 6  # 120 ms of nothing between two digits


@dataclass(slots=True)
class _Press:
    """A digit on its way out: the frames of its tone, its end and the pause behind it."""

    code: int
    timestamp: int
    step: int = 0


@dataclass(slots=True)
class Counts:
    """What went over a stream, for tests that want numbers."""

    sent: int = 0
    received: int = 0
    junk: int = 0


@dataclass(slots=True)
class Stream:
    """One call's audio: its socket, what it sends and the last frames it received.

    `remote` None means "not known yet": nothing is sent. `sending` False (on hold) stops our audio;
    `frames` may be changed at any time. `heard_digits` collects what the other side pressed.
    """

    host: str
    frames: tuple[bytes, ...]
    sock: socket.socket = field(init=False)
    remote: tuple[str, int] | None = None
    sending: bool = True
    event_payload: int = TELEPHONE_EVENT
    counts: Counts = field(default_factory=Counts)
    heard_digits: str = ""
    on_digit: Callable[[str], None] | None = None
    _sequence: int = field(init=False)
    _received: deque[tuple[float, bytes]] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _presses: deque[_Press] = field(default_factory=lambda: deque(maxlen=64))
    sequence: int | None = None
    """The number of the last RTP packet before its first one, 0-65535; None: any below 32768."""
    _timestamp: int = field(default_factory=lambda: secrets.randbelow(0x7FFFFFFF))
    _source: int = field(default_factory=lambda: secrets.randbelow(0xFFFFFFFF))
    _at: int = 0
    _last_event: int = -1

    def __post_init__(self) -> None:
        self._sequence = secrets.randbelow(0x8000) if self.sequence is None else self.sequence
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.bind((self.host, 0))

    @property
    def port(self) -> int:
        """The local UDP port, for the session description."""
        return int(self.sock.getsockname()[1])

    def press(self, digits: str) -> None:
        """Send digits as telephone events, 160 ms each. Raises ValueError for what no keypad has."""
        for digit in digits.upper():
            if digit not in DIGITS:
                raise ValueError(f"{digit!r} is not on a keypad ({DIGITS})")
            self._presses.append(_Press(DIGITS.index(digit), 0))

    def levels(self, frequencies: Iterable[int]) -> dict[int, float]:
        """How loud each frequency was in the last 200 ms, in dB below full scale (-120: nothing came)."""
        oldest = time.monotonic() - FRESH
        payload = b"".join(frame for at, frame in self._received if at >= oldest)
        if not payload:
            return dict.fromkeys(frequencies, -120.0)
        return levels(payload.ljust(WINDOW * FRAME, SILENCE[:1]), frequencies)

    def close(self) -> None:
        """Give the socket back; may be called twice."""
        self.remote = None
        self.sock.close()

    def send_next(self) -> None:
        """Send what is due in this 20 ms: a telephone event, else the next frame of the tone."""
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        if self._presses:
            self._send_event(self._presses[0])
        elif self.sending and self.remote:
            self._send(PCMU, self._timestamp, self.frames[self._at % len(self.frames)])
            self._at += 1

    def _send_event(self, press: _Press) -> None:
        if press.step == 0:
            press.timestamp = self._timestamp
        step, press.step = press.step, press.step + 1
        if step < _EVENT_FRAMES + _END_FRAMES:
            end = step >= _EVENT_FRAMES
            duration = FRAME * min(step + 1, _EVENT_FRAMES)
            mark = 0x80 if step == 0 else 0
            payload = _EVENT.pack(press.code, 0x8A if end else 0x0A, duration)  # 10: the volume, -10 dBm0
            self._send(self.event_payload | mark, press.timestamp, payload)
        elif step >= _EVENT_FRAMES + _END_FRAMES + _PAUSE_FRAMES:
            self._presses.popleft()

    def _send(self, kind: int, timestamp: int, payload: bytes) -> None:
        if self.remote is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        packet = _HEADER.pack(0x80, kind, self._sequence, timestamp, self._source) + payload
        with contextlib.suppress(
            OSError
        ):  # the other side is gone (ICMP refused) or the buffer is full: audio is lossy
            self.sock.sendto(packet, self.remote)
            self.counts.sent += 1

    def receive(self) -> None:
        """Empty the socket."""
        now = time.monotonic()
        while True:
            try:
                packet = self.sock.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP answer to what we sent; the next read is good again
            self.take(packet, now)

    def take(self, packet: bytes, now: float) -> None:
        """Sort one received packet: audio, a telephone event, or junk (counted, otherwise ignored)."""
        start = _payload_start(packet)
        if start is None:
            self.counts.junk += 1
            return
        kind = packet[1] & 0x7F
        if kind == PCMU:
            self.counts.received += 1
            self._received.append((now, packet[start:]))
        elif kind == self.event_payload and len(packet) >= start + 4:
            self._take_event(packet[start], _HEADER.unpack_from(packet)[3])

    def _take_event(self, code: int, timestamp: int) -> None:
        # Every packet of one press carries the same timestamp: the first one counts, so lost ends do no harm.
        if timestamp == self._last_event or code >= len(DIGITS):
            return
        self._last_event = timestamp
        self.heard_digits += DIGITS[code]
        if self.on_digit:
            self.on_digit(DIGITS[code])


def _payload_start(packet: bytes) -> int | None:
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    return start if len(packet) > start else None


class Pacer:
    """The one timer of all streams of a process. It runs only while there are streams.

    A late tick is made up by sending the frames that are due (at most ten), so a busy second does not slow the
    speech down; after a longer stop it starts afresh instead of sending a burst.
    """

    def __init__(self) -> None:
        self._streams: dict[int, Stream] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.ticked: list[Callable[[], None]] = []

    def add(self, stream: Stream) -> None:
        """Begin to send and receive on a stream."""
        self._streams[id(stream)] = stream
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._due = loop.time()
            self._timer = loop.call_at(self._due, self._tick)

    def remove(self, stream: Stream) -> None:
        """End a stream and close its socket; the timer stops with the last one."""
        self._streams.pop(id(stream), None)
        stream.close()
        if not self._streams and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        frames = int((loop.time() - self._due) / INTERVAL) + 1
        if frames > 10:
            self._due, frames = loop.time(), 1
        streams = list(self._streams.values())
        for stream in streams:
            for _ in range(frames):
                stream.send_next()
            stream.receive()
        for call in list(self.ticked):
            call()
        self._due += frames * INTERVAL
        if self._streams:
            self._timer = loop.call_at(self._due, self._tick)
        else:
            self._timer = None
