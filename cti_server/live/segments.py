"""The stretches of a call: when the dialplan, a ring, a talk begin and end, and how."""

from typing import Final

from cti_server.live.changes import CallKind
from cti_server.live.things.book import Book, newer
from cti_server.live.things.call import Bridge, Call, Leg, Segment
from cti_server.live.things.devices import twin_of
from cti_server.live.words import CallState, LegRole, LegState, SegmentKind, SegmentResult

IVR_SHORTEST = 0.25
"""Seconds in the dialplan that are worth a stretch of their own; every call spends some milliseconds there."""
REJOIN = 1.0
"""Seconds within which a talk that ended goes on: bridges are swapped under it when Local channels optimise away."""
_HANDED_ON = 2.0
"""Seconds within which a talk that ended and the next station of the caller belong together."""


# --- in the dialplan

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT
_CUSTOMER: Final = LegRole.CUSTOMER
_SYSTEM: Final = LegRole.SYSTEM


def idle_begins(call: Call, at: float) -> None:
    """The outside caller is back in the dialplan, if nothing else goes on."""
    if call.idle_since is not None:
        return
    for leg in call.legs.values():
        if leg.role is _CUSTOMER and not leg.dialled and not leg.hung_up and leg.ended_at is None:
            if call.state_now() is CallState.INITIATED:
                call.idle_since = at
            return


def idle_ends(call: Call, at: float, result: SegmentResult | None = None) -> None:
    """Something has begun, or the call is over: write down the stretch in the dialplan."""
    since, call.idle_since = call.idle_since, None
    if since is None or at - since < IVR_SHORTEST:
        return
    caller = next((leg.id for leg in call.legs.values() if leg.role is _CUSTOMER), None)
    Segment(call, SegmentKind.IVR, since, leg_id=caller).end(at, result)


# --- ringing


def ring_begins(book: Book, leg: Leg, at: float, queue: str | None) -> None:
    """A device begins to ring; told once for each channel, whatever reports it first."""
    if leg.rung or leg.answered_at is not None:
        if queue:
            for_queue(book, leg, queue)
        return
    idle_ends(leg.call, at)
    leg.rung = leg.dialled = True
    leg.queue = queue
    leg.state = LegState.ALERTING
    leg.changed()
    leg.ring = Segment(leg.call, SegmentKind.RING, at, device=leg.owner, queue=queue, leg_id=leg.id)
    book.told(CallKind.DELIVERED, leg.call, leg)
    book.stir(book.agent(leg.owner))


def for_queue(book: Book, leg: Leg, queue: str) -> None:
    """It has become known which queue rings this leg."""
    leg.queue = leg.queue or queue
    for segment in leg.call.segments:
        if segment.leg_id == leg.id and segment.queue is None:
            segment.queue = queue
            segment.changed()
            book.updated(leg.call)


def ring_answered(book: Book, leg: Leg, at: float) -> None:
    """The device that rings has picked up."""
    if leg.ring is not None:
        leg.ring.end(at, SegmentResult.ANSWERED)
        leg.ring = None
        book.updated(leg.call)


def ring_ends(book: Book, leg: Leg, at: float, result: SegmentResult) -> None:
    """The device stops ringing without having answered."""
    if leg.ring is None:
        return
    leg.ring.end(at, result)
    leg.ring = None
    leg.state = LegState.INITIATED
    leg.changed()
    book.told(CallKind.RING_ENDED, leg.call, leg)
    book.stir(book.agent(leg.owner))
    idle_begins(leg.call, at)


def ring_result(leg: Leg, cause: int | None) -> SegmentResult:
    """How a ring ended that nobody answered, by the cause of its hangup and what its caller did."""
    if cause in (17, 21) or leg.hung_up_cause in (17, 21):
        return SegmentResult.REJECTED
    legs = leg.call.legs
    if cause == 26 or any(
        other.caller_id == leg.caller_id and other.answered_at is not None
        for other in legs.values()
        if other is not leg and other.caller_id is not None
    ):
        return SegmentResult.ELSEWHERE
    caller = legs.get(leg.caller_id or "")
    return SegmentResult.ABANDONED if caller is not None and caller.hung_up else SegmentResult.NO_ANSWER


# --- talking


def refresh_bridge(book: Book, bridge: Bridge, at: float) -> None:
    """Begin and end talks as the members of a bridge stand now."""
    _refresh(book, bridge, at)
    for leg in list(bridge.members.values()):
        if leg.role is _SYSTEM:
            twin = _twin(book, leg)
            if twin is not None and twin.bridge is not None and twin.bridge is not bridge:
                _refresh(book, twin.bridge, at)
    if len(bridge.members) > 2 and not bridge.conferenced:
        bridge.conferenced = True
        newest = next(reversed(bridge.members.values()))
        book.told(CallKind.CONFERENCED, newest.call, newest)


def _refresh(book: Book, bridge: Bridge, at: float) -> None:
    members = bridge.members
    for leg in list(members.values()):
        if leg.role is _SYSTEM:
            continue
        company = len(members) > 1 and not bridge.holding and _company(book, bridge, leg)
        talks = company or (bridge.conference and leg.role is _AGENT)
        if talks and not leg.in_talk:
            leg.in_talk = True
            _talk_begins(book, leg, at, bridge)
        elif leg.in_talk and not talks:
            talk_ends(book, leg, at)
        if company:
            _note_talk(leg, at, bridge)


def _company(book: Book, bridge: Bridge, leg: Leg) -> bool:
    """Does somebody hear this leg? Half of a Local pair stands for whoever is bridged with the other half."""
    for other in bridge.members.values():
        if other is leg:
            continue
        if other.role is not _SYSTEM:
            return True
        # While a consulted colleague still rings behind the pair, the talk that was there before goes on. Whoever is
        # called back is no company before he has picked up.
        if (leg.queue is not None and not leg.call.calls_back) or leg.owner in leg.call.talks:
            return True
        twin = _twin(book, other)
        if twin is None or (twin.bridge is not None and len(twin.bridge.members) > 1):
            return True
    return False


def _twin(book: Book, leg: Leg) -> Leg | None:
    name = twin_of(leg.channel)
    return book.locals.get(name) if name else None


def _note_talk(leg: Leg, at: float, bridge: Bridge) -> None:
    call = leg.call
    if leg.role is _AGENT:
        call.talked = True
        if call.answered_at is None:
            call.answered_at = at
            call.stale = True
    elif not call.talked:
        # Two outside parties, as after a forwarding to a mobile phone.
        call.talked = sum(other.role is _CUSTOMER for other in bridge.members.values()) > 1


def _talk_begins(book: Book, leg: Leg, at: float, bridge: Bridge) -> None:
    call = leg.call
    idle_ends(call, at)
    if call.parked is not None:
        park_ends(book, call, at, SegmentResult.ANSWERED)
    if leg.role is not _AGENT:
        book.updated(call)
        return
    kind = SegmentKind.CONFERENCE if bridge.conference else SegmentKind.TALK
    last = call.talks.get(leg.owner)
    if last is not None and _goes_on(book, last, kind, at):
        return
    if leg.queue is not None:
        call.answered_queue = leg.queue
    if bridge.conference:
        handed_on(call, at)
    call.talks[leg.owner] = Segment(call, kind, at, device=leg.owner, queue=leg.queue, leg_id=leg.id)
    if len(bridge.members) > 1:
        book.told(CallKind.ESTABLISHED, call, leg)
    else:
        book.updated(call)


def _goes_on(book: Book, last: Segment, kind: SegmentKind, at: float) -> bool:
    """Is this the talk that was there before, open or ended a moment ago?"""
    if last.kind is not kind:
        if last.ended_at is None:
            last.end(at, SegmentResult.REDIRECTED)
        return False
    if last.ended_at is None:
        return True
    if at - last.ended_at > REJOIN or last.result is SegmentResult.TRANSFERRED:
        return False
    last.ended_at = last.result = None
    last.changed()
    book.updated(last.call)
    return True


def talk_ends(book: Book, leg: Leg, at: float, result: SegmentResult | None = None) -> None:
    """The leg is alone, or has left: its talk ends unless another leg of the same device goes on."""
    if not leg.in_talk or leg.stays_in_talk:
        return
    leg.in_talk = False
    call = leg.call
    book.updated(call)
    talk = call.talks.get(leg.owner) if leg.role is _AGENT else None
    others = any(other.in_talk and other.owner == leg.owner for other in call.legs.values())
    if talk is not None and talk.ended_at is None and not others:
        if leg.held_since is not None:
            talk.held_seconds += max(0.0, at - max(leg.held_since, talk.started_at))
            leg.held_since = at
        talk.end(at, result or (SegmentResult.TRANSFERRED if leg.handed_on else SegmentResult.CLEARED))
    idle_begins(call, at)


def leave_bridge(book: Book, leg: Leg, at: float, result: SegmentResult | None = None) -> None:
    """Take a leg out of its bridge, and end the talks that depended on it."""
    bridge = leg.bridge
    if bridge is None:
        return
    bridge.members.pop(leg.id, None)
    leg.bridge = None
    talk_ends(book, leg, at, result)
    if bridge.members:
        refresh_bridge(book, bridge, at)
    else:
        book.bridges.pop(bridge.id, None)


def handed_on(call: Call, at: float) -> None:
    """The caller came to a next station: talks that ended a moment ago ended by that."""
    for talk in call.talks.values():
        if talk.result is SegmentResult.CLEARED and talk.ended_at is not None and at - talk.ended_at < _HANDED_ON:
            talk.result = SegmentResult.REDIRECTED
            talk.changed()


def transferred(call: Call, leg: Leg) -> None:
    """The party of this leg has transferred the other side."""
    leg.handed_on = True
    talk = call.talks.get(leg.owner)
    if talk is not None and talk.result in (SegmentResult.CLEARED, SegmentResult.REDIRECTED):
        talk.result = SegmentResult.TRANSFERRED
        talk.changed()


# --- parked


def park_begins(book: Book, leg: Leg, at: float, space: str = "") -> None:
    """The call is put on a parking space."""
    call = leg.call
    call.parked_in = space or call.parked_in
    if call.parked is None and newer(at, call.park_at):
        call.park_at = at
        handed_on(call, at)
        idle_ends(call, at)
        call.parked = Segment(call, SegmentKind.PARK, at, leg_id=leg.id)
        book.updated(call)


def park_ends(book: Book, call: Call, at: float, result: SegmentResult) -> None:
    """Somebody took it from there, or nobody did."""
    if call.parked is not None:
        call.parked.end(at, result)
        call.parked = None
        call.parked_in = ""
        call.park_at = at
        book.updated(call)
        idle_begins(call, at)
