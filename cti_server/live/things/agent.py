"""Agents as the PBX knows them: a device, its memberships, and the state that follows from both."""

from typing import Final

from cti_server.live.things.call import Leg
from cti_server.live.things.making import maker
from cti_server.live.views import AgentView, MembershipView
from cti_server.live.words import ACW_REASON, AgentState, LegState

_IN_USE: Final = frozenset({"INUSE", "BUSY", "ONHOLD", "RINGINUSE"})
_UNREACHABLE: Final = frozenset({"UNAVAILABLE", "INVALID"})
DEVICE_STATES: Final = (
    "UNKNOWN", "NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD",
)  # fmt: skip
"""By the numbers that queue events use (Asterisk's `ast_device_state`)."""

_membership_view = maker(MembershipView)
_agent_view = maker(AgentView)

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_IS_ALERTING: Final = AgentState.ALERTING
_IS_BUSY: Final = AgentState.BUSY
_IS_LOGGED_OFF: Final = AgentState.LOGGED_OFF
_IS_NOT_READY: Final = AgentState.NOT_READY
_IS_READY: Final = AgentState.READY
_IS_UNREACHABLE: Final = AgentState.UNREACHABLE
_IS_WORKING_AFTER_CALL: Final = AgentState.WORKING_AFTER_CALL
_LEG_ALERTING: Final = LegState.ALERTING


class Membership:
    """An agent's device in a queue; see MembershipView."""

    __slots__ = (
        "_view", "at", "calls_taken", "dynamic", "interface", "last_call_at", "paused", "paused_at", "penalty", "queue",
        "reason", "touched",
    )  # fmt: skip

    def __init__(self, queue: str, interface: str) -> None:
        self.queue = queue
        self.interface = interface
        self.penalty = 0
        self.paused = False
        self.paused_at = 0.0
        self.reason = ""
        self.dynamic = True
        self.calls_taken = 0
        self.last_call_at: float | None = None
        self.at = 0.0
        self.touched = 0
        self._view: MembershipView | None = None

    def changed(self) -> None:
        """Forget the view that was made before the change."""
        self._view = None

    def view(self) -> MembershipView:
        """The view, made anew only after a change."""
        if self._view is None:
            self._view = _membership_view(
                self.queue, self.penalty, self.paused, self.reason, self.dynamic, self.calls_taken, self.last_call_at
            )
        return self._view


class Agent:
    """An agent; see AgentView."""

    __slots__ = (
        "_shown", "device", "device_at", "device_heard", "device_state", "legs", "listed", "logged_on_at",
        "memberships", "name", "outward", "pbx", "reason", "removed", "since", "state", "touched",
    )  # fmt: skip

    def __init__(self, pbx: str, device: str) -> None:
        self.pbx = pbx
        self.device = device
        self.name = ""
        self.state = _IS_LOGGED_OFF
        self.reason = ""
        self.since = 0.0
        self.memberships: dict[str, Membership] = {}
        self.removed: dict[str, float] = {}
        """Queue → when the membership ended, so that late news does not bring it back."""
        self.device_state = "UNKNOWN"
        self.device_at = 0.0
        self.device_heard = False
        """Device events reach us; what queue events say of the device lags behind them and is passed over."""
        self.logged_on_at: float | None = None
        """When he logged on, as far as a listing told it."""
        self.legs: dict[str, Leg] = {}
        self.listed = False
        """What has changed comes from a listing: it may have happened before, and the listing tells when."""
        self.touched = 0
        self.outward = True
        """Something may have changed that people look at, beyond what his device says."""
        self._shown: tuple[object, ...] | None = None

    def settle(self, at: float) -> bool:
        """Work the state out anew; True when state or reason is another one now."""
        state, reason = self._state_now()
        changed = state is not self.state or reason != self.reason
        if changed:
            self.since = self._began(state, at)
            self.state, self.reason = state, reason
            self._shown = self._visible()
        self.listed = False
        return changed

    @property
    def known(self) -> bool:
        """Has his state been told before?"""
        return self._shown is not None

    def shown_changed(self) -> bool:
        """Has anything else that people look at changed since the last time?"""
        visible = self._visible()
        if visible == self._shown:
            return False
        self._shown = visible
        return True

    def _began(self, state: AgentState, at: float) -> float:
        """When the state began. A listing tells it for pauses, log-ons and calls that we did not see begin."""
        if not self.listed:
            return at
        began: float | None = None
        if state in {_IS_NOT_READY, _IS_WORKING_AFTER_CALL}:
            began = max((m.paused_at for m in self.memberships.values()), default=None)
        elif state is _IS_READY and self.state is _IS_LOGGED_OFF:
            began = self.logged_on_at
        elif state is _IS_BUSY and self.state is _IS_LOGGED_OFF:
            began = min((leg.started_at for leg in self.legs.values() if leg.active), default=None)
        # Logged off without ever having been a member is what we took for granted before the first listing, not known.
        known_since = self.since if self.known and (self.removed or self.state is not _IS_LOGGED_OFF) else 0.0
        return min(max(began, known_since), at) if began else at

    def _state_now(self) -> tuple[AgentState, str]:
        if not self.memberships:
            return _IS_LOGGED_OFF, ""
        activity = self._activity()
        if activity is not None:
            return activity, ""
        paused, reason = self._pause()
        if paused:
            return (_IS_WORKING_AFTER_CALL if reason == ACW_REASON else _IS_NOT_READY), reason
        return (_IS_UNREACHABLE if self.device_state in _UNREACHABLE else _IS_READY), ""

    def _activity(self) -> AgentState | None:
        """BUSY, ALERTING or None: by his channels, and where we know of none by what his device says."""
        ringing = False
        for leg in self.legs.values():
            if leg.state is _LEG_ALERTING:
                ringing = True
            elif leg.active:
                return _IS_BUSY
        if ringing:
            return _IS_ALERTING
        if self.device_state in _IN_USE:
            return _IS_BUSY
        return _IS_ALERTING if self.device_state == "RINGING" else None

    def _pause(self) -> tuple[bool, str]:
        latest: Membership | None = None
        for membership in self.memberships.values():
            if not membership.paused:
                return False, ""
            if latest is None or membership.paused_at >= latest.paused_at:
                latest = membership
        return True, latest.reason if latest is not None else ""

    def call_ids(self) -> tuple[str, ...]:
        """Calls that ring or hold this device now."""
        if not self.legs:
            return ()
        return tuple(dict.fromkeys([leg.call.id for leg in self.legs.values() if leg.active]))

    def _visible(self) -> tuple[object, ...]:
        return (
            self.name,
            self.call_ids(),
            tuple([(m.queue, m.penalty, m.paused, m.reason) for m in self.memberships.values()]),
        )

    def fresh_view(self) -> AgentView:
        """The view as things stand."""
        memberships = tuple([m.view() for m in self.memberships.values()])
        return _agent_view(
            self.pbx, self.device, self.name, self.state, self.reason, self.since, memberships, self.call_ids()
        )
