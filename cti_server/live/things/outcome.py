"""What became of a call, told once it is over."""

from cti_server.live.things.call import Call
from cti_server.live.words import Direction, LegRole, Outcome, SegmentKind, SegmentResult

_BUSY = frozenset({17})
_FAILED = frozenset({1, 2, 3, 20, 22, 27, 28, 34, 38, 41, 42, 44, 58})
"""Q.850 causes that say that a number could not be put through."""
_LEFT = frozenset({SegmentResult.TIMED_OUT, SegmentResult.EXIT_KEY, SegmentResult.REDIRECTED})


def outcome_of(call: Call, *, interrupted: bool = False) -> Outcome:
    """The outcome of a call that is over. `interrupted`: its end was not seen."""
    if call.merged_into is not None:
        return Outcome.MERGED
    if interrupted and (not call.talked or _cut(call)):
        return Outcome.INTERRUPTED
    if call.talked:
        return Outcome.ANSWERED
    waits = [segment.result for segment in call.segments if segment.kind is SegmentKind.QUEUE]
    if waits and waits[-1] is SegmentResult.ABANDONED:
        return Outcome.ABANDONED
    if any(result in _LEFT for result in waits):
        return Outcome.LEFT_QUEUE
    return _dialling(call)


def _cut(call: Call) -> bool:
    return any(segment.result is SegmentResult.INTERRUPTED for segment in call.segments)


def _dialling(call: Call) -> Outcome:
    """What came of ringing somebody without a queue."""
    if call.failure is not None:
        return call.failure
    rung = [leg for leg in call.legs.values() if leg.rung or leg.dialled]
    causes = {leg.cause for leg in rung if leg.answered_at is None and leg.role is not LegRole.SYSTEM}
    if causes & _BUSY:
        return Outcome.BUSY
    if causes & _FAILED:
        return Outcome.FAILED
    if any(leg.answered_at is None and leg.role is not LegRole.SYSTEM for leg in rung):
        return Outcome.NO_ANSWER
    if call.calls_back or (call.direction is Direction.OUTBOUND and not rung):
        return Outcome.FAILED
    if any(segment.kind is SegmentKind.QUEUE for segment in call.segments):
        return Outcome.ABANDONED
    return Outcome.NOT_QUEUED


def failure_of(status: str) -> Outcome | None:
    """What a DialStatus says of a dialling that failed; None when it did not, or says nothing."""
    if status == "BUSY":
        return Outcome.BUSY
    if status in {"CONGESTION", "CHANUNAVAIL"}:
        return Outcome.FAILED
    return Outcome.NO_ANSWER if status in {"NOANSWER", "CANCEL"} else None
