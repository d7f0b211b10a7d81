"""Opening hours, with China's holidays and the workdays that make up for them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cti_server.core.errors import BadInput
from cti_server.routing.flows.calendars import Closure, OpeningHours, Span, SpecialDay, checked, state_at

DAY = (Span(begins="09:00", ends="18:00"),)
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
# National Day 2026 and its make-up workdays, as the State Council's notice has them.
HOURS = OpeningHours(
    week={**WEEK, "sat": (Span(begins="22:00", ends="02:00"),)},
    days=(
        *(SpecialDay(day=f"2026-10-0{day}", kind="holiday") for day in range(1, 8)),
        SpecialDay(day="2026-09-20", kind="workday", like="mon"),
        SpecialDay(day="2026-10-10", kind="workday", hours=(Span(begins="10:00", ends="12:00"),)),
    ),
    closures=(Closure(begins="2026-11-30T12:00", ends="2026-11-30T15:30"),),
)


@pytest.mark.parametrize(
    ("wall", "state"),
    [
        ("2026-11-27T08:59", "closed"),
        ("2026-11-27T09:00", "open"),
        ("2026-11-27T17:59", "open"),
        ("2026-11-27T18:00", "closed"),
        ("2026-11-29T12:00", "closed"),  # a Sunday
        ("2026-10-05T12:00", "holiday"),  # a Monday in the Golden Week
        ("2026-09-20T12:00", "open"),  # a Sunday that is worked
        ("2026-10-10T11:00", "open"),  # a Saturday that is worked, with hours of its own
        ("2026-10-10T13:00", "closed"),
        ("2026-11-30T13:00", "closed"),  # a closure of once
        ("2026-11-30T15:30", "open"),
        ("2026-11-28T23:00", "open"),  # a night shift …
        ("2026-11-29T01:59", "open"),  # … into Sunday
        ("2026-11-29T02:00", "closed"),
    ],
)
def test_hours(wall: str, state: str) -> None:
    at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert state_at(HOURS, at) == state


def test_the_zone_counts() -> None:
    at = datetime(2026, 11, 27, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert state_at(OpeningHours(zone="Europe/Berlin", week=WEEK), at) == "closed"


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        (OpeningHours(zone="Mars/Base"), "zone"),
        (OpeningHours(days=(SpecialDay(day="2026-02-30", kind="holiday"),)), "days[0].day"),
        (OpeningHours(closures=(Closure(begins="2026-02-02T10:00", ends="2026-02-02T10:00"),)), "closures[0].ends"),
    ],
)
def test_what_cannot_be_is_refused(hours: OpeningHours, field: str) -> None:
    with pytest.raises(BadInput) as told:
        checked(hours)
    assert told.value.field == field
