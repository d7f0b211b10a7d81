"""Which segments count, and how members are counted."""

from dataclasses import replace

import pytest

from cti_server.live.words import Outcome, SegmentKind, SegmentResult
from cti_server.queues.figures import WaitEnd
from cti_server.queues.model import finished_wait, told_waits
from tests.calls.made import call, part, waited


@pytest.mark.parametrize(
    ("result", "end"),
    [
        ("answered", WaitEnd.ANSWERED),
        ("abandoned", WaitEnd.ABANDONED),
        ("cleared", WaitEnd.ABANDONED),
        ("timedOut", WaitEnd.LEFT),
        ("exitKey", WaitEnd.LEFT),
        ("redirected", WaitEnd.LEFT),
        ("interrupted", None),
    ],
)
def test_how_a_wait_ended(result: str, end: WaitEnd | None) -> None:
    wait = finished_wait(waited(1, 0, 12, SegmentResult(result)))
    assert (wait and (wait.seconds, wait.end)) == (end and (12.0, end))


def test_a_wait_that_lasts_and_a_ring_are_no_finished_waits() -> None:
    assert finished_wait(waited(1, 0, None, None)) is None
    assert finished_wait(part(1, SegmentKind.RING, 0, 5, queue="support", result=SegmentResult.ANSWERED)) is None


@pytest.mark.parametrize(
    ("result", "answered_at", "end"),
    [
        ("answered", None, None),  # the agent is there, and he is being called
        ("answered", 9.0, WaitEnd.CALLED_BACK),
        ("noAnswer", None, WaitEnd.NOT_REACHED),
        ("timedOut", None, None),
        ("interrupted", None, None),
    ],
)
def test_a_wait_for_who_kept_his_place_is_none_on_the_line(
    result: str, answered_at: float | None, end: WaitEnd | None
) -> None:
    name = "cti-callback-7-1-ab"
    stands_in = replace(waited(1, 0, 3, SegmentResult(result)), leg_id=f"{name}-2")
    himself = replace(waited(2, 60, 3, SegmentResult.ABANDONED), leg_id="c")  # sent to another queue, where he gave up
    view = replace(call(name, segments=(stands_in, himself)), answered_at=answered_at)
    told = [wait.end for _, _, wait in told_waits(view) if wait is not None]
    assert told == [*([end] if end else []), WaitEnd.ABANDONED]


def test_who_is_taken_out_for_a_moment_and_comes_back_has_waited_once() -> None:
    away = replace(waited(1, 0, 100, SegmentResult.REDIRECTED), leg_id="c")
    back = replace(waited(2, 110, 130, SegmentResult.ANSWERED), leg_id="c")
    first, second = told_waits(call(segments=(away, back)))
    assert first[2] is None
    assert second[2] is not None
    assert (second[2].end, second[2].seconds) == (WaitEnd.ANSWERED, 130.0)
    elsewhere = replace(back, queue="sales")
    assert [wait.end for _, _, wait in told_waits(call(segments=(away, elsewhere))) if wait] == [
        WaitEnd.LEFT, WaitEnd.ANSWERED
    ]  # fmt: skip
    later = replace(waited(2, 500, 530, SegmentResult.ANSWERED), leg_id="c")
    assert [wait.seconds for _, _, wait in told_waits(call(segments=(away, later))) if wait] == [100.0, 30.0]


def test_the_waits_of_a_merged_consultation_are_told_as_not_counted() -> None:
    view = call(segments=(waited(1, 0, 5, SegmentResult.ANSWERED), waited(2, 5, None, None)))
    [(key, _, wait)] = told_waits(view)
    assert key == ("main", "support")
    assert wait is not None
    [(_, _, wait)] = told_waits(replace(view, outcome=Outcome.MERGED))
    assert wait is None
