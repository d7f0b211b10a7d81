"""Lost links, restarts of the PBX, and the comparison with what it lists."""

from cti_server.live import facts
from cti_server.live.changes import LinkChanged
from cti_server.live.facts import Channel, MemberSeen, TrueChannel, TrueEntry, Truth
from tests.live.replaying import segment_line
from tests.live.scripts import Story

MEMBER = MemberSeen("support", "PJSIP/1001", "PJSIP/1001", "Alice", 0, 1, False, "")


def true(
    id_: str, name: str, linked: str = "1", state: int = 6, seconds: float = 60, bridge: str = "", **more: str
) -> TrueChannel:
    channel = Channel(name, number=more.pop("number", ""), id=id_, linkedid=linked)
    return TrueChannel(channel, state, seconds, bridge, **more)  # type: ignore[arg-type]


def talking() -> Story:
    story = Story().member("1001").incoming().joins().rings("2", "1001").talk_of("1001", "2").after(10)
    return story


def test_a_lost_link_keeps_the_views_and_says_since_when() -> None:
    story = talking()
    story.tell(Truth(version="22.1"))
    story = talking().tell(facts.LinkLost("silent"))
    assert len(story.pbx.calls) == 1
    assert (story.pbx.link.up, story.pbx.link.reason, story.pbx.link.since) == (False, "silent", story.at)
    story.after(5).tell(facts.LinkLost("refused"))
    assert [c.link.reason for c in story.changes if isinstance(c, LinkChanged)] == ["silent"]
    story.tell(Truth(queues=("support",), members=(MEMBER,), version="22.1"))
    assert (story.pbx.link.up, story.pbx.link.version) == (True, "22.1")


def test_calls_that_are_gone_were_interrupted_when_the_link_was_lost() -> None:
    story = talking().tell(facts.LinkLost("reset")).after(30)
    lost = story.at - 30
    story.tell(Truth(queues=("support",)))
    (call,) = story.calls()
    assert (call.outcome, call.exact, call.ended_at) == ("interrupted", False, lost)
    assert [segment_line(s) for s in call.segments][-1] == "talk PJSIP/1001 support interrupted"
    assert call.segments[-1].exact is False
    assert call.segments[0].exact is True
    assert story.state("1001") == "loggedOff"
    assert story.kept == 0


def test_two_hundred_calls_and_five_hundred_members_after_a_restart() -> None:
    story = Story()
    for n in range(500):
        story.member(f"{1000 + n}", f"q{n % 50}")
    for n in range(200):
        id_ = f"c{n}"
        story.incoming(id_).joins(id_, f"q{n % 50}").rings(f"a{n}", f"{1000 + n}", id_, f"q{n % 50}")
        story.talk_of(f"{1000 + n}", f"a{n}", id_, f"q{n % 50}")
    story.tell(facts.PbxStopped()).tell(facts.LinkLost("reset")).after(8).tell(Truth())
    assert {call.outcome for call in story.calls()} == {"interrupted"}
    assert len(story.over) == 200
    assert {agent.state for agent in story.pbx.agents.values()} == {"loggedOff"}
    assert story.kept == 0


def test_unknown_channels_become_calls_with_what_the_lists_tell() -> None:
    story = Story()
    story.tell(
        Truth(
            channels=(
                true("1", "PJSIP/trunk-1", "1", 6, 62, "b", application="Queue", app_data="support", number="138"),
                true("2", "PJSIP/1001-2", seconds=50, bridge="b", application="AppQueue"),
                true("3", "PJSIP/trunk-3", "3", seconds=30, application="Queue", app_data="support", number="139"),
                true("4", "PJSIP/1002-4", "3", state=5, seconds=5, application="AppQueue"),
            ),
            queues=("support", "sales"),
            members=(MEMBER,),
            entries=(TrueEntry("support", "3", 1, 28.0),),
        )
    )  # fmt: skip
    talk, wait = story.calls()
    assert not talk.exact
    assert (talk.state, talk.number, talk.direction) == ("established", "138", "inbound")
    assert [segment_line(s) for s in talk.segments] == ["talk PJSIP/1001 support open"]
    assert talk.segments[0].started_at == story.at - 50
    assert story.pbx.queues["support"].waiting[0].joined_at == story.at - 28
    assert sorted(segment_line(s) for s in wait.segments) == ["queue support open", "ring PJSIP/1002 support open"]
    assert not any(segment.exact for segment in (*talk.segments, *wait.segments))
    assert story.state("1001") == "busy"
    assert set(story.pbx.queues) == {"support", "sales"}


def test_pauses_and_log_ons_of_a_list_tell_their_own_times() -> None:
    story = Story()
    at = int(story.at)
    paused = MemberSeen(
        "support", "PJSIP/1001", "PJSIP/1001", "Alice", 0, 1, True, "lunch", last_pause=at - 600, login_time=at - 7200
    )
    ready = MemberSeen("support", "PJSIP/1002", "PJSIP/1002", "Bob", 0, 1, False, "", login_time=at - 3600)
    story.tell(Truth(queues=("support",), members=(paused, ready)))
    alice, bob = story.pbx.agents["PJSIP/1001"], story.pbx.agents["PJSIP/1002"]
    assert (alice.state, alice.reason, alice.since) == ("notReady", "lunch", at - 600)
    assert (bob.state, bob.since) == ("ready", at - 3600)


def test_a_known_state_keeps_its_beginning() -> None:
    story = talking().after(600)
    since = story.pbx.agents["PJSIP/1001"].since
    channels = (true("1", "PJSIP/trunk-1", bridge="b2"), true("2", "PJSIP/1001-2", bridge="b2"))
    story.tell(Truth(channels=channels, queues=("support",), members=(MEMBER,), devices={"PJSIP/1001": "INUSE"}))
    assert story.pbx.agents["PJSIP/1001"].since == since
    assert not [change for change in story.changes[-3:] if getattr(change, "call", None) and change.at == story.at]


def test_what_events_tell_while_the_lists_are_read_is_newer() -> None:
    story = talking().tell(facts.ListingBegun())
    lists = Truth(
        channels=(true("1", "PJSIP/trunk-1", bridge="b2"), true("2", "PJSIP/1001-2", bridge="b2")),
        queues=("support",),
        members=(MEMBER,),
        devices={"PJSIP/1001": "INUSE", "PJSIP/1003": "UNAVAILABLE"},
    )
    story.ends("2", "1").tell(facts.DeviceChanged("PJSIP/1001", "NOT_INUSE"))
    story.member("1001", paused=True, reason="acw").member("1003", status=1)
    story.tell(facts.DeviceChanged("PJSIP/1003", "NOT_INUSE"))
    story.incoming("5", number="139").joins("5")
    story.tell(lists)
    assert set(story.pbx.calls) == {"a:5"}
    assert story.over["a:1"].outcome == "answered"
    assert [who.leg_id for who in story.pbx.queues["support"].waiting] == ["5"]
    assert (story.state("1001"), story.state("1003")) == ("workingAfterCall", "ready")


def test_a_hangup_that_was_lost_does_not_undo_an_answered_call() -> None:
    story = talking().asks("1").unbridged("b2", "1", "2").ends("2").after(40)
    story.tell(Truth(queues=("support",), members=(MEMBER,)))
    assert (story.calls()[0].outcome, story.calls()[0].exact) == ("answered", False)


def test_holds_stay_as_they_were() -> None:
    story = talking().tell(facts.Held("2")).after(5).tell(facts.LinkLost("x")).after(5)
    channels = (true("1", "PJSIP/trunk-1", bridge="b2"), true("2", "PJSIP/1001-2", bridge="b2"))
    story.tell(Truth(channels=channels, queues=("support",), members=(MEMBER,)))
    assert story.calls()[0].state == "held"
    story.after(5).tell(facts.Retrieved("2"))
    assert story.calls()[0].segments[-1].held_seconds == 15


def test_lists_that_were_refused_correct_nothing() -> None:
    story = talking().tell(Truth(unknown=frozenset({"queues", "parked"})))
    assert story.state("1001") == "busy" or story.pbx.agents["PJSIP/1001"].memberships
    assert story.pbx.queues["support"].members == ("PJSIP/1001",)


def test_clocks_that_differ() -> None:
    story = Story()
    member = MemberSeen(
        "support", "PJSIP/1001", "PJSIP/1001", "A", 0, 1, True, "lunch", last_pause=int(story.at) - 300 - 60
    )
    story.tell(Truth(queues=("support",), members=(member,), pbx_time=story.at - 300))
    assert story.pbx.clock_offset == 300
    assert story.pbx.agents["PJSIP/1001"].since == int(story.at) - 60
