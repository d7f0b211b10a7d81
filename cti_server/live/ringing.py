"""Dialling: whose device rings for whom, for which queue, and what came of it."""

from typing import Final

from cti_server.live.facts import AgentCalled, AgentConnected, AgentMissed, DialBegan, DialEnded
from cti_server.live.legs import answered, describe, find_leg
from cti_server.live.members import become_agents
from cti_server.live.segments import for_queue, handed_on, idle_ends, ring_begins, ring_ends, ring_result
from cti_server.live.things.book import Book
from cti_server.live.things.call import Leg
from cti_server.live.things.devices import dialled_number, is_endpoint, number_of, twin_of
from cti_server.live.things.outcome import failure_of
from cti_server.live.waiting import last_wait, next_station, taken
from cti_server.live.words import Direction, LegRole, SegmentResult

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT
_CUSTOMER: Final = LegRole.CUSTOMER
_SYSTEM: Final = LegRole.SYSTEM


def on_agent_called(book: Book, fact: AgentCalled, at: float) -> None:
    """A queue rings a member."""
    caller = find_leg(book, fact.caller, at)
    called = find_leg(book, fact.called, at)
    if called is None:
        return
    if caller is not None:
        called.caller_id = caller.id
        describe(caller, fact.caller)
    if called.role is _SYSTEM:
        _local_member(book, called, fact.interface)
    elif called.role is _CUSTOMER:
        become_agents(book, called.device)
    if called.role is _AGENT:
        ring_begins(book, called, at, fact.queue)
    else:
        called.queue = fact.queue


def _local_member(book: Book, leg: Leg, interface: str) -> None:
    """A member behind a Local channel whose real device is none of ours (a mobile phone) is that channel's owner."""
    owner = book.owners.get(interface)
    if owner is not None and not is_endpoint(owner):
        leg.owner = owner
        leg.role = _AGENT
        leg.changed()
        book.own(leg)


def on_dial_began(book: Book, fact: DialBegan, at: float) -> None:
    """A device is dialled, for a caller or by the PBX itself."""
    called = find_leg(book, fact.called, at)
    caller = find_leg(book, fact.caller, at) if fact.caller is not None else None
    if called is None:
        return
    if not called.dialled:
        called.dialled = True
        called.changed()
    called.call.tell(fact.data)
    called.call.failure = None
    if caller is None:
        _dialled_by_pbx(called, fact)
    else:
        place = f"{fact.caller.context},{fact.caller.exten}" if fact.caller is not None else ""
        _dialled_for(book, called, caller, place, at)
    if called.role is _AGENT:
        ring_begins(book, called, at, called.queue)
    elif called.role is _CUSTOMER:
        _dialled_outside(book, called, fact, at)


def _dialled_by_pbx(called: Leg, fact: DialBegan) -> None:
    """Originate: the number that the device is shown is whom it is about to call."""
    call, shown = called.call, number_of(fact.connected_number)
    if called.role is _AGENT and not call.number and shown != called.number:
        call.number = shown
        call.stale = True


def _dialled_for(book: Book, called: Leg, caller: Leg, place: str, at: float) -> None:
    """A channel dials another one; behind a Local pair the queue and its member stand on the other half."""
    called.caller_id = caller.id
    if caller.role is _CUSTOMER and caller.wait is None:
        next_station(book, caller)
        handed_on(caller.call, at)
    if called.queue is None and caller.wait is not None and place == caller.place:
        called.queue = caller.wait.queue
    twin = book.locals.get(twin_of(caller.channel) or "")
    if twin is None:
        return
    called.queue = called.queue or twin.queue
    called.caller_id = twin.caller_id or caller.id
    if twin.role is _AGENT and called.role is _CUSTOMER:
        called.role = _AGENT
        called.owner = twin.owner
        # The half that stands for the member rings already: one device, one ring.
        called.rung = twin.rung
        called.changed()
        book.own(called)


def _dialled_outside(book: Book, called: Leg, fact: DialBegan, at: float) -> None:
    call = called.call
    idle_ends(call, at)
    number = dialled_number(fact.dial_string)
    if number and number != called.number:
        called.number = number
        called.changed()
    if call.direction is Direction.INTERNAL:
        call.direction = Direction.OUTBOUND
    if number and call.direction is Direction.OUTBOUND and not call.talked:
        call.number = number
        call.dialled = call.dialled or number
    book.updated(call)


def on_dial_ended(book: Book, fact: DialEnded, at: float) -> None:
    """The end of a dialling, good or bad; may come twice."""
    leg = book.leg(fact.called_id)
    if leg is None:
        return
    if fact.status == "ANSWER":
        if leg.role is not _SYSTEM:
            answered(book, leg, at)
        return
    if leg.answered_at is not None:
        return
    if leg.queue is None:
        leg.call.failure = failure_of(fact.status) or leg.call.failure
    if leg.ring is not None:
        ring_ends(book, leg, at, _result(leg, fact))


def _result(leg: Leg, fact: DialEnded) -> SegmentResult:
    if fact.forwarded:
        return SegmentResult.REDIRECTED
    if fact.status == "BUSY":
        return SegmentResult.REJECTED
    if fact.status == "CANCEL" or leg.hung_up_cause:
        return ring_result(leg, None)
    return SegmentResult.NO_ANSWER


def on_agent_missed(book: Book, fact: AgentMissed, at: float) -> None:
    """A queue gives up ringing a member."""
    leg = book.leg(fact.called_id)
    if leg is not None and leg.ring is not None:
        result = ring_result(leg, None)
        ring_ends(book, leg, at, result if result is SegmentResult.REJECTED else SegmentResult.NO_ANSWER)


def on_agent_connected(book: Book, fact: AgentConnected, at: float) -> None:
    """A queue's caller and a member come together."""
    called = book.leg(fact.called_id)
    if called is not None and called.role is not _SYSTEM:
        for_queue(book, called, fact.queue)
        answered(book, called, at)
    caller = book.leg(fact.caller_id)
    if caller is None:
        return
    taken(book, caller, at)
    last = last_wait(caller)
    if last is not None and last.queue == fact.queue and last.result is SegmentResult.TIMED_OUT:
        last.result = SegmentResult.ANSWERED
        last.changed()
    if caller.call.answered_queue != fact.queue:
        caller.call.answered_queue = fact.queue
        book.updated(caller.call)
