"""How far graders agree (pure).

Cohen (1960), "A coefficient of agreement for nominal scales"; Fleiss (1971), "Measuring nominal scale agreement among
many raters"; the words are those of Landis and Koch (1977).
"""

import math
from collections import Counter
from collections.abc import Sequence

WORDS = (
    (0.0, "none"), (0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"), (1.0, "almostPerfect"),
)  # fmt: skip
"""Up to which kappa which word holds; below zero it is worse than chance."""


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Agreement of two graders on the same items beyond chance: (p_o - p_e) / (1 - p_e). None where chance alone
    explains everything (both always say the same one thing). Raises ValueError for lists of different or no length.
    """
    if len(first) != len(second) or not first:
        raise ValueError("both graders must have judged the same items, at least one")
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    left, right = Counter(first), Counter(second)
    expected = math.fsum(left[name] * right[name] for name in left) / n**2
    return None if expected >= 1 else (observed - expected) / (1 - expected)


def fleiss_kappa(items: Sequence[Sequence[str]]) -> float | None:
    """Agreement of many graders: for each item what each of them said. None where everything is one category.

    Raises ValueError unless each item was judged by the same number of graders, two or more.
    """
    raters = len(items[0]) if items else 0
    if raters < 2 or any(len(item) != raters for item in items):
        raise ValueError("each item must be judged by the same graders, at least two")
    counts = [Counter(item) for item in items]
    whole: Counter[str] = Counter()
    for count in counts:
        whole.update(count)
    expected = math.fsum((many / (len(items) * raters)) ** 2 for many in whole.values())
    pairs = raters * (raters - 1)
    observed = math.fsum(
        (sum(many**2 for many in count.values()) - raters) / pairs for count in counts
    ) / len(items)  # fmt: skip
    return None if expected >= 1 else (observed - expected) / (1 - expected)


def meaning(kappa: float | None) -> str:
    """A kappa in one word; empty when there is none."""
    if kappa is None:
        return ""
    if kappa < 0:
        return "worse"
    return next((word for limit, word in WORDS if kappa <= limit + 1e-12), "almostPerfect")


def category(share: float | None, *, na: bool) -> str:
    """What is compared between graders: na, none, part or full points."""
    if na or share is None:
        return "na"
    return "full" if share >= 1 else "none" if share <= 0 else "part"


def spread(values: Sequence[float]) -> float:
    """Highest less lowest; 0 for none."""
    return max(values) - min(values) if values else 0.0


def mean_difference(values: Sequence[float], master: float) -> float | None:
    """Mean absolute difference to the master's; None without values."""
    return math.fsum(abs(value - master) for value in values) / len(values) if values else None
