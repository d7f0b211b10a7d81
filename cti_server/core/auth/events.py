"""What accounts tell the other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session is over: signed out, or its account was changed or disabled. Open connections of it must close."""

    session_id: int
    user_id: int
    signed_in: bool = False
    """He has another session that is still open."""
