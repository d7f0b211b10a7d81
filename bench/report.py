"""What a bench tells: lines for people, then one line of JSON for programs. Pure arithmetic and printing."""

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Median, least and most of several rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def json(self, digits: int = 1) -> dict[str, float]:
        """For the closing line."""
        return {
            "median": round(self.median, digits),
            "min": round(self.least, digits),
            "max": round(self.most, digits),
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that at least `share` (0 to 1) of all do not exceed.

    Raises ValueError for no values: a percentile of nothing would look like a good one.
    """
    if not values:
        raise ValueError("no percentile of no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True)
class Delays:
    """How long something took, many times; milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Delays":
        """From measured seconds, at least one."""
        ms = [1000 * value for value in seconds]
        return cls(len(ms), percentile(ms, 0.5), percentile(ms, 0.95), percentile(ms, 0.99), max(ms))

    def json(self) -> dict[str, float]:
        """For the closing line."""
        return {
            "count": self.count,
            "p50_ms": round(self.p50, 2),
            "p95_ms": round(self.p95, 2),
            "p99_ms": round(self.p99, 2),
            "max_ms": round(self.most, 2),
        }

    def __str__(self) -> str:
        parts = {"p50": self.p50, "p95": self.p95, "p99": self.p99, "max": self.most}
        return "   ".join(f"{name} {ms:7.2f}" for name, ms in parts.items()) + f" ms   ({self.count})"


def ratios(rounds: Mapping[str, Sequence[float]], peer: str) -> dict[str, Spread]:
    """Each one's figure ÷ the peer's, round by round.

    The rounds of all stand side by side in time, so what disturbed one round disturbed both figures of its ratio.
    """
    return {
        name: Spread.of([value / other for value, other in zip(values, rounds[peer], strict=True)])
        for name, values in rounds.items()
    }


def interleaved(work: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure everything once per round, for some rounds; the first, in which everything is cold, is left out."""
    figures: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, measure in work.items():
            figure = measure()
            if number:
                figures[name].append(figure)
    return figures


@dataclass
class Report:
    """One bench's results: `say` lines as they come, `goal` what was to be reached, `close` prints the JSON."""

    bench: str
    results: dict[str, Any] = field(default_factory=dict)
    goals: dict[str, dict[str, Any]] = field(default_factory=dict)

    def say(self, line: str = "", end: str = "\n") -> None:
        """A line for people, at once."""
        print(line, end=end, flush=True)

    def table(self, unit: str, rounds: Mapping[str, Sequence[float]], peer: str) -> dict[str, Spread]:
        """Print figures (more is better) with their ratio to the peer, keep them, and return the ratios."""
        against = ratios(rounds, peer)
        width = max(map(len, rounds))
        self.say(f"  {'':{width}}  {unit + ', median (min – max)':>36}   ÷ {peer} (min – max)")
        for name, values in rounds.items():
            spread, ratio = Spread.of(values), against[name]
            figures = f"{spread.median:,.0f} ({spread.least:,.0f} – {spread.most:,.0f})"
            self.say(f"  {name:{width}}  {figures:>36}   {ratio.median:6.2f} ({ratio.least:.2f} – {ratio.most:.2f})")
        return against

    def goal(self, name: str, found: float, wanted: float, *, at_least: bool) -> None:
        """Say whether a goal is reached. A figure on the border reaches it."""
        reached = found >= wanted if at_least else found <= wanted
        self.goals[name] = {"found": round(found, 2), "wanted": wanted, "reached": reached}
        sign = "≥" if at_least else "≤"
        self.say(f"  goal {'reached' if reached else 'MISSED'}: {name}: {found:.2f}, wanted {sign} {wanted:g}")

    def close(self) -> str:
        """Print the closing line and return it."""
        line = json.dumps({"bench": self.bench, "results": self.results, "goals": self.goals}, ensure_ascii=False)
        print(line, flush=True)
        return line
