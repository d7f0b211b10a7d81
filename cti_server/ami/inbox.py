"""Where the events of one PBX wait for their one reader: bounded, in order, raw."""

import asyncio
from collections import deque
from typing import Final

GAP: Final = b""
"""Stands in place of a raw event where events are missing: what was built from earlier ones is no longer sure."""

MAX_EVENTS: Final = 100_000
MAX_BYTES: Final = 48 << 20
MAX_BATCH: Final = 8
"""Events between which the rest of the loop has its turn: a look-up passes through five turns, and in a rush each of
them begins with a whole batch."""


class Inbox:
    """Raw events with the time of their arrival (unix seconds).

    When full, all that waits is thrown away and one GAP stands in its place: a reader that is so far behind is
    better served by asking the PBX for everything than by working through old news. `overruns` counts that.
    """

    def __init__(self, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._closed = False
        self.position = 0
        """How many entries (events and gaps) have been put in so far."""
        self.taken = 0
        """Position up to which the reader has taken entries (or lost them in an overrun)."""
        self.overruns = 0
        self.lost = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, at: float, raw: bytes) -> None:
        """Add an event (or GAP). Never waits, never raises."""
        size = len(raw)
        if len(self._waiting) >= self._max_events or self._bytes + size > self._max_bytes:
            self._overrun(at)
        self._waiting.append((at, raw))
        self._bytes += size
        self.position += 1
        if not self._filled.is_set():
            self._filled.set()

    def _overrun(self, at: float) -> None:
        self.overruns += 1
        self.lost += len(self._waiting)
        self._waiting.clear()
        self._waiting.append((at, GAP))
        self._bytes = 0
        self.position += 1

    async def take(self) -> list[tuple[float, bytes]]:
        """What waits, oldest first, at most MAX_BATCH; waits for at least one entry. Empty only after `close()`."""
        if self._waiting:
            # A reader that always finds something must still let the others of the loop run.
            await asyncio.sleep(0)
        while not self._waiting and not self._closed:
            self._filled.clear()
            await self._filled.wait()
        batch = self._batch()
        self.taken = self.position - len(self._waiting)
        return batch

    def _batch(self) -> list[tuple[float, bytes]]:
        waiting = self._waiting
        if len(waiting) > MAX_BATCH:
            batch = [waiting.popleft() for _ in range(MAX_BATCH)]
            self._bytes -= sum(len(raw) for _, raw in batch)
            return batch
        batch = list(waiting)
        waiting.clear()
        self._bytes = 0
        return batch

    def close(self) -> None:
        """Let the reader go once it has taken what waits."""
        self._closed = True
        self._filled.set()
