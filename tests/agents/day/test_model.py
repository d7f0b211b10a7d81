"""The formulas of the day, worked by hand."""

import pytest

from cti_server.agents.day.model import Stretch, Talks, day_of, in_order, on_call, pauses_of
from cti_server.agents.shift.reasons import Reason
from cti_server.live.words import SegmentKind
from cti_server.queues.lost.model import Callback
from tests.calls.made import AT, Live, call, part

BREAK = Reason("break", "小休", "Break", 600)


def stretch(state: str, start: float, end: float, reason: str = "") -> Stretch:
    return Stretch(state, reason, start, end)


def test_averages_and_occupancy() -> None:
    """4 calls, 600 s talk, 60 s hold, 140 s wrap-up, 800 s ready: AHT 200, wrap-up 35, occupancy 800 / 1600."""
    stretches = [
        stretch("ready", 0, 500),
        stretch("busy", 500, 1160),
        stretch("workingAfterCall", 1160, 1300),
        stretch("ready", 1300, 1600),
    ]
    day = day_of((0.0, 86400.0), 1600.0, Talks(4, 600.0, 60.0), 0.0, stretches, [], [], complete=True)
    assert (day.aht, day.acw_average, day.occupancy) == (200.0, 35.0, 0.5)
    running = day_of((0.0, 86400.0), 1600.0, Talks(4, 600.0, 60.0), 800.0, stretches, [], [], complete=True)
    assert (running.aht, running.occupancy) == (200.0, pytest.approx(1600 / 2400))


def test_a_day_that_has_not_begun_divides_nothing() -> None:
    day = day_of((0.0, 1.0), 0.0, Talks(), 0.0, [], [], [], complete=False)
    assert (day.aht, day.acw_average, day.occupancy, day.callbacks_complete) == (None, None, None, False)


def test_pauses_by_reason_with_their_limits() -> None:
    found = pauses_of(
        [
            stretch("notReady", 0, 601, "break"),
            stretch("notReady", 700, 1300, "break"),
            stretch("notReady", 2000, 2010, "gone"),
            stretch("ready", 3000, 9000),
        ],
        [BREAK],
    )
    assert [(one.reason, one.times, one.seconds, one.longest, one.limit_seconds, one.over) for one in found] == [
        ("break", 2, 1201, 601, 600, 1),
        ("gone", 1, 10, 10, None, 0),
    ]


def test_the_call_that_lasts() -> None:
    talk = part(1, SegmentKind.TALK, 10, device="PJSIP/1001")
    over = part(2, SegmentKind.TALK, 0, 5, device="PJSIP/1001")
    other = part(3, SegmentKind.TALK, 0, device="PJSIP/1002")
    view = call(segments=(talk, over, other))
    live = Live(calls={view.id: view})
    assert on_call(live, ("main", "PJSIP/1001"), AT + 40) == 30
    assert on_call(live, ("other", "PJSIP/1001"), AT + 40) == 0


def test_promised_callbacks_come_first() -> None:
    lost = Callback("1", "138", "", 5.0, 2)
    promised = Callback("2", "139", "王", 9.0, 0, "campaign", 7, 100.0)
    assert [one.ref for one in in_order([lost, promised])] == ["2", "1"]
