"""The life of a channel."""

from cti_server.live import facts
from cti_server.live.changes import CallKind
from tests.live.scripts import START, Story


def test_a_beginning_that_comes_late_completes_what_was_found_out() -> None:
    story = Story().begins("0", "PJSIP/other-0")
    story.names["1"] = ("PJSIP/trunk-1", "1")
    story.at += 0.4
    story.up("1")
    (found,) = [call for call in story.calls() if call.linkedid == "1"]
    assert (found.exact, found.number) == (False, "")
    story.numbers["1"] = "138"
    story.apply(facts.ChannelBegan(story.of("1"), 4, "4000"), START + 0.1)
    (call,) = [call for call in story.calls() if call.linkedid == "1"]
    assert (call.number, call.dialled, call.started_at, call.direction) == ("138", "4000", START + 0.1, "inbound")
    assert len(story.of_calls(CallKind.ORIGINATED)) == 2


def test_the_dialplan_may_correct_the_number_until_somebody_answers() -> None:
    story = Story().incoming(number="")
    story.numbers["1"] = "13800001111"
    story.tell(facts.CallerIdChanged(story.of("1")))
    assert (story.calls()[0].number, story.calls()[0].withheld) == ("13800001111", False)
    story.member("1001").joins().rings("2", "1001").talk_of("1001", "2")
    story.numbers["1"] = "1001"
    story.tell(facts.CallerIdChanged(story.of("1")))
    assert story.calls()[0].number == "13800001111"


def test_an_originated_call_shows_whom_it_is_for() -> None:
    story = Story().begins("1", "PJSIP/1001-1", state=0, number="1001", exten="s")
    story.tell(facts.DialBegan(None, story.of("1"), "1001", connected_number="13700003333"))
    (delivered,) = story.of_calls(CallKind.DELIVERED)
    assert (delivered.call.number, delivered.device) == ("13700003333", "PJSIP/1001")
    story.after(2).dial_ends("1", "ANSWER").begins("2", "PJSIP/trunk-2", "1", state=0)
    story.tell(facts.DialBegan(story.of("1"), story.of("2"), "13700003333@trunk"))
    story.tell(facts.ChannelStateChanged(story.of("2"), 5))
    assert (story.calls()[0].state, story.calls()[0].direction) == ("delivered", "outbound")
    story.after(5).up("2").bridged("b", "2", "1").after(5).ends("2", "1")
    assert story.calls()[0].outcome == "answered"


def test_every_leg_tells_its_end_and_the_last_one_that_of_the_call() -> None:
    story = Story().incoming().begins("2", "PJSIP/1001-2", "1", state=0).ends("2", cause=20).ends("1", cause=20)
    ends = [c.kind for c in story.of_calls() if c.kind in (CallKind.CONNECTION_CLEARED, CallKind.CLEARED)]
    assert ends == ["call.connectionCleared", "call.connectionCleared", "call.cleared"]
    assert [leg.cause for leg in story.calls()[0].legs] == [20, 20]
    assert story.calls()[0].outcome == "failed"
