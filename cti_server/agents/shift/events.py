"""What the shifts tell other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShiftEnded:
    """An agent has signed out, or was signed out."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AfterCallWorkEnded:
    """An agent has done the work after a call of a queue. Times in unix seconds."""

    user_id: int
    call_id: str
    queue: str
    started_at: float
    ended_at: float
    by: str
    """agent, outcome, timer or supervisor."""
