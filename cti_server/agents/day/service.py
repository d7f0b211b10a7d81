"""Puts an agent's day together when he looks at it."""

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import structlog

from cti_server.agents.day import store
from cti_server.agents.day.model import Callback, CallbackSource, DayJson, Reason, day_of, on_call
from cti_server.agents.help.model import Journal, People
from cti_server.agents.model import Days, Live
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError, TimedOut

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

log = structlog.get_logger(__name__)

CATCH_UP: Final = 1.0
"""Seconds that the figures wait for what was journaled a moment ago."""


class DayService:
    """`callbacks`: the rooms that know of some."""

    def __init__(
        self,
        *,
        live: Live,
        people: People,
        journal: Journal,
        db: "Database",
        clock: Clock,
        days: Days,
        reasons: Callable[[], Sequence[Reason]],
        callbacks: Sequence[CallbackSource] = (),
    ) -> None:
        self._live = live
        self._people = people
        self._journal = journal
        self._db = db
        self._clock = clock
        self._days = days
        self._reasons = reasons
        self._sources = callbacks

    async def of(self, user_id: int) -> DayJson:
        """The user's business day until now. Raises Unavailable."""
        with contextlib.suppress(TimedOut):
            await self._journal.drained(CATCH_UP)
        now = self._clock.now()
        bounds = self._days.bounds(now)
        talks = await store.talks(self._db, user_id, *bounds)
        stretches = await store.stretches(self._db, user_id, bounds[0], now)
        callbacks, complete = await self._callbacks(user_id)
        key = self._people.device_of(user_id)
        running = on_call(self._live, key, now) if key is not None else 0.0
        return day_of(bounds, now, talks, running, stretches, self._reasons(), callbacks, complete=complete)

    async def _callbacks(self, user_id: int) -> tuple[list[Callback], bool]:
        found: list[Callback] = []
        complete = True
        for source in self._sources:
            try:
                found += await source(user_id)
            except CtiError as fault:
                log.warning("callbacks_not_known", reason=fault.code)
                complete = False
        return found, complete
