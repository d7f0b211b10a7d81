"""What the room of supervision tells the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonitoringStarted:
    """A supervisor's phone is connected to an agent's call; `mode` listen, whisper or barge, as it begins."""

    session_id: str
    supervisor_id: int
    agent_id: int
    call_id: str
    mode: str


@dataclass(frozen=True, slots=True)
class MonitoringEnded:
    """That is over; `reason` as in MonitoringJson.end_reason."""

    session_id: str
    supervisor_id: int
    agent_id: int
    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallForced:
    """An agent lost a call by a supervisor's hand: `how` released or takenOver. `by` is the supervisor's user id."""

    agent_id: int
    call_id: str
    by: int
    how: str
    text: str
