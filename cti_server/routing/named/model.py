"""Calendars, switches and lists of callers, as people are shown them (pure)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from cti_server.core.errors import BadInput
from cti_server.routing.flows.calendars import OpeningHours, checked

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_LABEL: Final = 100


class Kind(StrEnum):
    """What can be named."""

    CALENDAR = "calendar"
    SWITCH = "switch"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class NamedJson:
    """One named thing. `value`: a calendar's hours; {"on": …} of a switch; {} of a list. Unix seconds."""

    name: str
    label: str
    value: dict[str, Any]
    revision: int
    changed_by_name: str
    changed_at: float


@dataclass(frozen=True, slots=True)
class ListedJson:
    """A number on a list; `expires_at` null: for good."""

    number: str
    note: str
    expires_at: float | None
    added_by_name: str
    added_at: float


def checked_name(text: str) -> str:
    """A name for a thing. Raises BadInput."""
    if not NAME.fullmatch(text):
        raise BadInput("This is no name for it.", field="name", allowed="A-Z, a-z, 0-9, '.', '_', '-'; at most 64")
    return text


def checked_value(kind: Kind, value: Any) -> dict[str, Any]:
    """What a thing of this kind may hold. Raises BadInput."""
    try:
        if kind is Kind.CALENDAR:
            hours = checked(msgspec.convert(value, OpeningHours))
            plain: dict[str, Any] = msgspec.to_builtins(hours)
            return plain
        if kind is Kind.SWITCH:
            return {"on": msgspec.convert(value, dict[str, bool]).get("on", False)}
    except msgspec.ValidationError as error:
        raise BadInput(f"{error}.", field="value", allowed="see docs/flows.md") from None
    return {}
