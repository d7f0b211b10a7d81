"""Which segments count, and how members are counted."""

from dataclasses import replace

import pytest

from cti_server.live.views import MembershipView, QueueView
from cti_server.live.words import ACW_REASON, AgentState, Outcome, SegmentKind, SegmentResult
from cti_server.queues.figures import WaitEnd
from cti_server.queues.model import StaffJson, finished_wait, staff_of, told_waits
from tests.calls.made import agent, call, part, waited


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


def test_the_waits_of_a_merged_consultation_are_told_as_not_counted() -> None:
    view = call(segments=(waited(1, 0, 5, SegmentResult.ANSWERED), waited(2, 5, None, None)))
    [(key, _, wait)] = told_waits(view)
    assert key == ("main", "support")
    assert wait is not None
    [(_, _, wait)] = told_waits(replace(view, outcome=Outcome.MERGED))
    assert wait is None


def test_members_by_state_as_this_queue_sees_them() -> None:
    states = [*AgentState, AgentState.READY, AgentState.READY]
    agents = [agent(f"PJSIP/{n}", state) for n, state in enumerate(states)]
    agents[-2] = replace(agents[-2], memberships=(MembershipView("support", paused=True), MembershipView("sales")))
    agents[-1] = replace(agents[-1], memberships=(MembershipView("support", paused=True, reason=ACW_REASON),))
    known = {(one.pbx, one.device): one for one in agents}
    queue = QueueView("main", "support", members=(*(one.device for one in agents), "PJSIP/unknown"))
    assert staff_of(queue, known) == StaffJson(
        ready=1, busy=1, alerting=1, acw=2, not_ready=2, unreachable=1, logged_on=8
    )
