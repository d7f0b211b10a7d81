"""A call by which somebody is called back: what waits in the queue is no caller, and an agent who came is no talk."""

from hypothesis import given
from hypothesis import strategies as st

from cti_server.live import facts
from cti_server.live.changes import QueueKind
from cti_server.live.views import CallView
from tests.live.replaying import segment_line
from tests.live.scripts import Story

CALL = "cti-callback-7-1-ab"
NEAR, FAR = CALL, f"{CALL}-2"


def offered() -> Story:
    """The far half stands in the queue for him."""
    story = Story().member("1001").begins(NEAR, "Local/9138@cti-callback-1;1", number="13800001111", exten="9138")
    story.begins(FAR, "Local/9138@cti-callback-1;2", CALL, number="13800001111", exten="9138")
    return story.tell(facts.HangupAsked("somebody", 16)).joins(FAR, place="cti-callback,9138").after(2)


def taken(story: Story) -> Story:
    """An agent has answered."""
    story.rings("a", "1001", for_=FAR).after(1)
    return story.talk_of("1001", "a", for_=FAR).after(1)


def dialled(story: Story) -> Story:
    """The customer's phone rings."""
    story.begins("c", "PJSIP/trunk-c", CALL, state=0).dials("c", NEAR, "13800001111@trunk")
    return story.tell(facts.ChannelStateChanged(story.of("c"), 5)).after(5)


def one(story: Story) -> CallView:
    (call,) = story.calls()
    return call


def queue_results(story: Story) -> list[str | None]:
    return [part.result for part in one(story).segments if part.kind == "queue"]


def told_left(story: Story) -> list[tuple[str, str | None]]:
    return [(change.kind, change.result) for change in story.of_queues() if change.kind.startswith("queue.callerA")]


def test_no_agent_came_so_nobody_has_abandoned() -> None:
    for end in (
        offered().gives_up(FAR).leaves(FAR).ends(FAR, NEAR),
        offered().asks(FAR).gives_up(FAR).leaves(FAR).ends(FAR, NEAR),
        offered().asks(NEAR).asks(FAR).ends(FAR, NEAR),
    ):
        assert queue_results(end) == ["timedOut"]
        assert told_left(end) == []
        assert (one(end).outcome, one(end).direction, one(end).answered_at) == ("leftQueue", "outbound", None)


def test_the_customer_does_not_answer() -> None:
    for status, cause, outcome in (("NOANSWER", 19, "noAnswer"), ("BUSY", 17, "busy"), ("CHANUNAVAIL", 20, "failed")):
        story = dialled(taken(offered()))
        assert one(story).state == "delivered"
        assert story.state("1001") == "busy"
        story.dial_ends("c", status).ends("c", cause=cause).after(2).ends(NEAR, "a", FAR)
        assert one(story).outcome == outcome
        assert [segment_line(part) for part in one(story).segments] == [
            "queue support noAnswer", "ring PJSIP/1001 support answered"
        ]  # fmt: skip


def test_he_cannot_be_dialled_at_all() -> None:
    story = taken(offered()).after(2).ends(NEAR, "a", FAR)
    assert (one(story).outcome, queue_results(story)) == ("failed", ["noAnswer"])


def test_the_talk_begins_when_the_customer_is_there() -> None:
    story = dialled(taken(offered()))
    assert one(story).answered_at is None
    begins = story.at
    story.up("c").dial_ends("c", "ANSWER").bridged("b2", NEAR, "c").after(30)
    assert one(story).answered_at == begins
    assert one(story).state == "established"
    story.unbridged("b2", NEAR, "c").ends("c").unbridged("ba", FAR, "a").ends(NEAR, "a", FAR)
    call = one(story)
    assert (call.outcome, queue_results(story)) == ("answered", ["answered"])
    (talk,) = [part for part in call.segments if part.kind == "talk"]
    assert (talk.started_at, talk.ended_at, talk.queue) == (begins, begins + 30, "support")


def test_who_is_sent_to_another_queue_from_a_callback_is_a_caller_as_any_other() -> None:
    story = dialled(taken(offered())).up("c").dial_ends("c", "ANSWER").bridged("b2", NEAR, "c").after(30)
    story.unbridged("b2", NEAR, "c").joins("c", queue="sales").after(9).asks("c").gives_up("c", "sales")
    story.leaves("c", "sales").ends("c").ends(NEAR, "a", FAR)
    assert queue_results(story) == ["answered", "abandoned"]
    assert told_left(story) == [(QueueKind.CALLER_ABANDONED, "abandoned")]


@given(st.data())
def test_whatever_happens_it_is_answered_only_when_they_talked_and_abandoned_never(data: st.DataObject) -> None:
    story, legs = offered(), [FAR, NEAR]
    steps = data.draw(st.integers(0, 3))
    if steps > 0:
        legs = [*legs, "a"]
        taken(story)
    if steps > 1:
        legs = [*legs, "c"]
        dialled(story)
    if steps > 2:
        story.up("c").dial_ends("c", "ANSWER").bridged("b2", NEAR, "c").after(3)
    for leg in data.draw(st.permutations(legs)):
        if leg == FAR and steps == 0 and data.draw(st.booleans()):
            story.gives_up(FAR).leaves(FAR)
        if data.draw(st.booleans()):
            story.asks(leg)
        story.ends(leg, cause=data.draw(st.sampled_from([0, 16, 17, 19])))
    call = one(story)
    assert (call.outcome == "answered") == (steps > 2) == (call.answered_at is not None)
    assert queue_results(story) == [("timedOut", "noAnswer", "noAnswer", "answered")[steps]]
    assert told_left(story) == []
