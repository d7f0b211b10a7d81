"""Which leg is meant, whose it is, and to which call it belongs; a call whose legs are gone is over."""

from typing import Final

from cti_server.live.changes import CallKind
from cti_server.live.facts import Channel
from cti_server.live.segments import idle_ends, park_ends, refresh_bridge, ring_answered, talk_ends, transferred
from cti_server.live.things.book import DISORDER, Book
from cti_server.live.things.call import Call, Leg, Segment
from cti_server.live.things.devices import name_of, number_of
from cti_server.live.things.outcome import outcome_of
from cti_server.live.views import LegView
from cti_server.live.words import (
    CallState,
    Direction,
    LegRole,
    LegState,
    SegmentKind,
    SegmentResult,
)

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT
_CUSTOMER: Final = LegRole.CUSTOMER


def find_leg(book: Book, channel: Channel, at: float) -> Leg | None:
    """The leg of a channel, made when it was not known; None when the channel has ended.

    Follows it into another call when the PBX says that it belongs there now.
    """
    leg = book.leg(channel.id)
    if leg is None:
        return None if book.is_dead(channel.id) else discover(book, channel, at)
    if channel.linkedid and channel.linkedid != leg.call.linkedid:
        follow(book, leg, channel.linkedid, at)
    return leg


def discover(book: Book, channel: Channel, at: float) -> Leg:
    """Make the leg of a channel whose beginning was not seen."""
    new = channel.linkedid not in book.calls
    leg = book.add_leg(channel, at)
    leg.call.exact = False
    describe(leg, channel)
    placed(book, leg, new=new, at=at)
    return leg


def placed(book: Book, leg: Leg, *, new: bool, at: float) -> None:
    """Tell of a leg that was made, and let the call learn from it."""
    if new:
        introduce(leg, at)
        book.told(CallKind.ORIGINATED, leg.call, leg)
    else:
        joined(book, leg)


def describe(leg: Leg, channel: Channel) -> None:
    """Take in number and name of the party on a leg."""
    number, name = number_of(channel.number), name_of(channel.caller_name)
    if (number and number != leg.number) or (name and name != leg.name):
        leg.number = number or leg.number
        leg.name = name or leg.name
        leg.changed()


def introduce(leg: Leg, at: float) -> None:
    """What the first leg says of the call: who began it, and where to."""
    call = leg.call
    call.dialled = number_of(leg.exten)
    if leg.role is _CUSTOMER:
        call.direction = Direction.OUTBOUND if leg.dialled else Direction.INBOUND
        call.number, call.name = leg.number, leg.name
        if not leg.dialled:
            call.idle_since = at
    elif leg.role is _AGENT and not leg.dialled:
        call.number, call.name = leg.number, leg.name
    elif leg.role is LegRole.SYSTEM and call.calls_back:
        # Who is called back stands in the queue before he has a channel of his own.
        call.direction = Direction.OUTBOUND
        call.number, call.name = leg.number, leg.name


def joined(book: Book, leg: Leg) -> None:
    """What one more leg says of the call: an outside party makes it an outbound or an inbound one."""
    call = leg.call
    call.stale = True
    if leg.role is not _CUSTOMER or call.direction is not Direction.INTERNAL:
        # A leg that is dialled says nothing by itself: the ring that follows tells of it.
        if not leg.dialled:
            book.updated(call)
        return
    if leg.dialled:
        call.direction = Direction.OUTBOUND
        call.number, call.name = leg.number or call.dialled, leg.name
    else:
        call.direction = Direction.INBOUND
        call.number, call.name, call.dialled = leg.number, leg.name, number_of(leg.exten)
    book.updated(call)


def answered(book: Book, leg: Leg, at: float) -> None:
    """The party of a leg has picked up."""
    if leg.answered_at is not None:
        return
    leg.answered_at = max(at, leg.started_at)
    ring_answered(book, leg, at)
    set_state(book, leg, LegState.CONNECTED)


def set_state(book: Book, leg: Leg, state: LegState) -> None:
    """Give a leg its state, and let its agent know."""
    leg.state = state
    leg.changed()
    book.updated(leg.call)
    if leg.role is _AGENT:
        book.stir(book.agent(leg.owner))


# --- from one call into another


def follow(book: Book, leg: Leg, linkedid: str, at: float) -> None:
    """Take a leg over into the call to which the PBX counts it now."""
    if leg.past == linkedid or leg.link_at - DISORDER < at < leg.link_at:
        return
    old = leg.call
    new = book.calls.get(linkedid)
    if new is None:
        new = book.call(linkedid, old.started_at)
        new.exact = False
    leg.link_at = at
    leg.past = old.linkedid
    waited = _leave_call(book, leg, old, at)
    leg.call = new
    new.legs[leg.id] = leg
    new.live += 1
    leg.changed()
    _absorb(new, old)
    if waited is not None:
        leg.wait = Segment(new, SegmentKind.QUEUE, waited.started_at, queue=waited.queue, leg_id=leg.id)
        book.queue(waited.queue or "").view = None
    book.updated(new)
    if leg.bridge is not None:
        refresh_bridge(book, leg.bridge, at)
    if leg.role is _AGENT:
        book.stir(book.agent(leg.owner))
    merge(book, old, new, at)


def _leave_call(book: Book, leg: Leg, old: Call, at: float) -> Segment | None:
    """Close what the leg did in its old call; returns its wait in a queue, which goes with it."""
    talk_ends(book, leg, at, SegmentResult.TRANSFERRED)
    transferred(old, leg)
    leg.handed_on = False
    if leg.ring is not None:
        leg.ring.end(at, SegmentResult.REDIRECTED)
        leg.ring = None
    waited, leg.wait = leg.wait, None
    if waited is not None:
        waited.end(at, SegmentResult.REDIRECTED)
    old.gone.append(_as_gone(leg, at))
    del old.legs[leg.id]
    old.stale = old.legs_stale = True
    old.live -= 1
    return waited


def _as_gone(leg: Leg, at: float) -> LegView:
    """The leg as the call remembers it that it has left."""
    return LegView(
        leg.id, leg.channel, leg.device, leg.role, LegState.CLEARED, leg.number, leg.name, leg.started_at,
        leg.answered_at, max(at, leg.started_at), None,
    )  # fmt: skip


def _absorb(new: Call, old: Call) -> None:
    """A call with an outside party joined into one without becomes that party's call."""
    if new.direction is Direction.INTERNAL and old.direction is not Direction.INTERNAL:
        new.direction = old.direction
        new.number, new.name, new.dialled = old.number, old.name, old.dialled
    for key, value in old.data.items():
        if key not in new.data:
            new.tell({key: value})
    new.stale = True


def merge(book: Book, old: Call, new: Call, at: float) -> None:
    """What is left of a call whose party went over into another one ends as a part of that."""
    old.merged_into = new.id
    if old.live <= 0:
        finish(book, old, at)
    else:
        book.updated(old)


def finish(book: Book, call: Call, at: float, result: SegmentResult | None = None) -> None:
    """The last channel is gone: the call is over. `result` is given when that was not seen."""
    park_ends(book, call, at, result or SegmentResult.ABANDONED)
    idle_ends(call, at, result or SegmentResult.CLEARED)
    call.ended_at = max(at, call.started_at)
    if call.calls_back and not call.talked:
        _reached_nobody(call, result or SegmentResult.NO_ANSWER)
    call.outcome = outcome_of(call, interrupted=result is SegmentResult.INTERRUPTED)
    call.state = CallState.CLEARED
    book.told(CallKind.CLEARED, call)
    book.forget(call)


def _reached_nobody(call: Call, result: SegmentResult) -> None:
    """A callback in which an agent came, and not he for whom its wait stood: that was answered for nobody."""
    for segment in call.segments:
        leg = call.legs.get(segment.leg_id or "")
        waited = segment.kind is SegmentKind.QUEUE and segment.result is SegmentResult.ANSWERED
        if waited and leg is not None and leg.stands_in:
            segment.result = result
            segment.changed()
