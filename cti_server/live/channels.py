"""The life of a channel: it begins, changes its state or its owner, is hung up."""

from typing import Final

from cti_server.live.changes import CallKind
from cti_server.live.facts import (
    CallerIdChanged,
    ChannelBegan,
    ChannelEnded,
    ChannelRenamed,
    ChannelStateChanged,
    HangupAsked,
)
from cti_server.live.legs import answered, describe, find_leg, finish, introduce, merge, placed, set_state
from cti_server.live.places import settle
from cti_server.live.segments import idle_begins, idle_ends, leave_bridge, park_ends, ring_ends, ring_result, talk_ends
from cti_server.live.things.book import Book
from cti_server.live.things.call import Leg
from cti_server.live.things.devices import device_of
from cti_server.live.waiting import caller_gone, queue_status
from cti_server.live.words import LegRole, LegState, Place, SegmentResult

_DOWN, _RING, _RINGING, _UP = 0, 4, 5, 6
_REJECTED = (17, 21)
_MASQUERADE, _ZOMBIE = "<MASQ>", "<ZOMBIE>"

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT
_CUSTOMER: Final = LegRole.CUSTOMER
_SYSTEM: Final = LegRole.SYSTEM


def on_began(book: Book, fact: ChannelBegan, at: float) -> None:
    """A new channel: the first of a call, or one more of it."""
    channel = fact.channel
    if book.is_dead(channel.id):
        return
    leg = book.leg(channel.id)
    if leg is not None:
        _began_late(book, leg, fact, at)
        return
    new = channel.linkedid not in book.calls
    leg = book.add_leg(channel, at)
    _describe_beginning(leg, fact)
    placed(book, leg, new=new, at=at)


def _describe_beginning(leg: Leg, fact: ChannelBegan) -> None:
    leg.dialled = fact.state in (_DOWN, _RINGING)
    leg.exten = fact.exten
    describe(leg, fact.channel)
    if fact.data:
        leg.call.tell(fact.data)
    if fact.state == _UP:
        leg.state = LegState.CONNECTED
        leg.answered_at = leg.started_at


def _began_late(book: Book, leg: Leg, fact: ChannelBegan, at: float) -> None:
    """The beginning of a channel that was known already: a repetition, or events in disorder."""
    if leg.exten or leg.call.exact:
        return
    leg.started_at = min(leg.started_at, at)
    dialled = leg.rung or fact.state in (_DOWN, _RINGING)
    if dialled != leg.dialled:
        leg.dialled = dialled
        set_state(book, leg, leg.state)
    leg.exten = fact.exten
    describe(leg, fact.channel)
    leg.call.tell(fact.data)
    if leg.id == leg.call.linkedid:
        leg.call.started_at = min(leg.call.started_at, leg.started_at)
        introduce(leg, leg.started_at)
    book.updated(leg.call)


def on_state(book: Book, fact: ChannelStateChanged, at: float) -> None:
    """A channel rings at its party, or was answered."""
    leg = find_leg(book, fact.channel, at)
    if leg is None:
        return
    if fact.state == _UP:
        answered(book, leg, at)
    elif fact.state == _RINGING and leg.state is LegState.INITIATED and not leg.rung:
        leg.dialled = True
        set_state(book, leg, LegState.ALERTING)
        if leg.role is _CUSTOMER:
            leg.rung = True
            book.told(CallKind.DELIVERED, leg.call, leg)


def on_caller_id(book: Book, fact: CallerIdChanged, at: float) -> None:
    """The dialplan corrected who calls; only before anybody answered, later it is the doing of transfers."""
    leg = find_leg(book, fact.channel, at)
    if leg is not None and not leg.call.number and leg.call.calls_back:
        describe(leg, fact.channel)
        leg.call.number, leg.call.name = leg.number, leg.name
        book.updated(leg.call)
    if leg is None or leg.role is not _CUSTOMER or leg.call.talked:
        return
    describe(leg, fact.channel)
    call = leg.call
    if leg.id == call.linkedid and not leg.dialled and (call.number, call.name) != (leg.number, leg.name):
        call.number, call.name = leg.number, leg.name
        book.updated(call)


def on_renamed(book: Book, fact: ChannelRenamed, at: float) -> None:
    """A masquerade: the channel of this Uniqueid is another device's from now on (pickup, some transfers)."""
    leg = book.leg(fact.id)
    if leg is None or leg.channel == fact.name:
        return
    if fact.name.endswith(_MASQUERADE):
        return
    book.locals.pop(leg.channel, None)
    if fact.name.endswith(_ZOMBIE):
        _becomes_zombie(book, leg, fact.name, at)
        return
    device = device_of(fact.name)
    if device != leg.device:
        _changes_hands(book, leg, fact.name, device, at)
    leg.channel = fact.name
    leg.changed()
    book.updated(leg.call)


def _changes_hands(book: Book, leg: Leg, channel: str, device: str, at: float) -> None:
    """Another device has this channel now: what the former one did on it is over."""
    if leg.ring is not None:
        ring_ends(book, leg, at, SegmentResult.ELSEWHERE)
    talk_ends(book, leg, at, SegmentResult.TRANSFERRED)
    book.disown(leg)
    leg.device = leg.owner = device
    leg.role = book.devices.role(channel, device)
    leg.number = leg.name = ""
    leg.rung = True
    if leg.role is _AGENT:
        book.own(leg)


def _becomes_zombie(book: Book, leg: Leg, name: str, at: float) -> None:
    """What is left of a channel whose party was moved to another one; its call was joined into that one's."""
    heir = next((other for other in book.legs.values() if f"{leg.channel}" == other.channel and other is not leg), None)
    talk_ends(book, leg, at, SegmentResult.TRANSFERRED)
    book.disown(leg)
    leg.role = _SYSTEM
    leg.channel = name
    leg.changed()
    if heir is not None and heir.call is not leg.call:
        merge(book, leg.call, heir.call, at)
    book.updated(leg.call)


def on_hangup_asked(book: Book, fact: HangupAsked, at: float) -> None:
    """Somebody hung up. Told before what follows of it, so it says who ended a wait or a ring."""
    leg = book.leg(fact.id)
    if not fact.soft:
        book.hears_hangup_requests = True
    if leg is None or leg.hung_up:
        return
    leg.hung_up = True
    leg.hung_up_cause = fact.cause
    if leg.ring is not None and not fact.soft and fact.cause in _REJECTED:
        ring_ends(book, leg, at, SegmentResult.REJECTED)


def on_ended(book: Book, fact: ChannelEnded, at: float) -> None:
    """A channel is gone for good."""
    leg = book.leg(fact.channel.id)
    if leg is None:
        if not book.is_dead(fact.channel.id):
            book.bury(fact.channel.id, at)
        return
    if fact.data:
        leg.call.tell(fact.data)
        queue_status(book, leg, fact.data.get("QUEUESTATUS", ""), at)
    end_leg(book, leg, at, fact.cause)


def end_leg(book: Book, leg: Leg, at: float, cause: int | None, result: SegmentResult | None = None) -> None:
    """End a leg and whatever went on on it; `result` is given when its end was not seen."""
    book.bury(leg.id, at)
    book.legs.pop(leg.id, None)
    book.locals.pop(leg.channel, None)
    leg.cause = cause
    if leg.ring is not None:
        ring_ends(book, leg, at, result or ring_result(leg, cause))
    elif cause in _REJECTED and leg.answered_at is None:
        _correct_rejection(leg)
    caller_gone(book, leg, at, result)
    leg.hung_up = True
    if leg.call.parked is not None and leg.call.parked.leg_id == leg.id:
        park_ends(book, leg.call, at, result or SegmentResult.ABANDONED)
    held, leg.place_now = leg.place_now, None
    leave_bridge(book, leg, at, result)
    talk_ends(book, leg, at, result)
    leg.ended_at = max(at, leg.started_at)
    leg.held_since = None
    leg.state = LegState.CLEARED
    leg.changed()
    book.disown(leg)
    call = leg.call
    if held is Place.HOLD:
        settle(book, call, at, gone=True)
    call.live -= 1
    if leg.role is _SYSTEM:
        book.updated(call)
    else:
        book.told(CallKind.CONNECTION_CLEARED, call, leg)
    if call.live <= 0:
        finish(book, call, at, result)
    elif leg.role is _CUSTOMER and not leg.dialled:
        idle_ends(call, at, SegmentResult.CLEARED)
    else:
        idle_begins(call, at)


def _correct_rejection(leg: Leg) -> None:
    """A refused ring reads NOANSWER until the cause of its hangup comes."""
    for segment in leg.call.segments:
        if segment.leg_id == leg.id and segment.result is SegmentResult.NO_ANSWER:
            segment.result = SegmentResult.REJECTED
            segment.changed()
