"""Legs in the hands of our own dialplan (config/asterisk/extensions_cti.conf): on hold, waiting, asking a colleague.

A hold by redirect takes both legs out of their bridge. For the agent it is the same talk nevertheless: it goes on while
the other side hears music, and the time counts as held. It ends when he is left alone for good, and as a transfer when
the other side is bridged with somebody else.
"""

from typing import Final

from cti_server.live.changes import CallKind
from cti_server.live.facts import Placed
from cti_server.live.legs import find_leg, set_state
from cti_server.live.segments import REJOIN, talk_ends, transferred
from cti_server.live.things.book import Book
from cti_server.live.things.call import AWAY, Bridge, Call, Leg
from cti_server.live.words import LegRole, LegState, Place, SegmentKind, SegmentResult

_HANDED_ON = 2.0
"""Seconds within which the end of a talk and the next place of the other side belong together."""

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT


def on_placed(book: Book, fact: Placed, at: float) -> None:
    """A leg has come to a place of our dialplan."""
    leg = find_leg(book, fact.channel, at)
    if leg is not None:
        leg.tried, leg.waits_for = fact.tried, fact.waits_for
        put(book, leg, fact.place, at)


def put(book: Book, leg: Leg, place: Place, at: float) -> None:
    """Note where a leg is now, and what that makes of the talks of its call."""
    leg.place_now = place
    leg.changed()
    book.updated(leg.call)
    if place in AWAY:
        leg.handed_on = False
    elif place in (Place.TRANSFER, Place.TAKEN):
        _hand_on(book, leg, at)
    elif place is Place.HOLD and leg.role is _AGENT:
        _hold_begins(book, leg, at)
    settle(book, leg.call, at, gone=place is Place.TRANSFER)


def settle(book: Book, call: Call, at: float, *, gone: bool = False) -> None:
    """Begin and end the holds of agents who are away from the other side.

    `gone`: the other side has left or was sent elsewhere, so that an agent who waits alone talks no longer.
    """
    held = call.holds_somebody
    for leg in list(call.legs.values()):
        if leg.place_now not in AWAY or leg.role is not _AGENT or leg.ended_at is not None:
            continue
        if held:
            _hold_begins(book, leg, at)
        else:
            _hold_over(book, leg, at)
            if gone and leg.bridge is None:
                talk_ends(book, leg, at)


def bridged(book: Book, leg: Leg, bridge: Bridge, at: float) -> None:
    """A leg was put into a bridge: its wait is over, and who is not there has handed it on."""
    place = leg.place_now
    if place is None or place is Place.CONSULT or bridge.holding:
        # Asking a colleague, the agent is bridged with him; the hold goes on.
        return
    if not bridge.conference:
        leg.place_now = None
    leg.changed()
    if place is Place.HOLD and leg.role is not _AGENT:
        settle(book, leg.call, at)
    else:
        _hold_over(book, leg, at, tell=place is Place.WAIT)
    leg.handed_on = False
    if place is Place.HOLD:
        _hand_on(book, leg, at, bridge)


def _hand_on(book: Book, leg: Leg, at: float, bridge: Bridge | None = None) -> None:
    """The talks of agents who are not with this leg any more end, or have just ended, as transfers."""
    call = leg.call
    for other in call.legs.values():
        if other is leg or other.role is not _AGENT or other.place_now is Place.HOLD:
            continue
        # In a bridge alone it is not yet known who comes after it; who waits is left behind unless it is he.
        if bridge is not None and (other.bridge is bridge or (other.place_now not in AWAY and len(bridge.members) < 2)):
            continue
        talk = call.talks.get(other.owner)
        if talk is None or (talk.ended_at is not None and at - talk.ended_at > _HANDED_ON):
            continue
        if talk.leg_id == other.id:
            transferred(call, other)
            if bridge is None:
                book.told_of(CallKind.TRANSFERRED, call, other.id, other.owner)


def _hold_begins(book: Book, leg: Leg, at: float) -> None:
    if leg.in_talk and leg.held_since is not None:
        return
    talk = leg.call.talks.get(leg.owner)
    if talk is None or talk.kind is SegmentKind.CONFERENCE:
        return
    since = at
    if talk.ended_at is not None:
        if at - talk.ended_at > REJOIN or talk.result is SegmentResult.TRANSFERRED:
            return
        since = talk.ended_at
        talk.ended_at = talk.result = None
        talk.changed()
    leg.call.idle_since = None
    leg.in_talk = True
    if leg.held_since is None:
        leg.held_since = since
        set_state(book, leg, LegState.HELD)
        book.told(CallKind.HELD, leg.call, leg)


def _hold_over(book: Book, leg: Leg, at: float, *, tell: bool = False) -> None:
    since, leg.held_since = leg.held_since, None
    if since is not None:
        talk = leg.call.talks.get(leg.owner)
        if talk is not None and talk.ended_at is None:
            talk.held_seconds += max(0.0, at - max(since, talk.started_at))
            talk.changed()
        set_state(book, leg, LegState.CONNECTED)
    if tell:
        book.told(CallKind.RETRIEVED, leg.call, leg)
