"""Whom a call can be handed to, and which numbers may be dialled (pure)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.core.errors import BadInput

_KEYS: Final = re.compile(r"[0-9*#A-D]{1,20}")
_NUMBER: Final = re.compile(r"[0-9*#+]{1,20}")
_DECORATION: Final = str.maketrans("", "", " -()./\u00a0\u2011\u2013")


class TargetKind(StrEnum):
    """What a call can be handed to."""

    AGENT = "agent"  # by user number
    EXTENSION = "extension"
    EXTERNAL = "external"
    QUEUE = "queue"  # by name


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an agent names; `value` is a user's number, a queue's name or a telephone number."""

    kind: TargetKind
    value: str


@dataclass(frozen=True, slots=True)
class Goal:
    """A target as the PBX reaches it: a device, a queue, or a number of its dialplan."""

    exten: str
    device: str = ""
    queue: str = ""
    service: bool = False
    """A number that the dialplan answers itself (an announcement, a queue, a room): nobody to be asked there."""
    outside: str = ""
    """The number as people write it, when it is outside."""


@dataclass(frozen=True, slots=True)
class DialRules:
    """Which numbers outside may be dialled. Prefixes are compared with the number without `outside_prefix`."""

    outside_prefix: str = ""
    """What the dialplan wants before a number outside."""
    forbidden: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    """When there are any, only these; the longest matching prefix of both lists decides."""
    per_minute: int = 10
    """Dials of one agent in a minute."""


def plain_number(text: str, field_name: str = "value") -> str:
    """The number without blanks and signs for reading. Raises BadInput, code `bad_number`."""
    number = text.translate(_DECORATION)
    if not _NUMBER.fullmatch(number):
        raise BadInput(
            "This is no telephone number.", field=field_name, allowed="1 to 20 of 0-9 * # +", code="bad_number"
        )
    return number


def outside_exten(number: str, rules: DialRules) -> str:
    """What to dial for a number outside. Raises BadInput, code `forbidden_number`."""
    number = "00" + number[1:] if number.startswith("+") else number
    # Somebody may have written the line's prefix himself: then the rules hold for what follows it, too.
    bare = number.removeprefix(rules.outside_prefix)
    for seen in {number, bare}:
        if not _may_dial(seen, rules):
            raise BadInput(
                "Numbers like this must not be dialled.",
                field="value",
                allowed="numbers that the settings allow",
                code="forbidden_number",
            )
    exten = rules.outside_prefix + number
    if not _NUMBER.fullmatch(exten) or "+" in exten:
        raise BadInput("This number is too long.", field="value", allowed="at most 20 digits", code="bad_number")
    return exten


def _may_dial(number: str, rules: DialRules) -> bool:
    forbidden = max((len(prefix) for prefix in rules.forbidden if number.startswith(prefix)), default=-1)
    allowed = max((len(prefix) for prefix in rules.allowed if number.startswith(prefix)), default=-1)
    if forbidden < 0:
        return allowed >= 0 or not rules.allowed
    return allowed > forbidden


def checked_keys(digits: str) -> str:
    """Keys that can be sent. Raises BadInput."""
    if not _KEYS.fullmatch(digits):
        raise BadInput("These are no keys.", field="digits", allowed="1 to 20 of 0-9 * # A-D", code="bad_keys")
    return digits
