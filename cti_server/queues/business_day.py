"""When a business day begins and ends (pure)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """Days of a site: from `start` by its own wall clock to the same on the next date.

    They have 23 or 25 hours when the clocks change.
    """

    zone: ZoneInfo
    start: time = time(0, 0)

    def bounds(self, at: float) -> tuple[float, float]:
        """First second of the business day of `at`, and of the next one. Unix seconds in and out."""
        day = datetime.fromtimestamp(at, self.zone).date()
        if self._begin(day) > at:
            day -= timedelta(days=1)
        elif self._begin(day + timedelta(days=1)) <= at:
            day += timedelta(days=1)
        return self._begin(day), self._begin(day + timedelta(days=1))

    def named(self, day: date) -> tuple[float, float]:
        """The bounds of the business day that begins on this date."""
        return self._begin(day), self._begin(day + timedelta(days=1))

    def _begin(self, day: date) -> float:
        # A start that falls into a skipped hour counts by the offset before the change; into a doubled one, the first.
        return datetime.combine(day, self.start, self.zone).timestamp()
