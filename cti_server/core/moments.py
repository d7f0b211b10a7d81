"""Moments as people and programs write them in addresses, and as they stand in a table that is taken away."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from cti_server.core.errors import BadInput

_LATEST = 1e11
"""Unix seconds: the year 5138. What is later was milliseconds, or nonsense."""


def moment(field: str, text: str | None, zone: ZoneInfo) -> float | None:
    """Unix seconds of a moment given as such, or as ISO 8601 (the site's time where it names no zone).

    Raises BadInput, which names the field.
    """
    if text is None:
        return None
    at = _seconds(text, zone)
    if not 0 <= at < _LATEST:  # NaN and the infinities fail here too
        raise BadInput("This is no moment.", field=field, allowed="unix seconds or ISO 8601")
    return at


def _seconds(text: str, zone: ZoneInfo) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def local(at: float | None, zone: ZoneInfo, *, precision: str = "milliseconds") -> str | None:
    """Unix seconds as ISO 8601 in the site's time; `precision`: `milliseconds` or `seconds`."""
    return None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec=precision)
