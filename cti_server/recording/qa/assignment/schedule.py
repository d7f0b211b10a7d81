"""When a plan draws by itself (pure): once a week at a time of the site; what was missed is made up for once."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec

MOST_MISSED: Final = 4
"""How many missed weeks are made up for after a long stand-still."""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Each week on `day` (1 Monday to 7 Sunday) at `at` (HH:MM) of the site's zone."""

    day: Annotated[int, msgspec.Meta(ge=1, le=7)] = 1
    at: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "06:00"


def week_of(moment: float, zone: ZoneInfo) -> date:
    """The Monday of the week in which a moment (unix seconds) lies."""
    today = datetime.fromtimestamp(moment, zone).date()
    return today - timedelta(days=today.weekday())


def moment_of(schedule: Schedule, week: date, zone: ZoneInfo) -> float:
    """When it draws in the week of this Monday, in unix seconds. Where clocks go back, the first of the two."""
    hour, minute = (int(part) for part in schedule.at.split(":"))
    day = week + timedelta(days=schedule.day - 1)
    return datetime.combine(day, time(hour, minute), zone).timestamp()


def weeks_due(schedule: Schedule, since: float, now: float, done: Collection[date], zone: ZoneInfo) -> list[date]:
    """The weeks whose moment has come since the schedule began and that are not done: the newest ones, oldest first."""
    week, found = week_of(now, zone), list[date]()
    for _ in range(MOST_MISSED + 1):
        if since <= moment_of(schedule, week, zone) <= now and week not in done:
            found.append(week)
        week -= timedelta(days=7)
    return found[:MOST_MISSED][::-1]


def next_moment(schedule: Schedule, now: float, zone: ZoneInfo) -> float:
    """When it draws next after now."""
    week = week_of(now, zone)
    here = moment_of(schedule, week, zone)
    return here if here > now else moment_of(schedule, week + timedelta(days=7), zone)
