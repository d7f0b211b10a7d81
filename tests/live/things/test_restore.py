"""Open calls from the database after a restart of the server."""

from cti_server.live.facts import Held, LinkLost, Retrieved, Truth
from tests.live.replaying import Replay, listing, segment_line, talk
from tests.live.scripts import Story
from tests.live.test_resync import MEMBER, true


def test_restored_calls_are_the_same_and_go_on() -> None:
    first = Replay().feed(talk("22/s15_reconnect_midcall_1"))
    again = Replay()
    again.pbx.restore(first.pbx.calls.values())
    assert [(c.id, c.legs, c.segments) for c in again.pbx.calls.values()] == [
        (c.id, c.legs, c.segments) for c in first.pbx.calls.values()
    ]
    assert [who.joined_at for who in again.pbx.queues["sales"].waiting] == [
        who.joined_at for who in first.pbx.queues["sales"].waiting
    ]
    events = talk("22/s15_reconnect_midcall_2")
    again.apply(listing("22/s15_reconnect_midcall_2"), events[0][1])
    again.feed(events)
    assert [[segment_line(s) for s in call.segments] for call in again.calls()] == [
        ["queue sales answered", "ring PJSIP/1001 sales answered", "talk PJSIP/1001 sales cleared"],
        ["queue sales abandoned", "ring PJSIP/1001 sales rejected"],
    ]
    assert again.calls()[0].exact
    assert again.kept == 0


def test_restored_calls_that_ended_meanwhile_were_interrupted() -> None:
    first = Replay().feed(talk("22/s15_reconnect_midcall_1"))
    again = Replay()
    again.pbx.restore(first.pbx.calls.values())
    again.apply(Truth(), first.calls()[0].started_at + 100)
    assert [call.outcome for call in again.calls()] == ["interrupted", "interrupted"]
    assert again.kept == 0


def test_a_held_call_is_still_held() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").talk_of("1001", "2").after(10).tell(Held("2"))
    again = Story()
    again.names, again.at = story.names, story.at
    again.pbx.restore(story.pbx.calls.values())
    channels = (true("1", "PJSIP/trunk-1", bridge="b2"), true("2", "PJSIP/1001-2", bridge="b2"))
    again.after(4).tell(Truth(channels=channels, queues=("support",), members=(MEMBER,)))
    assert again.calls()[0].state == "held"
    assert again.state("1001") == "busy"
    again.after(3).tell(Retrieved("2"))
    assert again.calls()[0].segments[-1].held_seconds == 3


def test_calls_of_another_pbx_and_calls_that_are_over_are_left_alone() -> None:
    story = Story().incoming()
    (open_,) = story.pbx.calls.values()
    story.ends("1")
    again = Story()
    again.pbx.restore(story.over.values())
    assert not again.pbx.calls
    again.pbx.restore([open_])
    again.pbx.restore([open_])
    assert list(again.pbx.calls) == ["a:1"]
    assert again.tell(LinkLost("x")).pbx.calls["a:1"] == open_


def test_agents_on_restored_calls_have_no_state_since_1970() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").talk_of("1001", "2").after(10)
    again = Story()
    again.at = story.at
    again.pbx.restore(story.pbx.calls.values())
    channels = (true("1", "PJSIP/trunk-1", bridge="b2"), true("2", "PJSIP/1001-2", bridge="b2"))
    again.tell(Truth(channels=channels, queues=("support",), members=(MEMBER,)))
    (change,) = again.of_agents("PJSIP/1001")
    assert (change.kind, change.before, change.before_since) == ("agent.busy", "loggedOff", again.at)
