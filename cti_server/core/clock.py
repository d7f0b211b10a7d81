"""Time as a thing that is handed in, so that tests can set it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the program takes its time from."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC, as the wall clock has it; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards; for limits and lengths."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()
