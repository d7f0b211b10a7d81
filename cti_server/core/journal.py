"""History is written behind: rows go to local disk at once and to PostgreSQL in batches, each exactly once.

    append() -> memory -> one thread: write + fsync (at the latest 50 ms later) -> one task: batches -> sinks

A row is safe once `flushed()` has returned. The position of the journal moves in the same transaction as the rows, so
a kill at any moment neither loses nor doubles one. The feed never waits here: `append` does no I/O.
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from cti_server.core.clock import Clock, SystemClock
from cti_server.core.errors import Conflict, TimedOut
from cti_server.core.storage.database import Database
from cti_server.core.storage.dead import DeadLetters
from cti_server.core.storage.drain import MOST_ROWS, Drain, Sink
from cti_server.core.storage.segments import (
    Appender,
    Reader,
    bytes_used,
    encode,
    identity,
    index_of,
    repair_tail,
    rows_after,
    segment_files,
)
from cti_server.core.tasks import Tasks

__all__ = ["Journal", "Sink"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

GATHER_DISK = 0.02
GATHER_ROWS = 0.25
"""Seconds for which rows gather for one batch, unless somebody waits for them: of a call that changes several times
meanwhile only the last picture is written, and a batch costs the same few round trips however many rows it has."""
MOST_MEMORY = 32 * 1024 * 1024
SEGMENT_BYTES = 16 * 1024 * 1024


class Journal:
    """Rows on their way to PostgreSQL.

    `folder` on a local disk, for this process alone; `sinks` kind → Sink (also `add_sink` before `open`): rows of one
    kind are written in the order of `append`; within a batch the kinds go in the order of `sinks`. `max_bytes` is what
    it may use on disk; beyond that rows are counted as lost, with an alarm.
    """

    def __init__(
        self,
        folder: Path,
        tasks: Tasks,
        *,
        db: Database,
        sinks: Mapping[str, Sink] | None = None,
        max_bytes: int = 1024 * 1024 * 1024,
        clock: Clock | None = None,
    ) -> None:
        self._folder = folder
        self._tasks = tasks
        self._db = db
        self._sinks: dict[str, Sink] = dict(sinks or {})
        self._max_bytes = max_bytes
        self._clock = clock or SystemClock()
        self._threads = ThreadPoolExecutor(2, "journal")
        self._dead_letters = DeadLetters(folder / "dead.jsonl")
        self._lines: list[bytes] = []
        self._lines_bytes = 0
        self._on_disk = 0
        self._number = 0
        self._durable = 0
        self._waiting_since: float | None = None
        self._said_full = 0.0
        self._dirty = asyncio.Event()
        self._hurry = asyncio.Event()
        self._drain_now = asyncio.Event()
        self._awaited = 0
        """The highest number that somebody waits for to be in PostgreSQL."""
        self._readable = asyncio.Event()
        self._moved = asyncio.Condition()
        self._fresh = False
        """Whether somebody wants a new segment, so that the old ones go."""
        self._running: list[asyncio.Task[None]] = []
        self._lock: int | None = None
        self.appended = 0
        """Rows taken in this run."""
        self.lost = 0
        """Rows not taken because the disk budget or the memory for unwritten rows was full."""
        self.failing_since: float | None = None
        """Since when the disk refuses to be written (unix seconds)."""

    @property
    def depth(self) -> int:
        """Rows not in PostgreSQL yet."""
        return self._number - self._drain.position if self._running else 0

    @property
    def oldest_at(self) -> float | None:
        """When the oldest row that is not in PostgreSQL yet was appended (unix seconds, not later than the truth)."""
        if not self.depth:
            return None
        return self._drain.oldest_at or self._waiting_since

    @property
    def written(self) -> int:
        """Rows handed to PostgreSQL in this run."""
        return self._drain.written

    @property
    def dead(self) -> int:
        """Rows that PostgreSQL or a sink refused for ever, in this run; they stand in `dead.jsonl`."""
        return self._drain.dead

    @property
    def bytes_on_disk(self) -> int:
        """What the segments take."""
        return self._on_disk

    def add_sink(self, kind: str, sink: Sink) -> None:
        """Take rows of `kind` too; before `open`."""
        if kind in self._sinks:
            raise ValueError(f"{kind} has a sink already")
        self._sinks[kind] = sink

    async def open(self) -> None:
        """Cut a torn end, go on where the last run stopped. Raises Conflict when another process uses the folder."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_lock()
        lowest, highest, cut = await self._in_thread(repair_tail, self._folder)
        if cut:
            log.warning("journal_tail_cut", bytes=cut)
        self._number = self._durable = highest
        self._on_disk = await self._in_thread(bytes_used, self._folder)
        self._appender = Appender(self._folder, max(4096, min(SEGMENT_BYTES, self._max_bytes // 4)))
        self._durable_place = self._appender.place
        self._drain = Drain(
            self._db,
            self._sinks,
            Reader(self._folder),
            self._dead_letters,
            self._in_thread,
            self._tell,
            journal=identity(self._folder),
            lowest=lowest,
            highest=highest,
        )
        self._readable.set()
        self._db.listen(lambda _up, _since: self._readable.set())
        self._running = [
            self._tasks.start("journal-disk", self._flush()),
            self._tasks.start("journal-drain", self._drain_all()),
        ]

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Take a row; never waits. Returns its number, or 0 when it is lost because the budget is full.

        Raises TypeError for what JSON cannot hold and KeyError for a kind without a sink: faults of the caller.
        """
        if kind not in self._sinks:
            raise KeyError(f"no sink for rows of kind {kind!r}")
        at = self._clock.now()
        line = encode(self._number + 1, at, kind, row)
        if self._on_disk + self._lines_bytes + len(line) > self._max_bytes or self._lines_bytes > MOST_MEMORY:
            self._say_full()
            return 0
        self._number += 1
        self.appended += 1
        self._lines.append(line)
        self._lines_bytes += len(line)
        if self.depth == 1:
            self._drain.oldest_at, self._waiting_since = None, at
        self._dirty.set()
        return self._number

    async def flushed(self, limit: float = 5.0) -> None:
        """Wait until every row appended so far is on the disk. Raises TimedOut after `limit` seconds."""
        wanted = self._number
        self._hurry.set()
        await self._wait_until(lambda: self._durable >= wanted, limit)

    async def drained(self, limit: float = 5.0) -> None:
        """Wait until every row appended so far is in PostgreSQL (or dead). Raises TimedOut after `limit` seconds."""
        wanted = self._number
        self._hurry.set()
        self._awaited = wanted
        self._drain_now.set()
        await self._wait_until(lambda: self._drain.position_known and self._drain.position >= wanted, limit)

    async def forget(self, words: str, mark: str, limit: float = 30.0) -> int:
        """Leave nothing on the disk of what PostgreSQL has, and put `mark` where letters of `dead.jsonl` have what the
        regular expression `words` fits; how many letters. Raises TimedOut, OSError."""
        await self.drained(limit)
        last = self._durable_place[0]
        self._fresh = True
        self._dirty.set()
        await self._wait_until(lambda: all(index_of(path) > last for path in segment_files(self._folder)), limit)
        return await self._in_thread(self._dead_letters.forget, words, mark)

    async def undrained(self, kind: str, fold: Callable[[Iterator[dict[str, Any]]], T]) -> T:
        """What `fold` makes, on a thread, of the rows of `kind` on the disk that PostgreSQL may not have, in order.

        As long as it has not been asked, rows may be among them that it has. Raises OSError.
        """
        after, durable = self._drain.position, self._durable_place
        return await self._in_thread(lambda: fold(rows_after(self._folder, kind, after, durable)))

    async def close(self, limit: float = 5.0) -> None:
        """Bring all rows to disk, and to PostgreSQL if it is there, within `limit` seconds. May be called twice."""
        if not self._running:
            return
        with contextlib.suppress(TimedOut):
            await self.flushed(limit)
            if self._db.up:
                await self.drained(limit)
        if self.depth:
            log.info("journal_closed_with_rows", rows=self.depth)
        running, self._running = self._running, []
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=1.0)
        self._threads.shutdown(wait=False)
        if self._durable == self._number:  # else the disk hangs and its thread still holds the file
            self._appender.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _flush(self) -> None:
        while True:
            await self._dirty.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GATHER_DISK):
                    await self._hurry.wait()
            self._dirty.clear()
            self._hurry.clear()
            if self._fresh:
                await self._begin_segment()
            lines, self._lines = self._lines, []
            if lines:
                await self._write_lines(lines)

    async def _begin_segment(self) -> None:
        try:
            await self._in_thread(self._appender.begin_segment, self._durable + 1)
        except OSError as error:
            log.error("journal_disk_fails", error=str(error), rows=0)  # whoever asked is told that it took too long
            return
        self._fresh, self._durable_place = False, self._appender.place
        self._readable.set()

    async def _write_lines(self, lines: list[bytes]) -> None:
        last = self._durable + len(lines)
        while True:
            try:
                await self._in_thread(self._appender.write, lines, self._durable + 1)
                break
            except OSError as error:
                if self.failing_since is None:
                    self.failing_since = self._clock.now()
                    log.error("journal_disk_fails", error=str(error), rows=len(lines))
                await asyncio.sleep(0.5)
        if self.failing_since is not None:
            log.info("journal_disk_works_again", since=self.failing_since)
            self.failing_since = None
        size = sum(map(len, lines))
        self._lines_bytes -= size
        self._on_disk += size
        self._durable, self._durable_place = last, self._appender.place
        self._readable.set()
        await self._tell()

    async def _drain_all(self) -> None:
        while True:
            await self._readable.wait()
            few = self._durable - self._drain.position < MOST_ROWS
            if few and self._awaited <= self._drain.position:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_ROWS):
                        await self._drain_now.wait()
            self._readable.clear()
            self._drain_now.clear()
            try:
                await self._drain.advance(self._durable_place)
                self._on_disk = await self._in_thread(bytes_used, self._folder)
                await self._tell()
            except OSError as error:
                log.error("journal_cannot_be_read", error=str(error))
                await asyncio.sleep(1.0)
                self._readable.set()

    def _take_lock(self) -> None:
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            self._lock = None
            raise Conflict(
                f"The journal in {self._folder} is in use by another process.", code="journal_in_use"
            ) from error

    def _say_full(self) -> None:
        self.lost += 1
        now = self._clock.monotonic()
        if self.lost == 1 or now - self._said_full >= 10.0:
            self._said_full = now
            log.error("journal_full", lost=self.lost, bytes=self._on_disk + self._lines_bytes, budget=self._max_bytes)

    async def _in_thread(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _wait_until(self, reached: Callable[[], bool], limit: float) -> None:
        try:
            async with asyncio.timeout(limit), self._moved:
                await self._moved.wait_for(reached)
        except TimeoutError as error:
            raise TimedOut("The journal is not written yet.") from error
