"""Texts with places for data, and what typed digits must be (pure)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

PLACE: Final = re.compile(r"\$\{([a-z][a-z0-9_]*(?:\.[a-z_]+)?)\}")
KNOWN: Final = frozenset(
    {
        "call.number",
        "call.did",
        "call.language",
        "call.date",
        "call.time",
        "customer.id",
        "customer.name",
        "customer.tier",
        "lookup.status",
    }
)
"""What a text may name without that a node has set it."""
LONGEST: Final = 500
"""Characters of a value of the data; what is longer is cut."""
_CITIZEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_SIGNS: Final = "10X98765432"
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


def names_in(text: str) -> set[str]:
    """The names that a text wants filled in."""
    return set(PLACE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; what is not known is empty."""
    return PLACE.sub(lambda place: values.get(place[1], ""), text)


def filled_url(text: str, values: Mapping[str, str]) -> str:
    """The same for an address: what is put in is percent-coded, so that it can be no host and no further field."""
    return PLACE.sub(lambda place: quote(values.get(place[1], ""), safe=""), text)


def storable(value: str) -> str:
    """A value fit to be carried on a channel: no line ends or control characters, not too long."""
    return "".join(sign if sign.isprintable() else " " for sign in value)[:LONGEST]


def right(check: str, digits: str) -> bool:
    """Do these digits pass the check of this name? See nodes.Collect."""
    return _CHECKS[check](digits)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B, as bank cards have it."""
    if not digits.isdigit() or len(digits) < 2:
        return False
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def citizen_id(digits: str) -> bool:
    """GB 11643-1999: 17 digits and a check sign; `*` stands for X."""
    text = digits.replace("*", "X")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text) or not _day(text[6:14]):
        return False
    total = sum(int(sign) * weight for sign, weight in zip(text, _CITIZEN_WEIGHTS, strict=False))
    return _CITIZEN_SIGNS[total % 11] == text[17]


def _day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return len(digits) == 8


_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "none": lambda digits: True,
    "luhn": luhn,
    "date": _day,
    "citizenId": citizen_id,
    "mobile": lambda digits: bool(_MOBILE.fullmatch(digits)),
}


def next_time(digits: str, now: float, zone: str) -> float | None:
    """The next moment at which it is that time of day (HHMM, on the wall of `zone`), unix seconds; None for no time."""
    if not (len(digits) == 4 and digits.isascii() and digits.isdecimal()):
        return None
    hour, minute = int(digits[:2]), int(digits[2:])
    if hour > 23 or minute > 59:
        return None
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due.timestamp() <= now:
        due = (local + timedelta(days=1)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return due.timestamp()
