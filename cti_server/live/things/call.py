"""Calls, legs and segments while they live: plain records that change, and the frozen views made of them when asked."""

from collections.abc import Mapping
from typing import Final

from cti_server.live.things.making import maker
from cti_server.live.views import CallView, LegView, SegmentView, WaitingView
from cti_server.live.words import (
    CALLBACK_CALL,
    CallState,
    Direction,
    LegRole,
    LegState,
    Outcome,
    Place,
    SegmentKind,
    SegmentResult,
)

AWAY = frozenset({Place.WAIT, Place.CONSULT})
"""Where an agent is while he has put somebody on hold."""

_segment_view = maker(SegmentView)
_leg_view = maker(LegView)
_call_view = maker(CallView)

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_CALL_CLEARED: Final = CallState.CLEARED
_CALL_DELIVERED: Final = CallState.DELIVERED
_CALL_ESTABLISHED: Final = CallState.ESTABLISHED
_CALL_HELD: Final = CallState.HELD
_CALL_INITIATED: Final = CallState.INITIATED
_CALL_QUEUED: Final = CallState.QUEUED
_GOES_INBOUND: Final = Direction.INBOUND
_GOES_INTERNAL: Final = Direction.INTERNAL
_AGENT: Final = LegRole.AGENT
_SYSTEM: Final = LegRole.SYSTEM
_LEG_ALERTING: Final = LegState.ALERTING
_LEG_CONNECTED: Final = LegState.CONNECTED
_LEG_INITIATED: Final = LegState.INITIATED


class Segment:
    """One stretch of a call; see SegmentView."""

    __slots__ = (
        "call", "device", "ended_at", "exact", "held_seconds", "kind", "leg_id", "n", "queue", "result", "started_at",
        "view",
    )  # fmt: skip

    def __init__(
        self,
        call: "Call",
        kind: SegmentKind,
        at: float,
        *,
        device: str | None = None,
        queue: str | None = None,
        leg_id: str | None = None,
        exact: bool = True,
    ) -> None:
        self.call = call
        self.n = len(call.segments) + 1
        self.kind = kind
        self.started_at = at
        self.ended_at: float | None = None
        self.result: SegmentResult | None = None
        self.queue = queue
        self.device = device
        self.leg_id = leg_id
        self.held_seconds = 0.0
        self.exact = exact
        self.view: SegmentView | None = None
        call.segments.append(self)
        call.stale = call.segments_stale = True

    def changed(self) -> None:
        """Forget the view that was made before the change."""
        self.view = None
        self.call.stale = self.call.segments_stale = True

    def end(self, at: float, result: SegmentResult | None) -> None:
        """Close it; a time before its start (clocks, disorder) counts as its start."""
        self.ended_at = max(at, self.started_at)
        self.result = result
        self.changed()

    def fresh_view(self) -> SegmentView:
        """The view, made anew only after a change."""
        if self.view is None:
            self.view = _segment_view(
                self.n, self.kind, self.started_at, self.ended_at, self.result, self.queue, self.device, self.leg_id,
                self.held_seconds, self.exact,
            )  # fmt: skip
        return self.view


class Bridge:
    """Channels that hear one another. `members` maps Uniqueid to leg, in the order of entry."""

    __slots__ = ("conferenced", "creator", "id", "members")

    def __init__(self, id_: str, creator: str = "") -> None:
        self.id = id_
        self.creator = creator
        self.members: dict[str, Leg] = {}
        self.conferenced = False

    @property
    def conference(self) -> bool:
        """Is it a conference room?"""
        return self.creator == "ConfBridge"

    @property
    def holding(self) -> bool:
        """Is it a place to wait (parking lot, BridgeWait) where nobody talks?"""
        return self.creator in {"Parking", "BridgeWait", "holding_bridge"}


class Leg:
    """One channel of a call while it lives; see LegView."""

    __slots__ = (
        "answered_at", "bridge", "bridge_at", "call", "caller_id", "cause", "channel", "device", "dialled", "ended_at",
        "exten", "gave_up_at", "gave_up_place", "handed_on", "held_since", "hold_at", "hung_up", "hung_up_cause", "id",
        "in_talk", "left_at", "left_wait", "link_at", "name", "number", "owner", "past", "place", "place_now", "queue",
        "ring", "role", "rung", "started_at", "state", "touched", "tried", "view", "wait", "waits_for",
    )  # fmt: skip

    def __init__(self, id_: str, channel: str, device: str, role: LegRole, call: "Call", at: float) -> None:
        self.id = id_
        self.channel = channel
        self.device = device
        self.owner = device
        """The device to which its rings and talks are booked."""
        self.role = role
        self.state = _LEG_INITIATED
        self.number = self.name = self.exten = ""
        self.started_at = at
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.cause: int | None = None
        self.call = call
        self.dialled = False
        """The PBX called out on it."""
        self.caller_id: str | None = None
        """Uniqueid of the leg for which it is dialled."""
        self.queue: str | None = None
        """The queue that rings it."""
        self.ring: Segment | None = None
        self.rung = False
        """A channel rings once in its life."""
        self.bridge: Bridge | None = None
        self.bridge_at = self.hold_at = 0.0
        self.in_talk = False
        self.held_since: float | None = None
        self.hung_up = False
        """Somebody asked to hang it up."""
        self.hung_up_cause = 0
        self.wait: Segment | None = None
        """Its open stretch in a queue."""
        self.place = ""
        """Context and extension where it joined the queue."""
        self.gave_up_at: float | None = None
        """When the PBX gave its wait up, for whatever reason."""
        self.gave_up_place = ""
        self.left_wait: tuple[Segment, WaitingView] | None = None
        """A wait that is over while it is not known how."""
        self.left_at: dict[str, float] | None = None
        """Queue → when it left it, so that a late join does not put it back."""
        self.handed_on = False
        """Its party has transferred the other side: what ends now ends as a transfer."""
        self.link_at = at
        self.place_now: Place | None = None
        """Where our own dialplan keeps it, if it does."""
        self.tried = self.waits_for = ""
        self.past: str | None = None
        """Linkedid of the call from which it came."""
        self.touched = 0
        self.view: LegView | None = None

    def changed(self) -> None:
        """Forget the view that was made before the change."""
        self.view = None
        self.call.stale = self.call.legs_stale = True

    @property
    def rings(self) -> bool:
        """Does it ring at a party, or has it been answered a moment ago without being bridged yet?"""
        if self.state is _LEG_ALERTING:
            return self.role is not _SYSTEM
        return self.state is _LEG_CONNECTED and self.rung and not self.bridge_at and self.caller_id is not None

    @property
    def stays_in_talk(self) -> bool:
        """Is it an agent's leg that is out of his talk only for the time of a hold?"""
        if self.place_now is None or self.role is not _AGENT:
            return False
        return self.place_now is Place.HOLD or (self.place_now in AWAY and self.call.holds_somebody)

    @property
    def stands_in(self) -> bool:
        """Does it wait in a queue for somebody who is only called when an agent is there?"""
        return self.role is _SYSTEM and self.call.calls_back

    @property
    def active(self) -> bool:
        """Does it ring, talk, or call out for its party?"""
        return self.state is not _LEG_INITIATED or not self.dialled

    def fresh_view(self) -> LegView:
        """The view, made anew only after a change."""
        if self.view is None:
            self.view = _leg_view(
                self.id, self.channel, self.device, self.role, self.state, self.number, self.name, self.started_at,
                self.answered_at, self.ended_at, self.cause, self.place_now,
                self.waits_for, self.tried,
            )  # fmt: skip
        return self.view


class Call:
    """One conversation while it lives; see CallView."""

    __slots__ = (
        "answered_at", "answered_queue", "calls_back", "data", "dialled", "direction", "ended_at", "exact",
        "failure", "gone", "id", "idle_since", "legs", "legs_stale", "linkedid", "live", "merged_into", "name",
        "number", "outcome", "park_at", "parked", "parked_in", "pbx", "segments", "segments_stale", "stale",
        "started_at", "state", "talked", "talks", "told", "view",
    )  # fmt: skip

    def __init__(self, pbx: str, linkedid: str, at: float) -> None:
        self.pbx = pbx
        self.linkedid = linkedid
        self.id = f"{pbx}:{linkedid}"
        self.calls_back = linkedid.startswith(CALLBACK_CALL)
        """By it the server calls somebody back who kept his place in a queue."""
        self.state = _CALL_INITIATED
        self.direction = _GOES_INTERNAL
        self.number = ""
        self.name = ""
        self.dialled = ""
        self.answered_queue: str | None = None
        self.started_at = at
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.outcome: Outcome | None = None
        self.legs: dict[str, Leg] = {}
        self.live = 0
        self.gone: list[LegView] = []
        """Legs that went over into another call, as they were then."""
        self.segments: list[Segment] = []
        self.talks: dict[str, Segment] = {}
        """Owner → his last stretch of talk, open or not."""
        self.parked: Segment | None = None
        self.parked_in = ""
        self.park_at = 0.0
        self.talked = False
        """An agent, or a party behind a forwarding, and another were bridged."""
        self.failure: Outcome | None = None
        """What the last dialling that failed came to."""
        self.idle_since: float | None = None
        """Since when an outside caller is in the dialplan, nobody rung, in no queue."""
        self.merged_into: str | None = None
        self.data: dict[str, str] = {}
        self.told: Mapping[str, str] | None = None
        """What was told of it last: most events of a call tell the same."""
        self.exact = True
        self.stale = True
        self.legs_stale = self.segments_stale = True
        self.view: CallView | None = None

    def tell(self, data: Mapping[str, str]) -> None:
        """Take in channel variables that have a value."""
        if data is self.told:
            return
        self.told = data
        for key, value in data.items():
            if value and self.data.get(key) != value:
                # A view may hold the old dict.
                self.data = {**self.data, key: value}
                self.stale = True

    def let_go(self) -> None:
        """It is over and told: part from its legs and segments, so that they need no search for circles to be freed."""
        self.fresh_view()
        self.legs, self.talks, self.segments = {}, {}, []
        self.parked = None

    @property
    def holds_somebody(self) -> bool:
        """Does somebody hear music until an agent comes back?"""
        return any(leg.place_now is Place.HOLD and leg.ended_at is None for leg in self.legs.values())

    def state_now(self) -> CallState:
        """Its state as its legs stand."""
        if self.ended_at is not None:
            return _CALL_CLEARED
        talking = ringing = waiting = ending = False
        for leg in self.legs.values():
            if leg.ended_at is not None:
                continue
            if leg.held_since is not None and leg.role is _AGENT:
                return _CALL_HELD
            if leg.in_talk:
                talking = True
            elif leg.wait is not None:
                waiting = True
            elif leg.dialled and leg.rings:
                ringing = True
            ending = ending or leg.hung_up
        if talking or self.parked is not None:
            return _CALL_HELD if self.parked is not None else _CALL_ESTABLISHED
        return self._before_talk(ringing=ringing, waiting=waiting, ending=ending)

    def _before_talk(self, *, ringing: bool, waiting: bool, ending: bool) -> CallState:
        if ringing:
            return _CALL_DELIVERED
        if waiting:
            return _CALL_QUEUED
        # Between the first hangup and the last nothing new has begun.
        return self.state if ending and self.talked else _CALL_INITIATED

    def queue_now(self) -> str | None:
        """The queue in which it waits, or from which it was answered last; once it is over, in which it waited last."""
        if self.state is not _CALL_ESTABLISHED and self.state is not _CALL_CLEARED:
            for leg in self.legs.values():
                if leg.wait is not None:
                    return leg.wait.queue
        if self.answered_queue is None and self.ended_at is not None:
            return next((part.queue for part in reversed(self.segments) if part.queue is not None), None)
        return self.answered_queue

    def fresh_view(self) -> CallView:
        """The view, made anew only after a change.

        Its `legs` and `segments` are the same objects as before when none of them has changed, so that who works on
        them sees at a glance that there is nothing to do.
        """
        if self.view is None or self.stale:
            self.state = self.state_now()
            before = self.view
            if before is None or self.legs_stale:
                legs = (*self.gone, *[leg.view or leg.fresh_view() for leg in self.legs.values()])
                self.legs_stale = False
            else:
                legs = before.legs
            if before is None or self.segments_stale:
                segments = tuple([segment.view or segment.fresh_view() for segment in self.segments])
                self.segments_stale = False
            else:
                segments = before.segments
            self.view = _call_view(
                self.id, self.pbx, self.linkedid, self.state, self.direction, self.number, self.name,
                self.direction is _GOES_INBOUND and not self.number, self.dialled, self.queue_now(),
                self.started_at, self.answered_at, self.ended_at, self.outcome,
                legs, segments, self.data, self.merged_into, self.exact, self.parked_in,
            )  # fmt: skip
            self.stale = False
        return self.view
