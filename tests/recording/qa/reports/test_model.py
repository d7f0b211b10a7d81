"""Recordings of a group become shares; groups are put together without losing any."""

import pytest

from cti_server.recording.qa.reports.model import ALLOWED, By, Report, Sums, figures_of, folded

ONE = Sums("7", 2, 1, 200.0, 20.0, 10.0, 100.0, 8.0)
OTHER = Sums("8", 1, 0, 50.0, 5.0, 0.0, 50.0, None)


def test_agents_become_their_team() -> None:
    (team,) = folded([ONE, OTHER], lambda _: "north")
    assert team == Sums("north", 3, 1, 250.0, 25.0, 10.0, 150.0, 8.0)
    assert [one.key for one in folded([ONE, OTHER], lambda key: key)] == ["7", "8"]


def test_shares_are_of_what_was_measured() -> None:
    shown = figures_of(ONE, "Li")
    assert (shown.coverage, shown.silence, shown.talk_over) == (0.5, pytest.approx(0.2), pytest.approx(0.1))
    bare = figures_of(Sums("", 1, 0, 9.0, 0.0, 0.0, 0.0, None), "")
    assert (bare.coverage, bare.silence, bare.talk_over) == (0.0, None, None)


def test_each_report_can_be_taken_over_something() -> None:
    assert set(ALLOWED) == set(Report)
    assert all(ALLOWED.values())
    assert By.WEEK not in ALLOWED[Report.TREND], "a trend runs over weeks already"
