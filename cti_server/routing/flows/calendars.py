"""Opening hours: weekly hours, holidays, make-up workdays as in China, one-off closures, in a time zone (pure)."""

from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, field

from cti_server.core.errors import BadInput
from cti_server.routing.flows.words import Label, Part

Moment: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$")]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Minute: TypeAlias = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Span(Part, frozen=True, kw_only=True):
    """From a minute until another; one that is not later is of the next day (a night shift)."""

    begins: Minute
    ends: Minute


class SpecialDay(Part, frozen=True, kw_only=True):
    """A day that is not like its weekday: a holiday, or a workday that makes up for one (调休)."""

    day: Day
    kind: Literal["holiday", "workday"]
    label: Label = ""
    like: Weekday = "mon"
    """workday: whose hours it has, unless it has its own."""
    hours: tuple[Span, ...] = ()
    """workday: its own hours; holiday: hours in which it is open all the same."""


class Closure(Part, frozen=True, kw_only=True):
    """A closure of once, in local time."""

    begins: Moment
    ends: Moment
    label: Label = ""


class OpeningHours(Part, frozen=True, kw_only=True):
    """One calendar. Days of the week without hours are closed."""

    zone: str = "Asia/Shanghai"
    week: dict[Weekday, Annotated[tuple[Span, ...], Meta(max_length=10)]] = field(default_factory=dict)
    days: Annotated[tuple[SpecialDay, ...], Meta(max_length=1000)] = ()
    closures: Annotated[tuple[Closure, ...], Meta(max_length=1000)] = ()


def checked(hours: OpeningHours) -> OpeningHours:
    """The calendar, when its zone, days and moments exist. Raises BadInput."""
    try:
        ZoneInfo(hours.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"There is no time zone {hours.zone!r}.", field="zone", allowed="such as Asia/Shanghai"
        ) from None
    for number, special in enumerate(hours.days):
        _moment(f"{special.day}T00:00", f"days[{number}].day")
    for number, closure in enumerate(hours.closures):
        begins = _moment(closure.begins, f"closures[{number}].begins")
        if _moment(closure.ends, f"closures[{number}].ends") <= begins:
            raise BadInput("It ends before it begins.", field=f"closures[{number}].ends", allowed="later than begins")
    return hours


def _moment(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text} is no day.", field=name, allowed="a day of the calendar") from None


def state_at(hours: OpeningHours, now: float) -> str:
    """open, closed or holiday at a moment (unix seconds)."""
    local = datetime.fromtimestamp(now, ZoneInfo(hours.zone)).replace(tzinfo=None)
    wall = local.isoformat(timespec="minutes")
    if any(each.begins <= wall < each.ends for each in hours.closures):
        return "closed"
    if any(_within(local, local - timedelta(days=back), hours) for back in (0, 1)):
        return "open"
    special = _special(hours, local)
    return "holiday" if special is not None and special.kind == "holiday" else "closed"


def _special(hours: OpeningHours, day: datetime) -> SpecialDay | None:
    name = day.date().isoformat()
    return next((each for each in hours.days if each.day == name), None)


def _within(local: datetime, day: datetime, hours: OpeningHours) -> bool:
    """Is it inside a span that begins on this day?"""
    special = _special(hours, day)
    if special is None:
        spans = hours.week.get(WEEKDAYS[day.weekday()], ())
    elif special.kind == "holiday":
        spans = special.hours
    else:
        spans = special.hours or hours.week.get(special.like, ())
    midnight = datetime.combine(day.date(), clock_time.min)
    for span in spans:
        begins, ends = midnight + _offset(span.begins), midnight + _offset(span.ends)
        if ends <= begins:
            ends += timedelta(days=1)
        if begins <= local < ends:
            return True
    return False


def _offset(minute: str) -> timedelta:
    hours, minutes = minute.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
