"""How long a caller is expected to wait (pure; time is an argument).

Ahead of the k-th caller k others leave one by one: to an agent, at the rate n / handling time when all n are busy, or
by giving up, each at the rate theta. So the mean wait at position k is the sum over j = 0 … k−1 of
1 / (n mu + j theta): the time until the k-th departure in the Erlang-A model (Mandelbaum and Zeltyn 2007, "Service
engineering in action"; Whitt 1999, "Predicting queueing delays", Management Science 45, for theta = 0).
"""

from collections import deque
from statistics import fmean
from typing import Final

LEAST_CALLS: Final = 5
"""Fewer handled calls than this tell nothing."""
REMEMBERED: Final = 200
RING_SECONDS: Final = 4.0
"""From the first ring to the answer, where an agent is free."""


def expected_wait(position: int, agents: int, free: int, handling: float, giving_up: float = 0.0) -> float | None:
    """Seconds that the caller at `position` (from 1) waits; None when nobody works there.

    `agents` take calls, `free` of them now; `handling` mean seconds per call with after-call work; `giving_up` the rate
    at which a waiting caller gives up, per second.
    """
    if agents <= 0 or handling <= 0:
        return None
    behind = position - free
    if behind <= 0:
        return RING_SECONDS
    rate = agents / handling
    return RING_SECONDS + sum(1.0 / (rate + ahead * giving_up) for ahead in range(behind))


class Pulse:
    """What a queue did lately: how long its calls take, and how soon callers give up."""

    def __init__(self) -> None:
        self._handled: deque[float] = deque(maxlen=REMEMBERED)
        self._waits: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)

    def handled(self, seconds: float) -> None:
        """A call took so long: talk, hold and after-call work."""
        if seconds > 0:
            self._handled.append(seconds)

    def left(self, waited: float, gave_up: bool) -> None:
        """A caller left the queue."""
        self._waits.append((max(0.0, waited), gave_up))

    @property
    def handling(self) -> float | None:
        """Mean seconds per call; None as long as too few are known."""
        return fmean(self._handled) if len(self._handled) >= LEAST_CALLS else None

    @property
    def giving_up(self) -> float:
        """Rate at which one who waits gives up: those who did over all seconds waited (censored exponential)."""
        total = sum(waited for waited, _ in self._waits)
        return sum(gave_up for _, gave_up in self._waits) / total if total > 0 else 0.0

    def expected(self, position: int, agents: int, free: int) -> float | None:
        """Seconds that a caller who joins at `position` waits; None while it is not known."""
        handling = self.handling
        return None if handling is None else expected_wait(position, agents, free, handling, self.giving_up)
