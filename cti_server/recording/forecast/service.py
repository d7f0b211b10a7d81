"""Reckons the forecast once an hour, in the background, and tells when the room is full soon."""

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError, Unavailable
from cti_server.core.health import Health, Link
from cti_server.core.metrics import Metrics
from cti_server.core.tasks import Tasks
from cti_server.recording.forecast import store
from cti_server.recording.forecast.model import ForecastJson, forecast

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

log = structlog.get_logger(__name__)

EVERY: Final = 3600.0
RETRY: Final = 60.0


class Forecast:
    """Runs from `start()` on. `room`: bytes that the disk of the sounds may still take (None: not a disk of this
    machine); `quota` bytes in all, or None; `tell` shows consoles what has changed."""

    def __init__(
        self,
        *,
        db: "Database",
        room: Callable[[], int | None],
        quota: int | None,
        warn_days: float,
        clock: Clock,
        tasks: Tasks,
        health: Health,
        metrics: Metrics,
        tell: Callable[[], None],
    ) -> None:
        self._db = db
        self._room = room
        self._quota = quota
        self._warn_days = warn_days
        self._clock = clock
        self._tasks = tasks
        self._tell = tell
        self.known: ForecastJson | None = None
        self._since: float | None = None
        health.register("recordings_room", self.probe, needed=False)
        for name, text, value in (
            ("stored_bytes", "Bytes of all recordings.", lambda: self._figure("stored_bytes")),
            ("bytes_a_day", "Bytes of recordings that come a day.", lambda: self._figure("bytes_a_day")),
            ("removed_bytes_a_day", "Bytes that the rules remove a day.", lambda: self._figure("removed_a_day")),
            ("full_in_days", "Days until disk or quota is full; +Inf: not within two years.", self._days),
        ):
            metrics.watch(f"cti_recordings_{name}", text, value)

    def _figure(self, name: str) -> float:
        return math.nan if self.known is None else float(getattr(self.known, name))

    def _days(self) -> float:
        if self.known is None:
            return math.nan
        return math.inf if self.known.full_in_days is None else self.known.full_in_days

    def start(self) -> None:
        """Begin."""
        self._tasks.start("forecast-recordings", self._follow())

    @property
    def soon_at(self) -> float | None:
        """When it is full (unix seconds), if that is soon; else None."""
        return self.known.full_at if self.known is not None and self.known.soon else None

    def probe(self) -> Link:
        """For `/readyz`: down when the room is full soon."""
        if self.known is None or self.known.full_at is None:
            return Link("recordings_room", True, self._since)
        day = datetime.fromtimestamp(self.known.full_at, UTC).date().isoformat()
        return Link("recordings_room", not self.known.soon, self._since, f"the {self.known.limit} is full on {day}")

    async def show(self) -> ForecastJson:
        """The forecast as it was last reckoned. Raises Unavailable."""
        return self.known if self.known is not None else await self.reckon()

    async def reckon(self) -> ForecastJson:
        """Reckon it now. Raises Unavailable."""
        found = forecast(
            await store.classes(self._db),
            self._clock.now(),
            room=self._room(),
            quota=self._quota,
            warn_days=self._warn_days,
        )
        before, self.known = self.known, found
        if before is None or before.soon != found.soon:
            self._since = found.at
            if found.soon:
                log.error("recordings_full_soon", limit=found.limit, days=found.full_in_days)
            self._tell()
        return found

    async def _follow(self) -> None:
        while True:
            try:
                await self.reckon()
                await asyncio.sleep(EVERY)
            except (Unavailable, CtiError) as fault:
                log.warning("recordings_not_forecast", reason=fault.code)
                await asyncio.sleep(RETRY)
