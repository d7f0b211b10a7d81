"""Who hears which call now, for rooms that have something to do with it."""

from dataclasses import dataclass

from cti_server.monitoring.model import Live, State
from cti_server.monitoring.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that is listened to: `<pbx>:<Linkedid>`, whose part, in which queue; `began` in unix seconds."""

    call_id: str
    agent_id: int
    queue: str | None
    began: float


class Hearing:
    """Over the sessions that last and the live calls."""

    def __init__(self, sessions: Sessions, live: Live) -> None:
        self._sessions = sessions
        self._live = live

    def heard_by(self, user_id: int) -> Heard | None:
        """What a supervisor hears now; None while his phone rings, and when the call is over."""
        session = self._sessions.of_supervisor(user_id)
        call = self._live.calls.get(session.call_id) if session is not None else None
        if session is None or session.state is not State.ON or call is None:
            return None
        return Heard(session.call_id, session.agent_id, call.queue or session.queue, call.started_at)

    def goes_on(self, call_id: str) -> bool:
        """Whether a call is not over."""
        call = self._live.calls.get(call_id)
        return call is not None and call.ended_at is None
