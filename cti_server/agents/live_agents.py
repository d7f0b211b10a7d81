"""Tells the consoles of the agents: all of them on topic `agents`, and each agent of himself."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cti_server.agents.directory import Directory
from cti_server.agents.model import (
    AgentJson,
    AgentShiftJson,
    Device,
    Live,
    TodayJson,
    absent,
    call_of,
    shown_memberships,
)
from cti_server.agents.today import Today
from cti_server.core.auth.model import Role, Session
from cti_server.core.auth.scope import Scope
from cti_server.core.clock import Clock
from cti_server.core.push.sights import Sight
from cti_server.live.changes import AgentKind
from cti_server.live.views import CallView

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

TOPIC = "agents"
GATHER = 0.05
"""Seconds from a change to its message. An answered call changes its agent four times within some milliseconds; nobody
sees the states in between, and each of them costs a picture of him."""


def may_watch(session: Session) -> bool:
    """Who sees the other agents: supervisors and admins."""
    return bool(session.roles & {Role.SUPERVISOR, Role.ADMIN})


class LiveAgents:
    """The live side of the room: the changes of GATHER seconds go out as one message per agent."""

    def __init__(
        self,
        hub: "PushHub",
        live: Live,
        directory: Directory,
        today: Today,
        clock: Clock,
        shift_of: Callable[[int], AgentShiftJson | None] = lambda user_id: None,
        skills_of: Callable[[int], Mapping[str, int]] = lambda user_id: {},
    ) -> None:
        self._hub = hub
        self._live = live
        self._directory = directory
        self._today = today
        self._clock = clock
        self._shift_of = shift_of
        self._skills_of = skills_of
        self._since = clock.now()
        self._pending: dict[Device, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        hub.register_topic(TOPIC, may=may_watch, snapshot=self.snapshot, sight=self._sight())
        hub.add_part("user", "agent", self.agent_of)
        hub.add_part("user", "today", self.today_of)

    def close(self) -> None:
        """Send nothing further."""
        if self._timer is not None:
            self._timer.cancel()

    # -- what is shown

    def snapshot(self) -> dict[str, list[AgentJson]]:
        """Every device that has an owner or is a member of a queue, by PBX and device."""
        owned = {profile.key for profile in self._directory}
        members = {key for key, agent in self._live.agents.items() if agent.memberships}
        return {"agents": [self.show(key) for key in sorted(owned | members)]}

    def agent_of(self, user_id: int) -> AgentJson | None:
        """The user's own state; None when he has no device."""
        key = self._directory.device_of(user_id)
        return None if key is None else self.show(key)

    def today_of(self, user_id: int) -> TodayJson:
        """The user's own day so far."""
        self._today.roll(self._clock.now())
        return self._today.of(user_id)

    def show(self, key: Device) -> AgentJson:
        """One agent as he stands."""
        self._today.roll(self._clock.now())
        agent = self._live.agents.get(key) or absent(*key, since=self._since)
        user_id = self._directory.user_of(*key)
        profile = None if user_id is None else self._directory.profile_of(user_id)
        return AgentJson(
            pbx=agent.pbx,
            device=agent.device,
            user_id=user_id,
            login=None if user_id is None else self._directory.login_of(user_id),
            name=(self._directory.name_of(user_id) if user_id is not None else "") or agent.name or agent.device,
            team=profile.team if profile else "",
            state=agent.state,
            reason=agent.reason,
            since=agent.since,
            queues=shown_memberships(agent),
            call=call_of(agent, self._live.calls),
            today=self._today.of(key if user_id is None else user_id),
            shift=None if user_id is None else self._shift_of(user_id),
            location=profile.location if profile else "",
            skills={} if user_id is None else self._skills_of(user_id),
        )

    def _sight(self) -> Sight:
        return Sight(
            items=("agents",),
            key=lambda data: (data.pbx, data.device) if isinstance(data, AgentJson) else None,
            shown=self.within,
            gone=lambda agent: ("agent.removed", {"pbx": agent.pbx, "device": agent.device}),
        )

    def within(self, scope: Scope, agent: Any) -> AgentJson | None:
        """An agent as a scope sees him: without his call when that is one of a queue outside; None when not at all."""
        if not self._directory.sees(scope, agent.pbx, agent.device):
            return None
        foreign = agent.call is not None and agent.call.queue and not scope.sees_queue(agent.call.queue)
        shown: AgentJson = replace(agent, call=None) if foreign else agent
        return shown

    # -- when it is told

    def mark(self, key: Device, kind: str = AgentKind.UPDATED) -> None:
        """An agent changed; of several kinds in one message the last that names a state goes out."""
        if kind != AgentKind.UPDATED or key not in self._pending:
            self._pending[key] = kind
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self.send)

    def mark_parties(self, call: CallView) -> None:
        """A call changed: so did what is shown of everybody whose device is in it."""
        for device in _devices(call):
            key = (call.pbx, device)
            if self._directory.user_of(*key) is not None or key in self._live.agents:
                self.mark(key)

    def send(self) -> None:
        """Tell now what has changed, without waiting for more. May be called at any time."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        pending, self._pending = self._pending, {}
        at = self._clock.now()
        watched = self._hub.hears(TOPIC)
        for key, kind in pending.items():
            user_id = self._directory.user_of(*key)
            own = user_id is not None and self._hub.hears(f"user:{user_id}")
            if not watched and not own:
                continue
            shown = self.show(key)
            # A phone that nobody owns and that is in no queue is nobody's agent; that he left the last queue is told.
            if user_id is None and not shown.queues and kind != AgentKind.LOGGED_OFF:
                continue
            self._hub.publish(TOPIC, kind, shown, at)
            if own:
                self._hub.publish(f"user:{user_id}", kind, shown, at)


def _devices(call: CallView) -> Iterable[str]:
    legs = {leg.device for leg in call.legs if leg.ended_at is None}
    return legs | {part.device for part in call.segments if part.device is not None and part.ended_at is None}
