"""The arithmetic of the forecast."""

import pytest

from cti_server.recording.forecast.model import DAY, ClassOf, forecast, full_in, grown

NOW = 1_800_000_000.0
SAME = {"quota": None, "warn_days": 14.0}


def test_what_comes_stays_its_days_and_then_goes() -> None:
    line = grown([ClassOf("vip", 0, 2800, 28, 10)], 30)
    assert line[0] == 0
    assert line[10] == pytest.approx(1000)
    assert line[30] == pytest.approx(1000), "from then on as much goes as comes"


def test_what_is_stored_goes_when_the_rules_say() -> None:
    line = grown([ClassOf("vip", 600, 0, 28, 10, {0: 100, 3: 200, 200: 300})], 300)
    assert (line[0], line[1], line[2], line[3], line[199], line[200]) == (600, 500, 500, 300, 300, 0)


def test_a_young_site_is_judged_by_the_days_that_it_has() -> None:
    assert ClassOf("vip", 0, 700, 7.0, 180).a_day == 100
    assert ClassOf("vip", 0, 700, 0.2, 180).a_day == 700, "not multiplied up from an hour"
    assert ClassOf("vip", 0, 2800, 300, 180).a_day == 100


def test_when_a_limit_is_passed() -> None:
    assert full_in([0, 100, 200], 150) == 1.5
    assert full_in([0, 100, 200], 200) is None
    assert full_in([300, 100], 200) == 0.0


def test_the_nearer_of_disk_and_quota_counts() -> None:
    grows = [ClassOf("vip", 1000, 2800, 28, 400), ClassOf("outbound", 0, 280, 28, 30)]
    told = forecast(grows, NOW, room=1100, quota=None, warn_days=14.0)
    assert (told.limit, told.limit_bytes, told.full_in_days, told.soon) == ("disk", 2100, 10.0, True)
    assert told.full_at == pytest.approx(NOW + 10 * DAY)
    assert (told.bytes_a_day, told.removed_a_day) == (110, 0)
    told = forecast(grows, NOW, room=10**9, quota=5400, warn_days=14.0)
    assert (told.limit, told.soon) == ("quota", False)
    assert told.full_in_days == pytest.approx(41, abs=1)
    assert [one.name for one in told.classes] == ["vip", "outbound"]


def test_no_limit_is_never_reached_and_a_full_disk_is_full_now() -> None:
    assert forecast([], NOW, room=None, **SAME).full_at is None
    told = forecast([ClassOf("vip", 500, 0, 28, 400)], NOW, room=10, **SAME)
    assert (told.full_at, told.limit_bytes) == (None, 510)
    # Below what must stay free nothing more fits, however little comes.
    assert forecast([ClassOf("vip", 500, 28, 28, 400)], NOW, room=-5, **SAME).full_in_days == 0.0


def test_the_drawing_spans_two_years() -> None:
    told = forecast([ClassOf("vip", 5, 28, 28, 4000)], NOW, room=None, **SAME)
    assert 90 <= len(told.stored) <= 110
    assert told.stored[0] == 5
    assert told.stored[-1] == pytest.approx(5 + (len(told.stored) - 1) * told.step_days, abs=1)
