"""The sessions that last: follows each by what the PBX reports of its leg, writes it down and tells who may know."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.auth.model import Session as SignedIn
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.push.sights import Sight
from cti_server.live.changes import CallChanged
from cti_server.live.views import CallView, LegView
from cti_server.live.words import LegRole
from cti_server.monitoring.events import MonitoringEnded, MonitoringStarted
from cti_server.monitoring.model import (
    EndReason,
    Live,
    Mode,
    MonitoredByJson,
    MonitoringJson,
    People,
    Session,
    State,
    living_leg,
    session_json,
)

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

TOPIC: Final = "monitoring"
ROW: Final = "monitoring_session"
"""Kind of the journal's rows."""


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""


def may_watch(session: SignedIn) -> bool:
    """Who sees who listens to whom: supervisors and admins."""
    return bool(session.roles & {Role.SUPERVISOR, Role.ADMIN})


class Sessions:
    """All sessions that are not over, by id."""

    def __init__(self, *, bus: Bus, hub: "PushHub", live: Live, people: People, journal: Journal, clock: Clock) -> None:
        self._bus = bus
        self._hub = hub
        self._live = live
        self._people = people
        self._journal = journal
        self._clock = clock
        self._open: dict[str, Session] = {}
        self._by_leg: dict[str, list[str]] = {}
        self._why: dict[str, EndReason] = {}
        self._taking: dict[str, str] = {}
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}
        hub.register_topic(TOPIC, may=may_watch, snapshot=self.snapshot, sight=self._sight())
        hub.add_part("user", "monitored_by", self.monitored_by)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._open.values()))

    def get(self, session_id: str) -> Session | None:
        """A session that lasts."""
        return self._open.get(session_id)

    def of_supervisor(self, user_id: int) -> Session | None:
        """What this supervisor is on now; None when on nothing."""
        return next((session for session in self._open.values() if session.supervisor_id == user_id), None)

    # -- what is shown

    def snapshot(self) -> dict[str, list[MonitoringJson]]:
        """Every session that lasts, the oldest first."""
        ordered = sorted(self._open.values(), key=lambda session: session.asked_at)
        return {"sessions": [session_json(session, self._people) for session in ordered]}

    def monitored_by(self, user_id: int) -> list[MonitoredByJson]:
        """Who is on this agent's call, as far as he is to be told."""
        return [
            _told(session, self._people)
            for session in self._open.values()
            if session.agent_id == user_id and session.told and session.state is State.ON
        ]

    def _sight(self) -> Sight:
        def shown(scope: Scope, session: MonitoringJson) -> MonitoringJson | None:
            # By the team and queue that it had when it began: it must not vanish while the agent is moved.
            _, queues = self._people.standing(session.pbx, session.agent.device)
            within = scope.sees_call([session.queue] if session.queue else (), [(session.team, queues)])
            return session if within else None

        return Sight(
            items=("sessions",),
            key=lambda session: session.id,
            shown=shown,
            gone=lambda session: ("monitoring.ended", {"id": session.id, "state": "ended"}),
        )

    # -- what the service does

    def put(self, session: Session) -> None:
        """A session begins or changes."""
        self._keep(session)

    def load(self, sessions: Iterable[Session]) -> None:
        """Take up those that lasted when the server last wrote; nobody is told."""
        for session in sessions:
            if session.id not in self._open:
                self._remember(session)

    def expect_end(self, session_id: str, reason: EndReason) -> None:
        """Say why the next end of this session will have come."""
        self._why[session_id] = reason

    def expect_take_over(self, session_id: str, call_id: str) -> None:
        """The session's leg is about to become a party of this call."""
        self._taking[session_id] = call_id

    def end(self, session_id: str, reason: EndReason, *, exact: bool = True) -> Session | None:
        """End a session now; returns it. None when it is over already."""
        session = self._open.get(session_id)
        if session is None:
            return None
        over = session.ended(reason, self._clock.now(), exact=exact)
        self._keep(over)
        return over

    async def until(self, session_id: str, holds: Callable[[Session | None], bool], limit: float) -> Session | None:
        """Wait until `holds` of the session (None once it is over); returns it. Raises TimeoutError."""
        async with asyncio.timeout(limit):
            while not holds(self._open.get(session_id)):
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiters.setdefault(session_id, []).append(waiter)
                await waiter
        return self._open.get(session_id)

    # -- what is heard

    def hear(self, change: CallChanged) -> None:
        """A call changed: perhaps it is the supervisor's leg that did."""
        if not self._by_leg:
            return
        for leg in change.call.legs:
            for session_id in self._by_leg.get(leg.id, ())[:]:
                self._leg_told(self._open[session_id], change.call, leg, change.at)

    def _leg_told(self, session: Session, call: CallView, leg: LegView, at: float) -> None:
        if leg.ended_at is not None:
            # A leg that went over into another call ends in the old one's view too: only its true end counts.
            if living_leg(self._live.calls, session.pbx, leg.id) is None:
                self._keep(session.ended(self._reason(session), leg.ended_at))
        elif self._taking.get(session.id) == call.id:
            self._keep(session.switched(Mode.TAKE_OVER, at).ended(EndReason.TAKEN_OVER, at))
        elif session.state is State.RINGING and leg.role is LegRole.SYSTEM:
            self._keep(session.put_on(at))
        else:
            self._wake(session.id)

    def _reason(self, session: Session) -> EndReason:
        known = self._why.get(session.id)
        if known is not None:
            return known
        if living_leg(self._live.calls, session.pbx, session.agent_leg) is None:
            return EndReason.CALL_ENDED
        return EndReason.NOT_ANSWERED if session.state is State.RINGING else EndReason.HUNG_UP

    def compare(self, pbx: str) -> None:
        """The model is true again: what it does not know of has ended unseen."""
        for session in self:
            if session.pbx == pbx and session.state is State.ON:
                leg = living_leg(self._live.calls, pbx, session.leg_id)
                if leg is None:
                    self.end(session.id, EndReason.UNSEEN, exact=False)

    # -- how it is kept and told

    def _keep(self, session: Session) -> None:
        before = self._open.get(session.id)
        session = replace(session, revision=max(session.revision + 1, int(self._clock.now() * 1e6)))
        self._remember(session)
        self._journal.append(ROW, msgspec.to_builtins(session))
        at = self._clock.now()
        kind = "monitoring.started" if before is None else "monitoring.changed"
        if session.over:
            kind = "monitoring.ended"
        self._hub.publish(TOPIC, kind, session_json(session, self._people), at)
        self._tell_agent(before, session, at)
        self._tell_rooms(before, session)
        if session.over:
            self._forget(session)
        self._wake(session.id)

    def _tell_agent(self, before: Session | None, session: Session, at: float) -> None:
        if not session.told or session.on_at is None:
            return
        kind = "monitoring.started"
        if session.over:
            kind = "monitoring.ended"
        elif before is not None and before.state is State.ON:
            kind = "monitoring.changed"
        self._hub.publish(f"user:{session.agent_id}", kind, _told(session, self._people), at)

    def _tell_rooms(self, before: Session | None, session: Session) -> None:
        people = (session.id, session.supervisor_id, session.agent_id, session.call_id)
        if session.over:
            if session.on_at is not None:
                self._bus.publish(MonitoringEnded(*people, str(session.end_reason)))
        elif session.state is State.ON and (before is None or before.state is not State.ON):
            self._bus.publish(MonitoringStarted(*people, session.mode))

    def _remember(self, session: Session) -> None:
        self._open[session.id] = session
        ids = self._by_leg.setdefault(session.leg_id, [])
        if session.id not in ids:
            ids.append(session.id)

    def _forget(self, session: Session) -> None:
        self._open.pop(session.id, None)
        self._why.pop(session.id, None)
        self._taking.pop(session.id, None)
        ids = self._by_leg.get(session.leg_id, [])
        if session.id in ids:
            ids.remove(session.id)
        if not ids:
            self._by_leg.pop(session.leg_id, None)

    def _wake(self, session_id: str) -> None:
        for waiter in self._waiters.pop(session_id, ()):
            if not waiter.done():
                waiter.set_result(None)


def _told(session: Session, people: People) -> MonitoredByJson:
    name = people.name_of(session.supervisor_id)
    since = session.on_at if session.on_at is not None else session.asked_at
    return MonitoredByJson(session.id, name, session.mode, since, session.call_id)
