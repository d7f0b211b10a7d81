"""Agreement beside published values."""

import pytest

from cti_server.recording.qa.calibration.agreement import (
    category,
    cohen_kappa,
    fleiss_kappa,
    mean_difference,
    meaning,
    spread,
)

# Fleiss (1971) as it is commonly retold: 10 subjects, 14 raters, 5 categories.
FLEISS = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip


def pairs(*counts: tuple[str, str, int]) -> tuple[list[str], list[str]]:
    both = [(a, b) for a, b, n in counts for _ in range(n)]
    return [a for a, _ in both], [b for _, b in both]


def test_cohen_beside_worked_examples() -> None:
    assert cohen_kappa(*pairs(("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15))) == pytest.approx(0.4)
    assert cohen_kappa(*pairs(("y", "y", 45), ("y", "n", 15), ("n", "y", 25), ("n", "n", 15))) == pytest.approx(
        0.1304, abs=5e-5
    )
    assert cohen_kappa(*pairs(("y", "y", 25), ("y", "n", 35), ("n", "y", 5), ("n", "n", 35))) == pytest.approx(
        0.2593, abs=5e-5
    )
    assert cohen_kappa(["a", "b"], ["a", "b"]) == 1
    assert cohen_kappa(["a", "b"], ["b", "a"]) == -1
    assert cohen_kappa(["a", "a"], ["a", "a"]) is None


def test_fleiss_beside_the_published_value() -> None:
    items = [[str(k) for k, n in enumerate(row) for _ in range(n)] for row in FLEISS]
    assert fleiss_kappa(items) == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa([["a", "a"], ["b", "b"]]) == 1
    assert fleiss_kappa([["a", "a"]]) is None


def test_what_cannot_be_compared() -> None:
    for wrong in (([], []), (["a"], ["a", "b"])):
        with pytest.raises(ValueError, match="same items"):
            cohen_kappa(*wrong)
    for items in ([], [["a"]], [["a", "b"], ["a"]]):
        with pytest.raises(ValueError, match="same graders"):
            fleiss_kappa(items)


def test_words() -> None:
    words = [meaning(k) for k in (None, -0.1, 0.0, 0.2, 0.21, 0.5, 0.8, 0.81, 1.0)]
    assert words == ["", "worse", "none", "slight", "fair", "moderate", "substantial", "almostPerfect", "almostPerfect"]
    assert [category(s, na=False) for s in (0.0, 0.5, 1.0, None)] == ["none", "part", "full", "na"]
    assert (spread([0.2, 0.9]), spread([])) == (pytest.approx(0.7), 0)
    assert mean_difference([80, 90], 84) == 5
