"""How far the PBX's clock is from ours, seen from the time stamps of its events and their arrival."""

SLACK = 2.0
"""Seconds by which the clocks may differ: below, the PBX's time is taken as it is."""
_FIRST_LOOK = 5.0
_LOOK = 60.0
_FEWEST = 5


class ClockWatch:
    """Corrects the offset only when every event of a stretch of time says so.

    One late event is a slow network or a reader that was stopped for a while; a clock that is off is off for all. So
    the event that came closest to its stamp decides: over five seconds at first, over a minute later.
    """

    __slots__ = ("_closest", "_count", "_from", "_span", "offset")

    def __init__(self) -> None:
        self.offset = 0.0
        """Seconds to add to the PBX's time to have ours."""
        self._span = _FIRST_LOOK
        self._from: float | None = None
        self._closest = 0.0
        self._count = 0

    def see(self, at: float, arrived: float) -> None:
        """An event of the time `at` (with the offset added already) arrived at `arrived` by our clock."""
        away = arrived - at
        if self._from is None or arrived < self._from:
            self._from, self._closest, self._count = arrived, away, 1
            return
        self._count += 1
        if abs(away) < abs(self._closest):
            self._closest = away
        if arrived - self._from >= self._span and self._count >= _FEWEST:
            if abs(self._closest) > SLACK:
                self.offset += self._closest
            self._from = None
            self._span = _LOOK
