"""The arithmetic of a queue's figures (pure).

Definitions: A answered, B abandoned, A_T and B_T within T seconds, B_s abandoned within the short-abandon limit s.
A wait of exactly T seconds is within T. A wait is booked in the interval in which the caller entered the queue.
Offered is A + B: callers who left by key, time-out or withdrawal are counted apart (`left`) and are in neither. So are
those who kept their place and were called (`called_back`, `not_reached`): nobody waited on the line, so they have no
waiting time of which a service level could be made; each of them was `left` when he hung up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Definition(StrEnum):
    """The six usual definitions of the service level; a site chooses one and every screen names it."""

    F1 = "F1"  # (A_T + B_T) / (A + B)
    F2 = "F2"  # A_T / A; flatters, not COPC-conformant
    F3 = "F3"  # A_T / (A + B), COPC
    F4 = "F4"  # A_T / (A + B - B_T)
    F5 = "F5"  # (A_T + B_s) / (A + B)
    F6 = "F6"  # A_T / (A + B - B_s)


class WaitEnd(StrEnum):
    """How a wait ended, as far as the figures care."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    LEFT = "left"  # exit key, time-out, withdrawal, redirect
    CALLED_BACK = "calledBack"  # nobody waited on the line: he kept his place, was called and spoke with the agent
    NOT_REACHED = "notReached"  # … was called and did not answer, while an agent was there


@dataclass(frozen=True, slots=True)
class Goal:
    """What a site calls good service. `seconds` is T, `target` a share of 1, `short_abandon_seconds` is s."""

    definition: Definition = Definition.F6
    seconds: float = 20.0
    target: float = 0.8
    short_abandon_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Wait:
    """One caller's finished wait in one queue. `entered_at` in unix seconds."""

    entered_at: float
    seconds: float
    end: WaitEnd


@dataclass(slots=True)
class Figures:
    """Counts of finished waits, and what is worked out of them. Seconds are sums over callers."""

    answered: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    left: int = 0
    called_back: int = 0
    not_reached: int = 0
    answered_wait: float = 0.0
    abandoned_wait: float = 0.0

    @property
    def offered(self) -> int:
        """A + B."""
        return self.answered + self.abandoned

    @property
    def asa(self) -> float | None:
        """Average speed of answer: waiting seconds of the answered / A."""
        return self.answered_wait / self.answered if self.answered else None

    @property
    def average_time_to_abandon(self) -> float | None:
        """Waiting seconds of the abandoned / B."""
        return self.abandoned_wait / self.abandoned if self.abandoned else None

    @property
    def abandon_rate(self) -> float | None:
        """B / offered, short abandons included."""
        return self.abandoned / self.offered if self.offered else None

    def service_level(self, definition: Definition) -> float | None:
        """The service level as a share of 1; None when the definition divides by nobody."""
        over, under = self._fraction(definition)
        return over / under if under > 0 else None

    def _fraction(self, definition: Definition) -> tuple[int, int]:
        within, offered = self.answered_within, self.offered
        match definition:
            case Definition.F1:
                return within + self.abandoned_within, offered
            case Definition.F2:
                return within, self.answered
            case Definition.F3:
                return within, offered
            case Definition.F4:
                return within, offered - self.abandoned_within
            case Definition.F5:
                return within + self.short_abandoned, offered
            case Definition.F6:
                return within, offered - self.short_abandoned

    def count(self, wait: Wait, goal: Goal, times: int = 1) -> None:
        """Add a wait, or take it out again with `times=-1`."""
        match wait.end:
            case WaitEnd.ANSWERED:
                self.answered += times
                self.answered_wait += times * wait.seconds
                self.answered_within += times * (wait.seconds <= goal.seconds)
            case WaitEnd.ABANDONED:
                self.abandoned += times
                self.abandoned_wait += times * wait.seconds
                self.abandoned_within += times * (wait.seconds <= goal.seconds)
                self.short_abandoned += times * (wait.seconds <= goal.short_abandon_seconds)
            case WaitEnd.LEFT:
                self.left += times
            case WaitEnd.CALLED_BACK:
                self.called_back += times
            case WaitEnd.NOT_REACHED:
                self.not_reached += times


def figures_of(waits: Iterable[Wait], goal: Goal) -> Figures:
    """The figures of these waits."""
    figures = Figures()
    for wait in waits:
        figures.count(wait, goal)
    return figures


@dataclass(slots=True)
class DayOfQueue:
    """The finished waits of one queue in one business day; each is counted once, however often it is told."""

    goal: Goal
    figures: Figures = field(default_factory=Figures)
    longest_wait: float = 0.0
    _waits: dict[int, Wait] = field(default_factory=dict)

    def book(self, key: int, wait: Wait) -> bool:
        """Count `wait` under `key`, in place of what was told before. False when nothing is new."""
        known = self._waits.get(key)
        if known == wait:
            return False
        if known is not None:
            self.unbook(key)
        self._waits[key] = wait
        self.figures.count(wait, self.goal)
        self.longest_wait = max(self.longest_wait, wait.seconds)
        return True

    def judge_by(self, goal: Goal) -> None:
        """Count all waits of the day anew by another goal."""
        self.goal = goal
        self.figures = figures_of(self._waits.values(), goal)

    def unbook(self, key: int) -> bool:
        """Take a wait out again, as when its call turns out to be a consultation that was joined into another call."""
        wait = self._waits.pop(key, None)
        if wait is None:
            return False
        self.figures.count(wait, self.goal, -1)
        if wait.seconds >= self.longest_wait:
            self.longest_wait = max((other.seconds for other in self._waits.values()), default=0.0)
        return True
