"""A clock that stands until it is set."""


class SetClock:
    """Both times move together, by `pass_seconds` only."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def pass_seconds(self, seconds: float) -> None:
        self._now += seconds
        self._monotonic += seconds
