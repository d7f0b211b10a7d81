"""From the segments on disk to the sinks in PostgreSQL: in order, in batches, each row once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

import structlog

from cti_server.core.errors import Unavailable
from cti_server.core.storage import position
from cti_server.core.storage.connecting import Connection
from cti_server.core.storage.database import Database
from cti_server.core.storage.dead import DeadLetters
from cti_server.core.storage.faults import Fault, judge
from cti_server.core.storage.segments import Damage, Reader, Row

log = structlog.get_logger(__name__)

T = TypeVar("T")

Sink = Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]
"""Writes rows of one kind, in their order, by natural key (upsert). It runs inside the journal's transaction."""

MOST_ROWS = 500
SLOW_TRIES = 3


class InThread(Protocol):
    """Runs blocking work on a thread."""

    def __call__(self, work: Callable[..., T], *args: object) -> Awaitable[T]:
        """The result of `work(*args)`."""
        ...


class Drain:
    """Writes what the reader finds. One task calls `advance`; `moved` is called whenever the position has changed."""

    def __init__(
        self,
        db: Database,
        sinks: Mapping[str, Sink],
        reader: Reader,
        dead: DeadLetters,
        in_thread: InThread,
        moved: Callable[[], Awaitable[None]],
        *,
        journal: str,
        lowest: int,
        highest: int,
    ) -> None:
        self._db = db
        self._sinks = sinks
        self._reader = reader
        self._dead_letters = dead
        self._in_thread = in_thread
        self._moved = moved
        self._journal = journal
        self._highest_at_open = highest
        self.position = lowest - 1
        """Everything up to this number is in PostgreSQL or dead; at a start what the folder alone can tell."""
        self.position_known = False
        """Whether PostgreSQL has confirmed it in this run."""
        self.oldest_at: float | None = None
        """When the first row of the batch at hand was appended, or the last one written."""
        self.written = 0
        self.dead = 0

    async def advance(self, durable: tuple[int, int]) -> None:
        """Write everything up to `durable` (segment index, size); waits as long as the database is away."""
        while found := await self._in_thread(self._reader.next_batch, MOST_ROWS, durable):
            rows = [item for item in found if isinstance(item, Row)]
            for item in found:
                if isinstance(item, Damage):
                    log.error("journal_line_damaged", segment=item.segment, offset=item.offset)
                    raw = item.raw.decode("latin-1")
                    await self._bury({"segment": item.segment, "offset": item.offset, "raw": raw})
            if rows:
                self.oldest_at = rows[0].at
                await self._write(rows)
        await self._in_thread(self._reader.forget_read)
        await self._learn_position()

    async def _write(self, rows: list[Row]) -> None:
        """Write the rows, in halves when one of them is refused, until only refused single rows are left over."""
        attempts = 0
        while True:
            try:
                self.written += await self._write_once(rows)
                await self._reached(rows[-1])
                return
            except Exception as error:
                attempts += 1
                fault = judge(error)
                slow = isinstance(error, Unavailable) and error.code == "database_slow" and attempts >= SLOW_TRIES
                if fault in (Fault.REFUSED, Fault.OTHER) or (slow and len(rows) > 1):
                    await self._write_parts(rows, error)
                    return
                if fault is Fault.SCHEMA:
                    log.error("journal_waits_for_schema", error=str(error))
                await self._wait(attempts)

    async def _write_once(self, rows: list[Row]) -> int:
        async with self._db.transaction() as connection:
            told = await position.locked(connection, self._journal)
            reached = self._settled(told)
            fresh = [row for row in rows if row.number > reached]
            parts: dict[str, list[dict[str, Any]]] = {}
            for row in fresh:
                parts.setdefault(row.kind, []).append(row.row)
            for kind, sink in self._sinks.items():
                if part := parts.get(kind):
                    await sink(connection, part)
            if unknown := next((row.kind for row in fresh if row.kind not in self._sinks), None):
                raise LookupError(f"no sink for rows of kind {unknown!r}")
            if fresh or reached != told:
                await position.set_to(connection, self._journal, max(reached, rows[-1].number))
        self.position_known = True
        return len(fresh)

    async def _write_parts(self, rows: list[Row], error: Exception) -> None:
        if len(rows) > 1:
            middle = len(rows) // 2
            await self._write(rows[:middle])
            await self._write(rows[middle:])
            return
        row = rows[0]
        log.error("journal_row_refused", kind=row.kind, number=row.number, error=f"{type(error).__name__}: {error}")
        await self._bury(
            {
                "number": row.number,
                "at": row.at,
                "kind": row.kind,
                "row": row.row,
                "error": f"{type(error).__name__}: {error}",
            }
        )
        await self._pass_over(row)
        await self._reached(row)

    async def _pass_over(self, row: Row) -> None:
        attempts = 0
        while True:
            try:
                async with self._db.transaction() as connection:
                    if self._settled(await position.locked(connection, self._journal)) < row.number:
                        await position.set_to(connection, self._journal, row.number)
                self.position_known = True
                return
            except Unavailable:
                attempts += 1
                await self._wait(attempts)

    def _settled(self, reached: int) -> int:
        """What PostgreSQL says; but a folder that is older than that (put back from a copy) counts from its own end."""
        if self.position_known or reached <= self._highest_at_open:
            return reached
        log.error("journal_folder_is_older_than_database", folder=self._highest_at_open, database=reached)
        return self._highest_at_open

    async def _learn_position(self) -> None:
        """With nothing to write, ask once how far we are, so that the depth is true after a start."""
        if self.position_known or not self._db.up:
            return
        with contextlib.suppress(Unavailable):
            async with self._db.transaction() as connection:
                reached = self._settled(await position.locked(connection, self._journal))
                await position.set_to(connection, self._journal, reached)
            self.position, self.position_known = max(self.position, reached), True
            await self._moved()

    async def _reached(self, row: Row) -> None:
        self.position = max(self.position, row.number)
        self.oldest_at = row.at
        await self._moved()

    async def _bury(self, letter: dict[str, Any]) -> None:
        self.dead += 1
        try:
            await self._in_thread(self._dead_letters.write, letter)
        except OSError as error:
            log.error("dead_letter_not_kept", error=str(error), letter=letter)

    async def _wait(self, attempts: int) -> None:
        await asyncio.sleep(min(2.0, 0.1 * 2 ** min(attempts, 5)))
        while not await self._db.wait_up(60.0):
            log.info("journal_waits_for_database", since=self._db.down_since, reason=self._db.reason)
