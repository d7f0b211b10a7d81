"""Waiting in queues, and how an exit is told apart."""

import pytest

from cti_server.live import facts
from cti_server.live.changes import QueueKind
from tests.live.replaying import segment_line
from tests.live.scripts import START, Story


def ended(story: Story) -> list[tuple[str, str | None]]:
    told = [change for change in story.of_queues() if change.kind.startswith("queue.caller")]
    return [(change.kind, change.result) for change in told if change.kind is not QueueKind.CALLER_JOINED]


def waiting(with_requests: bool = True) -> Story:
    story = Story().incoming()
    if with_requests:
        story.tell(facts.HangupAsked("somebody", 16))
    return story.joins().after(4)


def test_the_caller_who_hangs_up_has_abandoned() -> None:
    story = waiting().asks("1").gives_up().leaves().ends("1", cause=0)
    assert ended(story) == [("queue.callerAbandoned", "abandoned")]
    assert story.calls()[0].outcome == "abandoned"


def test_a_time_out_is_no_abandon_even_when_the_dialplan_hangs_up() -> None:
    story = waiting().gives_up().leaves().ends("1")
    assert ended(story) == [("queue.callerLeft", "timedOut")]
    assert story.calls()[0].outcome == "leftQueue"


def test_a_redirect_of_a_waiting_caller() -> None:
    story = waiting().gives_up(place="agents,1002").leaves(place="agents,1002")
    assert ended(story) == [("queue.callerLeft", "redirected")]
    assert story.calls()[0].queue is None


def test_the_exit_key_gives_no_abandon() -> None:
    story = waiting().leaves(place="queue-exit,0")
    assert ended(story) == [("queue.callerLeft", "exitKey")]


@pytest.mark.parametrize(
    ("status", "result"), [("TIMEOUT", "timedOut"), ("WITHDRAW", "redirected"), ("LEAVEEMPTY", "timedOut")]
)
def test_the_dialplan_knows_best(status: str, result: str) -> None:
    story = waiting().gives_up().leaves().tell(facts.QueueStatusTold("1", status)).ends("1")
    assert story.calls()[0].segments[0].result == result
    assert story.calls()[0].outcome == "leftQueue"


def test_without_hangup_requests_what_comes_next_decides() -> None:
    hung_up = waiting(with_requests=False).gives_up().leaves()
    assert ended(hung_up) == []
    hung_up.ends("1", cause=0)
    assert ended(hung_up) == [("queue.callerAbandoned", "abandoned")]
    goes_on = waiting(with_requests=False).gives_up().leaves().after(1).joins(queue="sales")
    assert ended(goes_on) == [("queue.callerLeft", "timedOut")]
    told = waiting(with_requests=False).gives_up().leaves().tell(facts.QueueStatusTold("1", "TIMEOUT")).ends("1")
    assert ended(told) == [("queue.callerLeft", "timedOut")]


def test_leaving_before_abandon_in_disorder() -> None:
    story = waiting().asks("1").leaves().gives_up().ends("1", cause=0)
    assert ended(story) == [("queue.callerAbandoned", "abandoned")]


def test_a_lost_leave_is_made_up_by_the_hangup() -> None:
    story = waiting().asks("1").ends("1", cause=0)
    assert ended(story) == [("queue.callerAbandoned", "abandoned")]
    assert not story.pbx.queues["support"].waiting


def test_positions_follow_the_order_in_the_queue() -> None:
    story = Story()
    for n in "123":
        story.incoming(n, number=f"1380000000{n}").joins(n, position=int(n))
    story.incoming("4", number="13800000004").joins("4", position=1)
    assert [(who.leg_id, who.position) for who in story.pbx.queues["support"].waiting] == [
        ("4", 1), ("1", 2), ("2", 3), ("3", 4),
    ]  # fmt: skip
    story.asks("1").gives_up("1").leaves("1")
    assert [(who.leg_id, who.position) for who in story.pbx.queues["support"].waiting] == [("4", 1), ("2", 2), ("3", 3)]
    assert story.of_queues()[-1].caller is not None
    assert story.of_queues()[-1].caller.position == 2


def test_a_late_join_does_not_put_the_caller_back() -> None:
    story = Story().incoming().after(0.4)
    story.leaves()
    story.apply(facts.QueueJoined(story.of("1"), "support", 1, "c,4000"), story.at - 0.3)
    assert not story.pbx.queues["support"].waiting if "support" in story.pbx.queues else True


def test_waiting_is_measured_from_time_stamps_and_the_dialplan_before_it_counts_as_ivr() -> None:
    story = Story().incoming().after(2.5).joins().after(7.25).asks("1").gives_up().leaves().ends("1", cause=0)
    (call,) = story.calls()
    assert [segment_line(segment) for segment in call.segments] == ["ivr open", "queue support abandoned"]
    ivr, queue = call.segments
    assert (ivr.started_at, ivr.ended_at) == (START, START + 2.5)
    assert queue.ended_at is not None
    assert queue.ended_at - queue.started_at == 7.25


def test_callers_change_places_as_the_pbx_lists_them() -> None:
    story = Story().incoming("1").joins("1").incoming("2", "139").joins("2", position=2)
    story.incoming("3", "137").joins("3", position=3).after(1)
    story.tell(facts.QueueOrdered("support", ("2", "1")))
    queue = story.pbx.queues["support"]
    assert [(who.leg_id, who.position) for who in queue.waiting] == [("2", 1), ("1", 2), ("3", 3)]
    before = len(story.changes)
    story.tell(facts.QueueOrdered("support", ("2", "1", "3"))).tell(facts.QueueOrdered("nowhere", ("1",)))
    assert len(story.changes) == before, "nothing changed, nothing told"
