"""Open calls as the database remembers them, put back after a restart of this server; the next Truth corrects them."""

from cti_server.live.things.book import Book
from cti_server.live.things.call import Call, Leg, Segment
from cti_server.live.things.queue import Waiting
from cti_server.live.views import CallView, LegView, SegmentView
from cti_server.live.words import LegRole, LegState, SegmentKind

_TALKS = frozenset({SegmentKind.TALK, SegmentKind.CONFERENCE})


def restore_call(book: Book, view: CallView) -> None:
    """Put an open call back. Calls that are over, of another PBX, or known already are passed over."""
    if view.ended_at is not None or view.pbx != book.pbx or view.linkedid in book.calls:
        return
    call = book.call(view.linkedid, view.started_at)
    call.direction = view.direction
    call.number, call.name, call.dialled = view.number, view.name, view.dialled
    call.answered_at = view.answered_at
    call.talked = view.answered_at is not None
    call.data = dict(view.data)
    call.merged_into = view.merged_into
    call.exact = view.exact
    for leg in view.legs:
        _restore_leg(book, call, leg)
    for segment in sorted(view.segments, key=lambda segment: segment.n):
        _restore_segment(book, call, segment)
    for leg_ in call.legs.values():
        if leg_.ended_at is None and leg_.role is LegRole.AGENT:
            book.own(leg_)
    if call.live <= 0:
        book.forget(call)


def _restore_leg(book: Book, call: Call, view: LegView) -> None:
    leg = Leg(view.id, view.channel, view.device, view.role, call, view.started_at)
    leg.state = view.state
    leg.number, leg.name = view.number, view.name
    leg.answered_at, leg.ended_at, leg.cause = view.answered_at, view.ended_at, view.cause
    leg.dialled = view.id != call.linkedid
    call.legs[leg.id] = leg
    if leg.ended_at is not None:
        book.bury(leg.id, leg.ended_at)
        return
    call.live += 1
    book.legs[leg.id] = leg
    if leg.channel.startswith("Local/"):
        book.locals[leg.channel] = leg


def _restore_segment(book: Book, call: Call, view: SegmentView) -> None:
    segment = Segment(
        call, view.kind, view.started_at, device=view.device, queue=view.queue, leg_id=view.leg_id, exact=view.exact
    )
    segment.n = view.n
    segment.ended_at, segment.result, segment.held_seconds = view.ended_at, view.result, view.held_seconds
    leg = call.legs.get(view.leg_id or "")
    if leg is not None and view.device:
        leg.owner = view.device
    if view.kind in _TALKS and view.device:
        call.talks[view.device] = segment
    if view.kind is SegmentKind.RING and leg is not None:
        leg.rung, leg.queue = True, view.queue
    if view.kind in _TALKS and view.queue:
        call.answered_queue = view.queue
    if segment.ended_at is None and leg is not None and leg.ended_at is None:
        _reopen(book, segment, leg)


def _reopen(book: Book, segment: Segment, leg: Leg) -> None:
    if segment.kind is SegmentKind.RING:
        leg.ring = segment
        leg.state = LegState.ALERTING
    elif segment.kind is SegmentKind.PARK:
        segment.call.parked = segment
    elif segment.kind in _TALKS:
        leg.in_talk = True
    elif segment.kind is SegmentKind.QUEUE and segment.queue:
        leg.wait = segment
        queue = book.queue(segment.queue)
        queue.join(Waiting(leg, segment.started_at, 0), len(queue.waiting) + 1)
