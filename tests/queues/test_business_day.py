"""Business days by the wall clock of the site, also when it jumps."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.queues.business_day import BusinessDay

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("moment", "start", "hours"),
    [
        ("2026-03-28 23:59", "2026-03-28 00:00", 24),
        ("2026-03-29 12:00", "2026-03-29 00:00", 23),
        ("2026-10-25 12:00", "2026-10-25 00:00", 25),
    ],
)
def test_days_of_23_24_and_25_hours(moment: str, start: str, hours: int) -> None:
    begin, end = BusinessDay(BERLIN).bounds(at(moment))
    assert begin == at(start)
    assert end - begin == hours * HOUR


def test_before_its_start_it_is_still_yesterday() -> None:
    day = BusinessDay(ZoneInfo("Asia/Shanghai"), time(6, 30))
    shanghai = ZoneInfo("Asia/Shanghai")
    assert day.bounds(at("2026-11-23 06:29:59", shanghai))[0] == at("2026-11-22 06:30", shanghai)
    assert day.bounds(at("2026-11-23 06:30:00", shanghai))[0] == at("2026-11-23 06:30", shanghai)
    assert day.named(date(2026, 11, 23)) == day.bounds(at("2026-11-23 20:00", shanghai))


zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana"])


@given(
    zones,
    st.integers(0, 23 * 60 + 59),
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)),
)
def test_each_moment_lies_in_its_day_and_days_join_without_a_gap(zone: str, start: int, moment: datetime) -> None:
    day = BusinessDay(ZoneInfo(zone), time(start // 60, start % 60))
    now = moment.replace(tzinfo=ZoneInfo("UTC")).timestamp()
    begin, end = day.bounds(now)
    assert begin <= now < end
    assert 22.5 * HOUR <= end - begin <= 25.5 * HOUR
    assert day.bounds(end)[0] == end
    assert day.bounds(begin) == (begin, end)
    assert timedelta(seconds=end - begin) > timedelta(0)
