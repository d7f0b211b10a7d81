import json

import pytest

from bench.report import Delays, Report, Spread, interleaved, percentile, ratios


def test_percentile_is_the_nearest_rank() -> None:
    values = [15.0, 20.0, 35.0, 40.0, 50.0]
    assert [percentile(values, share) for share in (0.05, 0.3, 0.4, 0.5, 1.0)] == [15, 20, 20, 35, 50]
    assert percentile(list(reversed(values)), 0.3) == 20


def test_p99_of_a_hundred_is_the_last_but_one() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_delays_are_told_in_milliseconds() -> None:
    delays = Delays.of([0.001 * n for n in range(1, 201)])
    assert (delays.count, delays.p50, delays.p95, delays.p99) == pytest.approx((200, 100, 190, 198))
    assert delays.json() == {"count": 200, "p50_ms": 100, "p95_ms": 190, "p99_ms": 198, "max_ms": 200}


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything was slow is no slow round of ours."""
    found = ratios({"ours": [200.0, 20.0, 220.0], "peer": [100.0, 10.0, 100.0]}, "peer")
    assert found["ours"] == Spread(2.0, 2.0, 2.2)
    assert found["peer"] == Spread(1.0, 1.0, 1.0)


def test_rounds_are_interleaved_and_the_cold_one_is_left_out() -> None:
    order: list[str] = []

    def work(name: str) -> float:
        order.append(name)
        return float(len(order))

    figures = interleaved({"a": lambda: work("a"), "b": lambda: work("b")}, 2)
    assert order == ["a", "b"] * 3
    assert figures == {"a": [3.0, 5.0], "b": [4.0, 6.0]}


def test_the_closing_line_is_json_with_the_goals(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("some")
    against = report.table("things/s", {"ours": [30.0, 30.0], "peer": [10.0, 20.0]}, "peer")
    report.goal("more", against["ours"].median, 2.25, at_least=True)
    report.goal("less", 11.0, 10.0, at_least=False)
    report.close()
    lines = capsys.readouterr().out.splitlines()
    told = json.loads(lines[-1])
    assert told["bench"] == "some"
    assert told["goals"]["more"] == {"found": 2.25, "wanted": 2.25, "reached": True}
    assert told["goals"]["less"]["reached"] is False
    assert any("MISSED: less" in line for line in lines)
    assert any("2.25 (1.50 – 3.00)" in line for line in lines)
