"""When a recording may go (pure)."""

from dataclasses import dataclass
from typing import Final

from cti_server.core.errors import Conflict
from cti_server.recording.policy import LEAST_OUTBOUND_DAYS

RETENTION: Final = "(retention)"
"""Under which name the rules delete, in the audit log."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording as its deletion sees it."""

    id: int
    call_id: str
    object: str | None
    sha256: str
    size: int | None
    seconds: float | None
    state: str
    hold: str
    direction: str
    age: float
    """Seconds since it began."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """The rules themselves, as who deletes."""

    user_id: int | None = None
    login: str = RETENTION
    address: str = ""


def check_delete(one: Kept, *, by_rule: bool) -> None:
    """May it be deleted? Raises Conflict: deleted already, held, or an outbound call within its 30 days."""
    if one.state == "deleted":
        raise Conflict("This recording is deleted already.", code="recording_deleted")
    if one.hold:
        raise Conflict("This recording is under a legal hold.", code="recording_held")
    if not by_rule and one.direction == "outbound" and one.age < LEAST_OUTBOUND_DAYS * 86_400:
        raise Conflict("Recordings of outbound calls are kept for 30 days.", code="recording_too_young")


def proof(one: Kept, why: str) -> dict[str, object]:
    """What the audit log keeps of a deleted recording: that it was this and no other."""
    return {"call": one.call_id, "sha256": one.sha256, "bytes": one.size, "seconds": one.seconds, "why": why}
