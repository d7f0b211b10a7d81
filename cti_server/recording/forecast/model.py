"""The arithmetic of the forecast (pure). Days are counted from today (0); sizes in bytes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

DAY: Final = 86_400.0
WINDOW: Final = 28
"""Days by which what comes is judged: whole weeks, because a Sunday is no Monday."""
HORIZON: Final = 730
POINTS: Final = 105
"""Points of the drawing: one a week for two years."""


@dataclass(frozen=True, slots=True)
class ClassOf:
    """Recordings that are kept alike: those of a queue, or of a direction where no queue is known.

    `came`: in the last WINDOW days; `over` that many days of which there are; `keep_days`: of these, on average;
    `due`: day → what the rules remove on it (0: overdue).
    """

    name: str
    stored: int
    came: int
    over: float
    keep_days: float
    due: Mapping[int, int] = field(default_factory=dict)

    @property
    def a_day(self) -> float:
        """What comes a day."""
        return self.came / max(1.0, min(self.over, WINDOW))


@dataclass(frozen=True, slots=True)
class ClassJson:
    """A class as it is told."""

    name: str
    stored_bytes: int
    bytes_a_day: int
    removed_a_day: int
    keep_days: int


@dataclass(frozen=True, slots=True)
class ForecastJson:
    """What is stored, what comes and goes a day (`removed_a_day`: mean of the next 28 days), and when it is full.

    `limit_bytes` None: nobody knows how much room there is; `full_at` unix seconds, None: not within two years;
    `limit` disk, quota or empty. `stored` is the drawing: bytes at each `step_days`, from today.
    """

    at: float
    stored_bytes: int
    bytes_a_day: int
    removed_a_day: int
    limit: str
    limit_bytes: int | None
    full_at: float | None
    full_in_days: float | None
    soon: bool
    step_days: int
    stored: tuple[int, ...]
    classes: tuple[ClassJson, ...]


def grown(classes: Sequence[ClassOf], days: int = HORIZON) -> list[float]:
    """Bytes stored at the end of each day, the first is today's: what comes stays its days and then goes."""
    stored = float(sum(one.stored for one in classes))
    line = [stored]
    for day in range(1, days + 1):
        for one in classes:
            stored += one.a_day
            stored -= one.due.get(day, 0) + (one.due.get(0, 0) if day == 1 else 0)
            if day > one.keep_days:
                stored -= one.a_day * min(1.0, day - one.keep_days)
        line.append(max(0.0, stored))
    return line


def full_in(line: Sequence[float], limit: float) -> float | None:
    """After how many days the limit is passed, a part of a day too; None: not within the line."""
    for day, stored in enumerate(line):
        if stored > limit:
            before = line[day - 1] if day else stored
            return 0.0 if day == 0 else day - 1 + (limit - before) / (stored - before)
    return None


def forecast(
    classes: Sequence[ClassOf], now: float, *, room: int | None, quota: int | None, warn_days: float
) -> ForecastJson:
    """`room`: bytes that may be written before the disk counts as full; `quota`: bytes in all. None: no such limit."""
    line = grown(classes)
    stored = int(line[0])
    limits = [("quota", quota)] if quota is not None else []
    if room is not None:
        limits.append(("disk", stored + max(0, room)))
    name, limit = min(limits, key=lambda one: one[1]) if limits else ("", None)
    days = None if limit is None else full_in(line, limit)
    step = math.ceil(HORIZON / (POINTS - 1))
    removed = [_removed(one) for one in classes]
    return ForecastJson(
        at=now,
        stored_bytes=stored,
        bytes_a_day=round(sum(one.a_day for one in classes)),
        removed_a_day=round(sum(removed)),
        limit=name,
        limit_bytes=limit,
        full_at=None if days is None else now + days * DAY,
        full_in_days=None if days is None else round(days, 1),
        soon=days is not None and days < warn_days,
        step_days=step,
        stored=tuple(int(one) for one in line[::step]),
        classes=tuple(
            ClassJson(one.name, one.stored, round(one.a_day), round(gone), round(one.keep_days))
            for one, gone in sorted(zip(classes, removed, strict=True), key=lambda pair: -pair[0].stored)
        ),
    )


def _removed(one: ClassOf) -> float:
    """What the rules remove a day of this class in the coming weeks."""
    known = sum(size for day, size in one.due.items() if day <= WINDOW)
    fresh = one.a_day * max(0.0, WINDOW - one.keep_days)
    return (known + fresh) / WINDOW
