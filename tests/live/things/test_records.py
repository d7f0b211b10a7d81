"""Records and their views: made when asked for, made anew only after a change."""

from cti_server.live.things.agent import Agent, Membership
from cti_server.live.things.call import Call, Leg, Segment
from cti_server.live.things.outcome import failure_of, outcome_of
from cti_server.live.things.queue import Queue, Waiting
from cti_server.live.words import Direction, LegRole, SegmentKind, SegmentResult


def call_with_leg() -> tuple[Call, Leg]:
    call = Call("a", "1", 100.0)
    leg = Leg("1", "PJSIP/trunk-1", "PJSIP/trunk", LegRole.CUSTOMER, call, 100.0)
    call.legs["1"] = leg
    call.live = 1
    return call, leg


def test_a_view_is_made_once_for_each_change() -> None:
    call, leg = call_with_leg()
    first = call.fresh_view()
    assert call.fresh_view() is first
    leg.number = "138"
    leg.changed()
    second = call.fresh_view()
    assert (second.legs[0].number, first.legs[0].number) == ("138", "")


def test_variables_do_not_change_views_that_were_given_away() -> None:
    call, _ = call_with_leg()
    first = call.fresh_view()
    call.tell({"CALLUUID": "u", "EMPTY": ""})
    assert (first.data, call.fresh_view().data) == ({}, {"CALLUUID": "u"})


def test_a_segment_never_ends_before_its_beginning() -> None:
    call, _ = call_with_leg()
    segment = Segment(call, SegmentKind.QUEUE, 100.0, queue="support")
    segment.end(40.0, SegmentResult.ABANDONED)
    assert segment.fresh_view().ended_at == 100.0


def test_the_outcome_of_calls_that_were_never_answered() -> None:
    for result, outcome in [("abandoned", "abandoned"), ("timedOut", "leftQueue"), ("exitKey", "leftQueue")]:
        call, _ = call_with_leg()
        call.direction = Direction.INBOUND
        Segment(call, SegmentKind.QUEUE, 100.0, queue="support").end(110.0, SegmentResult(result))
        assert outcome_of(call) == outcome
    call, _ = call_with_leg()
    call.direction = Direction.INBOUND
    assert outcome_of(call) == "notQueued"
    assert outcome_of(call, interrupted=True) == "interrupted"
    assert [failure_of(status) for status in ("BUSY", "CHANUNAVAIL", "CANCEL", "ANSWER")] == [
        "busy", "failed", "noAnswer", None,
    ]  # fmt: skip


def test_a_queue_gives_positions() -> None:
    queue = Queue("a", "support")
    _, leg = call_with_leg()
    assert queue.join(Waiting(leg, 101.0, 0), 7) == 0
    assert queue.fresh_view().waiting[0].position == 1
    left = queue.leave("1")
    assert left is not None
    assert left.joined_at == 101.0
    assert queue.leave("1") is None


def test_an_agent_settles_only_when_something_is_different() -> None:
    agent = Agent("a", "PJSIP/1001")
    assert not agent.settle(1.0)
    agent.memberships["support"] = Membership("support", "PJSIP/1001")
    assert agent.settle(2.0)
    assert not agent.settle(3.0)
    assert (agent.state, agent.since) == ("ready", 2.0)
