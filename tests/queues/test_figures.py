"""The arithmetic of queues against worked values, against a real month, and against itself."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.queues.figures import DayOfQueue, Definition, Figures, Goal, Wait, WaitEnd, figures_of

BANK = Path(__file__).parents[3] / "shared/data/israeli-bank-1999"
"""Laid beside the repository by those who have it."""


@pytest.mark.parametrize(
    ("definition", "percent"),
    [("F1", 83.02), ("F2", 86.00), ("F3", 81.13), ("F4", 82.69), ("F5", 82.08), ("F6", 81.90)],
)
def test_the_worked_values(definition: str, percent: float) -> None:
    figures = Figures(answered=1000, abandoned=60, answered_within=860, abandoned_within=20, short_abandoned=10)
    assert round(100 * (figures.service_level(Definition(definition)) or 0), 2) == percent


@pytest.mark.parametrize("definition", list(Definition))
def test_nobody_gives_no_service_level(definition: Definition) -> None:
    assert Figures().service_level(definition) is None


def test_only_short_abandons_give_no_level_where_they_are_left_out() -> None:
    figures = figures_of([Wait(0.0, 3.0, WaitEnd.ABANDONED)], Goal())
    assert figures.service_level(Definition.F6) is None
    assert figures.service_level(Definition.F3) == 0.0
    assert figures.asa is None
    assert figures.abandon_rate == 1.0


def test_a_wait_of_exactly_the_limit_is_within() -> None:
    waits = [Wait(0.0, 20.0, WaitEnd.ANSWERED), Wait(0.0, 5.0, WaitEnd.ABANDONED), Wait(0.0, 5.001, WaitEnd.ABANDONED)]
    figures = figures_of(waits, Goal())
    assert (figures.answered_within, figures.short_abandoned, figures.abandoned_within) == (1, 1, 2)


def test_who_left_otherwise_is_not_offered() -> None:
    figures = figures_of([Wait(0.0, 60.0, WaitEnd.LEFT), Wait(0.0, 10.0, WaitEnd.ANSWERED)], Goal())
    assert (figures.offered, figures.left, figures.asa) == (1, 1, 10.0)


waits = st.builds(
    Wait, st.floats(0, 1e9), st.floats(0, 3600).map(lambda seconds: round(seconds, 3)), st.sampled_from(list(WaitEnd))
)


@given(st.lists(waits))
def test_every_level_is_a_share(found: list[Wait]) -> None:
    figures = figures_of(found, Goal())
    for definition in Definition:
        level = figures.service_level(definition)
        assert level is None or 0 <= level <= 1
    assert figures.offered + figures.left + figures.called_back + figures.not_reached == len(found)


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), waits))))
def test_a_day_counts_each_key_once_whatever_it_is_told(told: list[tuple[int, Wait | None]]) -> None:
    day = DayOfQueue(Goal())
    truth: dict[int, Wait] = {}
    for key, wait in told:
        if wait is None:
            assert day.unbook(key) == (truth.pop(key, None) is not None)
        else:
            assert day.book(key, wait) == (truth.get(key) != wait)
            truth[key] = wait
    expected = figures_of(truth.values(), Goal())
    for name in ("answered", "abandoned", "left", "short_abandoned", "answered_within", "abandoned_within"):
        assert getattr(day.figures, name) == getattr(expected, name)
    assert day.figures.answered_wait == pytest.approx(expected.answered_wait, abs=1e-6)
    assert day.longest_wait == max((wait.seconds for wait in truth.values()), default=0.0)


@pytest.mark.skipif(not BANK.exists(), reason="israeli-bank-1999 is not on this machine")
def test_a_real_month_of_a_bank() -> None:
    answers = json.loads((BANK / "january-answers.json").read_text())["january"]
    ends = {"AGENT": WaitEnd.ANSWERED, "HANG": WaitEnd.ABANDONED}
    with (BANK / "january.txt").open() as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["outcome"] in ends]

    def month(goal: Goal, kind: str | None) -> Figures:
        mine = [row for row in rows if kind in (None, row["type"])]
        return figures_of([Wait(0.0, float(row["q_time"]), ends[row["outcome"]]) for row in mine], goal)

    for kind, expected in [(None, answers["total"]), *answers["by_type"].items()]:
        figures = month(Goal(), kind)
        assert (figures.offered, figures.answered, figures.abandoned) == (
            expected["offered"],
            expected["answered"],
            expected["abandoned"],
        )
        assert (figures.asa if figures.asa is None else round(figures.asa, 2)) == expected["asa_s"]
        assert round(figures.abandon_rate or 0, 4) == expected["abandon_rate"]
        assert round(figures.service_level(Definition.F3) or 0, 4) == expected["sl20_offered"]
        # The answers leave out who gave up within 20 s, not within 5: that is F4, or F6 with s = T.
        without = expected["sl20_without_short_abandons"]
        assert round(figures.service_level(Definition.F4) or 0, 4) == without
        same = month(Goal(short_abandon_seconds=20.0), kind).service_level(Definition.F6)
        assert round(same or 0, 4) == without
    assert round(month(Goal(), None).service_level(Definition.F6) or 0, 4) == 0.5474
