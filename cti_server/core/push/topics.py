"""One topic: its changes in order, and what somebody who was away has missed (pure)."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cti_server.core.auth.model import Session
from cti_server.core.push.frames import Encoded
from cti_server.core.push.messages import write


class Listener(Protocol):
    """Somebody who hears topics: a browser's connection."""

    session: Session
    packs: bool
    """Takes compressed frames."""

    def push(self, frames: bytes, *, snapshot: bool = False) -> None:
        """Hand over bytes at once; never waits, never raises."""
        ...


@dataclass(slots=True, eq=False)
class Change:
    """One change. Made into bytes when the first one needs it; the data must not be altered after publishing."""

    seq: int
    ts: float
    type: str
    topic: str
    data: object
    _encoded: Encoded | None = None

    def encoded(self) -> Encoded:
        """The change as a frame. Raises TypeError or NotImplementedError when the data has no JSON form."""
        if self._encoded is None:
            self._encoded = Encoded(write(seq=self.seq, ts=self.ts, type=self.type, topic=self.topic, data=self.data))
            self.data = None  # the bytes are enough from here on
        return self._encoded


@dataclass(slots=True, eq=False)
class Topic:
    """Counts its changes, remembers the last `history` of them while somebody may come back for them.

    `wire` is the name that browsers see. An epoch is one unbroken counting: numbers of another one mean nothing.
    """

    wire: str
    history: int
    take_snapshot: Callable[[], object]
    seq: int = 0
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    listeners: dict[Listener, None] = field(default_factory=dict)
    unsent: list[Change] = field(default_factory=list)
    empty_since: float | None = None
    """Monotonic time when the last listener left; None while there are some or never were any."""
    _ring: deque[Change] = field(init=False)
    _made: tuple[int, float, Encoded] | None = None

    def __post_init__(self) -> None:
        self._ring = deque(maxlen=self.history)

    @property
    def remembers(self) -> bool:
        """Somebody listens, or may come back."""
        return bool(self.listeners) or self.empty_since is not None

    def add(self, type: str, data: object, ts: float) -> None:
        """Count a change, and keep it where somebody may need it."""
        self.seq += 1
        if not self.remembers:
            return
        change = Change(self.seq, ts, type, self.wire, data)
        self._ring.append(change)
        if self.listeners:
            self.unsent.append(change)

    def missed(self, since: str | None) -> list[Change] | None:
        """What came after `since` ("<epoch>:<seq>"); None when that is not known any more."""
        epoch, _, number = (since or "").rpartition(":")
        if epoch != self.epoch or not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        seq = int(number)
        if seq == self.seq:
            return []
        if seq > self.seq or not self._ring or self._ring[0].seq > seq + 1:
            return None
        return [change for change in self._ring if change.seq > seq]

    def snapshot(self, ts: float) -> Encoded:
        """The state as of now, made anew at most once a second while nothing changes: many come back at one time.

        Raises what the rooms' parts raise.
        """
        if self._made is None or self._made[0] != self.seq or not 0 <= ts - self._made[1] < 1.0:
            state = self.take_snapshot()
            message = write(seq=self.seq, epoch=self.epoch, ts=ts, type="snapshot", topic=self.wire, data=state)
            self._made = (self.seq, ts, Encoded(message))
        return self._made[2]

    def forget(self) -> None:
        """Nobody came back: keep nothing until somebody listens again, who then needs a snapshot."""
        self.restart()
        self.empty_since = None

    def restart(self) -> None:
        """Begin a new epoch, when a change could not be told and the counting would have a hole."""
        self.epoch = secrets.token_hex(4)
        self._made = None
        self._ring.clear()
        self.unsent.clear()
