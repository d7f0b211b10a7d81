import pytest

from cti_server.links.model import Rate


def test_the_rate_is_the_mean_of_the_last_minute() -> None:
    rate = Rate(now=0.0)
    for second in range(120):
        rate.add(10 if second < 60 else 40, float(second))
    assert rate.per_second(119.9) == pytest.approx(40, rel=0.1)
    assert rate.per_second(119.9 + 70) == 0
    assert rate.total == 60 * 10 + 60 * 40


def test_a_young_rate_counts_from_its_beginning() -> None:
    rate = Rate(now=100.0)
    rate.add(50, 105.0)
    assert rate.per_second(110.0) == pytest.approx(5.0)
    assert Rate(now=100.0).per_second(100.0) == 0
