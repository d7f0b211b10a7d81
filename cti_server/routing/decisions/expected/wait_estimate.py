"""How long a caller is expected to wait (pure; time is an argument).

Ahead of the k-th caller k others leave one by one: to an agent, at the rate n / handling time when all n are busy, or
by giving up, each at the rate theta. So the mean wait at position k is the sum over j = 0 … k−1 of
1 / (n mu + j theta): the time until the k-th departure in the Erlang-A model (Mandelbaum and Zeltyn 2007, "Service
engineering in action"; Whitt 1999, "Predicting queueing delays", Management Science 45, for theta = 0).

What a queue really did puts two things right: the mean by the ratio of waits to what was expected of them, drawn
towards 1 as long as little is known; and the range by where in the model's distribution (a Gamma of k departures, by
Wilson and Hilferty's cube root) the last waits lay, so that the announced share of callers falls into it whatever the
model misses.
"""

import math
from collections import deque
from dataclasses import dataclass
from statistics import fmean
from typing import Final

LEAST_CALLS: Final = 5
"""Fewer handled calls than this tell nothing."""
REMEMBERED: Final = 200
RING_SECONDS: Final = 4.0
"""From the first ring to the answer, where an agent is free."""
RING_MOST: Final = 20.0
LOW, ENOUGH, HIGH = 0.1, 0.75, 0.9
"""Shares of callers who wait less: the range in which four of five lie, and what they are told."""
LEAST_WAITS: Final = 30
"""As many waits must have ended before the range is drawn from them and not from the model alone."""
_MODEL: Final = {LOW: -1.2816, ENOUGH: 0.6745, HIGH: 1.2816}
"""The same points of the normal distribution."""
_SHAPE_MOST: Final = 2
"""Further back the real spread hardly narrows, for handling times and staff err alike for all who wait."""
_FADE: Final = 0.5 ** (1 / 10)
"""What a wait counts for the mean's correction when the next one ends: half after ten."""
_DOUBT: Final = 300.0
"""Seconds of waiting that speak for the model as it is."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds: the mean, four of five wait between `low` and `high`, three of four no longer than `enough`.

    `model` what the model alone said, `behind` how many must leave before him (0: an agent is free).
    """

    seconds: float
    low: float
    enough: float
    high: float
    model: float
    behind: int


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


def place_in_model(waited: float, model: float, behind: int) -> float:
    """Where a wait lies in the model's distribution, as a point of the normal one."""
    shape = min(max(1, behind), _SHAPE_MOST)
    return float(((max(0.0, waited) / model) ** (1 / 3) - (1 - 1 / (9 * shape))) * 3 * math.sqrt(shape))


def wait_at(point: float, model: float, behind: int) -> float:
    """The wait that lies at this point of the normal distribution; the other way round."""
    shape = min(max(1, behind), _SHAPE_MOST)
    return float(model * max(0.0, 1 - 1 / (9 * shape) + point / (3 * math.sqrt(shape))) ** 3)


class Pulse:
    """What a queue did lately: how long its calls take, and how soon callers give up."""

    def __init__(self) -> None:
        self._handled: deque[float] = deque(maxlen=REMEMBERED)
        self._waits: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)
        self._points: deque[float] = deque(maxlen=REMEMBERED)
        self._waited = self._foretold = 0.0

    def handled(self, seconds: float) -> None:
        """A call took so long: talk, hold and after-call work."""
        if seconds > 0:
            self._handled.append(seconds)

    def left(self, waited: float, gave_up: bool) -> None:
        """A caller left the queue."""
        self._waits.append((max(0.0, waited), gave_up))

    def turned_out(self, expected: Expected, waited: float) -> None:
        """Somebody was answered of whom this had been expected."""
        if expected.behind <= 0:
            return
        self._points.append(place_in_model(waited, expected.model, expected.behind))
        self._waited = self._waited * _FADE + waited
        self._foretold = self._foretold * _FADE + expected.model

    @property
    def handling(self) -> float | None:
        """Mean seconds per call; None as long as too few are known."""
        return fmean(self._handled) if len(self._handled) >= LEAST_CALLS else None

    @property
    def giving_up(self) -> float:
        """Rate at which one who waits gives up: those who did over all seconds waited (censored exponential)."""
        total = sum(waited for waited, _ in self._waits)
        return sum(gave_up for _, gave_up in self._waits) / total if total > 0 else 0.0

    def expected(self, position: int, agents: int, free: int) -> Expected | None:
        """What a caller who joins at `position` may expect; None while it is not known."""
        handling = self.handling
        model = None if handling is None else expected_wait(position, agents, free, handling, self.giving_up)
        if model is None:
            return None
        behind = max(0, position - free)
        if behind == 0:
            return Expected(model, 0.0, RING_MOST, RING_MOST, model, 0)
        mean = model * (self._waited + _DOUBT) / (self._foretold + _DOUBT)
        low, enough, high = (wait_at(self._point(share), model, behind) for share in (LOW, ENOUGH, HIGH))
        return Expected(mean, low, enough, high, model, behind)

    def _point(self, share: float) -> float:
        """Below which point of the model's distribution this share of the last waits lay."""
        if len(self._points) < LEAST_WAITS:
            return _MODEL[share]
        return sorted(self._points)[min(len(self._points) - 1, int(share * len(self._points)))]
