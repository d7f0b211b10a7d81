"""Bridges, holds, transfers, parking, spies: who hears whom."""

from typing import Final

from cti_server.live.changes import CallKind
from cti_server.live.facts import (
    BridgeEntered,
    BridgeGone,
    BridgeLeft,
    Held,
    Parked,
    RecordingTold,
    Retrieved,
    SpyBegan,
    Transferred,
    Unparked,
)
from cti_server.live.legs import answered, find_leg, set_state
from cti_server.live.places import bridged
from cti_server.live.segments import leave_bridge, park_begins, park_ends, refresh_bridge, talk_ends, transferred
from cti_server.live.things.book import Book, newer
from cti_server.live.things.call import Bridge, Leg
from cti_server.live.things.devices import is_system
from cti_server.live.waiting import taken
from cti_server.live.words import LegRole, LegState, SegmentResult

_UNPARKED = {
    "retrieved": SegmentResult.ANSWERED,
    "timedOut": SegmentResult.TIMED_OUT,
    "givenUp": SegmentResult.ABANDONED,
}

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT
_SYSTEM: Final = LegRole.SYSTEM


def on_entered(book: Book, fact: BridgeEntered, at: float) -> None:
    """A channel comes into a bridge."""
    leg = find_leg(book, fact.channel, at)
    if leg is None or not newer(at, leg.bridge_at):
        return
    if leg.bridge is not None and leg.bridge.id != fact.bridge:
        leave_bridge(book, leg, at)
    bridge = book.bridge(fact.bridge)
    if fact.creator and fact.creator != "<unknown>":
        bridge.creator = fact.creator
    elif fact.technology == "holding_bridge":
        bridge.creator = fact.technology
    enter(book, leg, bridge, at)
    leg.bridge_at = at


def enter(book: Book, leg: Leg, bridge: Bridge, at: float) -> None:
    """Put a leg into a bridge and begin the talks that follow."""
    if leg.role is _SYSTEM and not is_system(leg.channel):
        # A supervisor who only listened takes the call over: from now on he is a party.
        leg.role = book.devices.role(leg.channel, leg.device)
        leg.changed()
        if leg.role is _AGENT:
            book.own(leg)
    leg.bridge = bridge
    bridge.members[leg.id] = leg
    if leg.role is not _SYSTEM:
        answered(book, leg, at)
        bridged(book, leg, bridge, at)
    if len(bridge.members) > 1 and not bridge.holding:
        for member in bridge.members.values():
            if (member.wait is not None or member.left_wait is not None) and _with_agent(bridge):
                taken(book, member, at)
    refresh_bridge(book, bridge, at)


def _with_agent(bridge: Bridge) -> bool:
    return any(member.role is _AGENT and member.queue for member in bridge.members.values())


def on_left_bridge(book: Book, fact: BridgeLeft, at: float) -> None:
    """A channel leaves a bridge."""
    leg = book.leg(fact.id)
    if leg is None or not newer(at, leg.bridge_at):
        return
    leg.bridge_at = at
    if leg.bridge is not None and leg.bridge.id == fact.bridge:
        leave_bridge(book, leg, at)


def on_bridge_gone(book: Book, fact: BridgeGone, at: float) -> None:
    """A bridge is dissolved; usually all have left it before."""
    bridge = book.bridges.pop(fact.bridge, None)
    if bridge is not None:
        for leg in list(bridge.members.values()):
            leave_bridge(book, leg, at)


def on_held(book: Book, fact: Held, at: float) -> None:
    """The party on this channel puts the other one on hold."""
    leg = book.leg(fact.id)
    if leg is None or not newer(at, leg.hold_at):
        return
    leg.hold_at = at
    if leg.held_since is not None:
        return
    leg.held_since = at
    set_state(book, leg, LegState.HELD)
    if leg.role is _AGENT:
        book.told(CallKind.HELD, leg.call, leg)


def on_retrieved(book: Book, fact: Retrieved, at: float) -> None:
    """The hold is over; comes with a REFER also when there was none."""
    leg = book.leg(fact.id)
    if leg is None or not newer(at, leg.hold_at):
        return
    leg.hold_at = at
    if leg.stays_in_talk:
        return
    since, leg.held_since = leg.held_since, None
    if since is None:
        return
    talk = leg.call.talks.get(leg.owner)
    if talk is not None and talk.ended_at is None:
        talk.held_seconds += max(0.0, at - max(since, talk.started_at))
        talk.changed()
    set_state(book, leg, LegState.CONNECTED)
    if leg.role is _AGENT:
        book.told(CallKind.RETRIEVED, leg.call, leg)


def on_transferred(book: Book, fact: Transferred, at: float) -> None:
    """Somebody hands the other side on."""
    other = book.leg(fact.transferee_id)
    leg: Leg | None = None
    for id_ in reversed(fact.transferer_ids):
        found = book.leg(id_) or (other.call.legs.get(id_) if other is not None else None)
        if found is not None:
            transferred(found.call, found)
            leg = found
    if leg is not None:
        book.told_of(CallKind.TRANSFERRED, (other or leg).call, leg.id, leg.owner)


def on_parked(book: Book, fact: Parked, at: float) -> None:
    """A caller is put on a parking space."""
    leg = book.leg(fact.id)
    if leg is not None:
        park_begins(book, leg, at, fact.space)


def on_unparked(book: Book, fact: Unparked, at: float) -> None:
    """A parked caller is taken by somebody, comes back, or hung up."""
    leg = book.leg(fact.id)
    if leg is None:
        return
    if leg.call.parked is None and newer(at, leg.call.park_at):
        leg.call.park_at = at
    park_ends(book, leg.call, at, _UNPARKED[fact.how])


def on_spy(book: Book, fact: SpyBegan, at: float) -> None:
    """This channel only listens (or whispers): it is no party of a call and never counts as talk."""
    leg = book.leg(fact.spy_id)
    if leg is None or leg.role is _SYSTEM:
        return
    talk_ends(book, leg, at)
    book.disown(leg)
    leg.role = _SYSTEM
    leg.changed()
    book.updated(leg.call)


def on_recording(book: Book, fact: RecordingTold, at: float) -> None:
    """Something of the recording on a channel. The model keeps nothing of it: whoever files recordings does."""
    leg = find_leg(book, fact.channel, at)
    if leg is not None:
        book.recording_told(fact, leg)
