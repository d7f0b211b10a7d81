"""When a plan draws by itself: in the site's zone, over a change of clocks, what was missed once and no older."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti_server.recording.qa.assignment.schedule import (
    MOST_MISSED,
    Schedule,
    moment_of,
    next_moment,
    week_of,
    weeks_due,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 30)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def test_the_week_is_the_sites() -> None:
    # Sunday 23:00 in Berlin is Monday morning in Shanghai.
    moment = at("2026-11-29 23:00", BERLIN)
    assert (week_of(moment, BERLIN), week_of(moment, SHANGHAI)) == (date(2026, 11, 23), MONDAY)
    assert moment_of(Schedule(3, "06:30"), MONDAY, SHANGHAI) == at("2026-12-02 06:30")


def test_the_hour_stays_when_clocks_change() -> None:
    for week in (date(2026, 3, 23), date(2026, 10, 19)):
        moment = datetime.fromtimestamp(moment_of(Schedule(7, "06:00"), week, BERLIN), BERLIN)
        assert (moment.hour, moment.minute) == (6, 0)


def test_due_once_its_moment_has_come_and_not_again() -> None:
    plan, since = Schedule(1, "06:00"), at("2026-11-25 12:00")
    assert weeks_due(plan, since, at("2026-11-30 05:59"), [], SHANGHAI) == []
    assert weeks_due(plan, since, at("2026-11-30 06:00"), [], SHANGHAI) == [MONDAY]
    assert weeks_due(plan, since, at("2026-12-03 06:00"), [], SHANGHAI) == [MONDAY], "missed, made up for later"
    assert weeks_due(plan, since, at("2026-12-03 06:00"), [MONDAY], SHANGHAI) == []
    assert weeks_due(plan, at("2026-11-30 06:01"), at("2026-12-03 06:00"), [], SHANGHAI) == [], "it did not run then"


def test_after_a_long_stand_still_the_newest_weeks_in_order() -> None:
    found = weeks_due(Schedule(1, "06:00"), at("2026-01-01 00:00"), at("2026-12-02 00:00"), [], SHANGHAI)
    assert len(found) == MOST_MISSED
    assert found == sorted(found)
    assert found[-1] == MONDAY


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-30 05:59", "2026-11-30 06:00"),
        ("2026-11-30 06:00", "2026-12-07 06:00"),
        ("2026-12-06 23:59", "2026-12-07 06:00"),
    ],
)
def test_next(now: str, expected: str) -> None:
    assert next_moment(Schedule(1, "06:00"), at(now), SHANGHAI) == at(expected)


@pytest.mark.parametrize(
    "wrong", ['{"day":0}', '{"day":8}', '{"at":"24:00"}', '{"at":"6:00"}', '{"at":"06:60"}', '{"x":1}']
)
def test_what_is_no_schedule(wrong: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(wrong, type=Schedule)
