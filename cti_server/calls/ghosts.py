"""Ends calls in the history that no PBX knows of any more, such as those that ended while the server was away.

The live model does this for every call that it was given at the start; this is the net below it, for calls that it was
not given because the database was away then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from cti_server.calls.model import Live
from cti_server.calls.picture import Row
from cti_server.calls.writer import CallWriter
from cti_server.core.errors import CtiError

log = structlog.get_logger(__name__)

PAUSE = 5.0
DRAIN_LIMIT = 30.0


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""

    def drained(self, limit: float = ...) -> Awaitable[None]:
        """Wait until the database has every row appended so far. Raises TimedOut."""


class Ghosts:
    """Compares the open calls of the history with the live ones, once a PBX has told everything."""

    def __init__(
        self, open_rows: Callable[[], Awaitable[list[Row]]], journal: Journal, live: Live, writer: CallWriter
    ) -> None:
        """`open_rows` reads the pictures of the calls that the history holds for open; raises Unavailable."""
        self._open_rows = open_rows
        self._journal = journal
        self._live = live
        self._writer = writer

    async def end_those_of(self, pbx: str) -> None:
        """End what this PBX does not know; waits as long as the database is away."""
        while True:
            try:
                await self._journal.drained(DRAIN_LIMIT)
                rows = await self._open_rows()
            except CtiError as fault:
                log.info("ghosts_not_looked_for", pbx=pbx, reason=fault.code)
                await asyncio.sleep(PAUSE)
                continue
            for row in rows:
                if row["pbx"] == pbx and row["id"] not in self._live.calls:
                    log.warning("call_ended_unseen", call=row["id"])
                    self._writer.end_unseen(row)
            return
