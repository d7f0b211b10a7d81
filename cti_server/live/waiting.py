"""Waiting in a queue: who joins, who leaves, and how it is told apart why.

Asterisk reports "abandon" also for a time-out, a withdrawal and a redirect. What tells them apart: whoever hung up was
reported before (HangupRequest), a redirect or an exit key has changed context and extension by then, a time-out
neither.
Where the PBX does not report HangupRequest, what comes next decides.
"""

from cti_server.live.changes import CallKind, QueueKind
from cti_server.live.facts import QueueGivenUp, QueueJoined, QueueLeft, QueueOrdered, QueueStatusTold
from cti_server.live.legs import describe, find_leg
from cti_server.live.segments import handed_on, idle_begins, idle_ends
from cti_server.live.things.book import DISORDER, Book
from cti_server.live.things.call import Leg, Segment
from cti_server.live.things.queue import Waiting
from cti_server.live.views import WaitingView
from cti_server.live.words import SegmentKind, SegmentResult

_BY_STATUS = {
    "TIMEOUT": SegmentResult.TIMED_OUT,
    "LEAVEEMPTY": SegmentResult.TIMED_OUT,
    "LEAVEUNAVAIL": SegmentResult.TIMED_OUT,
    "WITHDRAW": SegmentResult.REDIRECTED,
}
"""`QUEUESTATUS` of app_queue → how the wait ended."""


def on_joined(book: Book, fact: QueueJoined, at: float) -> None:
    """A caller begins to wait."""
    leg = find_leg(book, fact.channel, at)
    if leg is None:
        return
    left = leg.left_at.get(fact.queue) if leg.left_at else None
    if left is not None and left - DISORDER < at <= left:
        return
    if leg.wait is not None:
        if leg.wait.queue == fact.queue:
            return
        end_wait(book, leg, at, SegmentResult.TIMED_OUT)
    next_station(book, leg)
    handed_on(leg.call, at)
    describe(leg, fact.channel)
    leg.call.tell(fact.data)
    begin_wait(book, leg, at, fact.queue, fact.position)
    leg.place = fact.place


def begin_wait(book: Book, leg: Leg, at: float, queue_name: str, position: int, *, exact: bool = True) -> None:
    """Put a caller into a queue."""
    idle_ends(leg.call, at)
    leg.wait = Segment(leg.call, SegmentKind.QUEUE, at, queue=queue_name, leg_id=leg.id, exact=exact)
    leg.gave_up_at = None
    queue = book.queue(queue_name)
    waiting = Waiting(leg, at, book.count)
    index = queue.join(waiting, position)
    book.told(CallKind.QUEUED, leg.call, leg)
    book.queue_told(QueueKind.CALLER_JOINED, queue, waiting.view(index + 1))


def on_given_up(book: Book, fact: QueueGivenUp, at: float) -> None:
    """The PBX says "abandon"; the event that he left follows."""
    leg = book.leg(fact.id)
    if leg is None:
        return
    leg.gave_up_at = at
    leg.gave_up_place = fact.place
    if leg.wait is None:
        _given_up_late(book, leg, fact)


def _given_up_late(book: Book, leg: Leg, fact: QueueGivenUp) -> None:
    """It came after he had left: in disorder, or he hung up between an agent's answer and the bridge."""
    if leg.left_wait is not None:
        result = _exit_result(book, leg, fact.place)
        if result is not None:
            settle_wait(book, leg, result)
        return
    last = last_wait(leg)
    if last is not None and last.result is SegmentResult.ANSWERED and not leg.call.talked and not leg.stands_in:
        last.result = SegmentResult.ABANDONED
        last.changed()
        book.updated(leg.call)


def on_left(book: Book, fact: QueueLeft, at: float) -> None:
    """A caller waits no longer."""
    leg = book.leg(fact.id)
    if leg is None:
        return
    leg.left_at = {**(leg.left_at or {}), fact.queue: at}
    if leg.wait is not None and leg.wait.queue == fact.queue:
        end_wait(book, leg, at, _exit_result(book, leg, fact.place))


def _exit_result(book: Book, leg: Leg, place: str) -> SegmentResult | None:
    """How a wait ended, as far as it can be told; None when what comes next must tell."""
    if leg.stands_in and leg.gave_up_at is not None:
        return SegmentResult.TIMED_OUT  # no agent came; he for whom it waited is not even on the line
    if leg.gave_up_at is None:
        if any(other.caller_id == leg.id and other.answered_at and other.queue for other in leg.call.legs.values()):
            return SegmentResult.ANSWERED
        return SegmentResult.EXIT_KEY if _moved(leg, place) else None
    if leg.hung_up:
        return SegmentResult.ABANDONED
    if _moved(leg, leg.gave_up_place or place):
        return SegmentResult.REDIRECTED
    return SegmentResult.TIMED_OUT if book.hears_hangup_requests else None


def _moved(leg: Leg, place: str) -> bool:
    return bool(place and leg.place and place != leg.place)


def end_wait(book: Book, leg: Leg, at: float, result: SegmentResult | None) -> None:
    """Take a caller out of his queue. With `result` None he has left while it is not known how."""
    segment, leg.wait = leg.wait, None
    if segment is None or segment.queue is None:
        return
    segment.end(at, result)
    if result is SegmentResult.ANSWERED:
        leg.call.answered_queue = segment.queue
    queue = book.queue(segment.queue)
    who = queue.leave(leg.id) or WaitingView(leg.call.id, leg.id, leg.number, leg.name, 0, segment.started_at)
    if result is None:
        leg.left_wait = (segment, who)
        book.queue_told(QueueKind.UPDATED, queue)
    else:
        _tell_left(book, segment, who, result)
    book.updated(leg.call)
    idle_begins(leg.call, at)


def settle_wait(book: Book, leg: Leg, result: SegmentResult) -> None:
    """It has become known how a wait ended that was over already."""
    if leg.left_wait is None:
        return
    (segment, who), leg.left_wait = leg.left_wait, None
    segment.result = result
    segment.changed()
    if result is SegmentResult.ANSWERED:
        leg.call.answered_queue = segment.queue
    _tell_left(book, segment, who, result)
    book.updated(leg.call)


def _tell_left(book: Book, segment: Segment, who: WaitingView, result: SegmentResult) -> None:
    abandoned = result is SegmentResult.ABANDONED
    kind = QueueKind.CALLER_ABANDONED if abandoned else QueueKind.CALLER_LEFT
    book.queue_told(kind, book.queue(segment.queue or ""), who, result)


def next_station(book: Book, leg: Leg) -> None:
    """The caller goes on elsewhere: a wait of which it was not known how it ended was not abandoned."""
    if leg.left_wait is not None:
        settle_wait(book, leg, SegmentResult.TIMED_OUT)


def taken(book: Book, leg: Leg, at: float) -> None:
    """An agent took the caller."""
    if leg.wait is not None:
        end_wait(book, leg, at, SegmentResult.ANSWERED)
    elif leg.left_wait is not None:
        settle_wait(book, leg, SegmentResult.ANSWERED)


def caller_gone(book: Book, leg: Leg, at: float, result: SegmentResult | None) -> None:
    """The caller's channel is gone while he waited, or just after."""
    if leg.wait is not None:
        end_wait(book, leg, at, result or (SegmentResult.TIMED_OUT if leg.stands_in else SegmentResult.ABANDONED))
    elif leg.left_wait is not None:
        gave_up = leg.gave_up_at is not None and not leg.stands_in
        settle_wait(book, leg, SegmentResult.ABANDONED if gave_up else SegmentResult.TIMED_OUT)


def last_wait(leg: Leg) -> Segment | None:
    """The last stretch in a queue of this leg."""
    for segment in reversed(leg.call.segments):
        if segment.kind is SegmentKind.QUEUE and segment.leg_id == leg.id:
            return segment
    return None


def on_status(book: Book, fact: QueueStatusTold, at: float) -> None:
    """The dialplan told how a wait ended."""
    leg = book.leg(fact.id)
    if leg is not None:
        queue_status(book, leg, fact.status, at)


def on_ordered(book: Book, fact: QueueOrdered, at: float) -> None:
    """Callers have changed places. Who joined since the PBX was asked stays behind those whom it named."""
    queue = book.queues.get(fact.queue)
    if queue is None:
        return
    places = {id_: place for place, id_ in enumerate(fact.ids)}
    ordered = sorted(queue.waiting, key=lambda waiting: places.get(waiting.leg.id, len(places)))
    if ordered != queue.waiting:
        queue.waiting[:] = ordered
        book.queue_told(QueueKind.UPDATED, queue)


def queue_status(book: Book, leg: Leg, status: str, at: float) -> None:
    """Correct how the last wait ended by what app_queue says itself."""
    result = _BY_STATUS.get(status)
    if result is None:
        return
    if leg.wait is not None:
        end_wait(book, leg, at, result)
    if leg.left_wait is not None:
        settle_wait(book, leg, result)
    last = last_wait(leg)
    if last is not None and last.result not in (result, SegmentResult.ANSWERED, SegmentResult.EXIT_KEY):
        last.result = result
        last.changed()
        book.updated(leg.call)
