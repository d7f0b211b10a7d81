"""Rings: told once, to whom, for which queue, and how they end."""

import pytest

from cti_server.live import facts
from cti_server.live.changes import CallKind
from tests.live.replaying import segment_line
from tests.live.scripts import Story


def lines(story: Story, n: int = 0) -> list[str]:
    return [segment_line(segment) for segment in story.calls()[n].segments]


def test_delivered_is_told_once_whatever_reports_it_first() -> None:
    for first_dial in (True, False):
        story = Story().member("1001").incoming().joins()
        story.begins("2", "PJSIP/1001-2", "1", state=0)
        called = facts.AgentCalled(story.of("1"), story.of("2"), "support", "PJSIP/1001")
        dialled = facts.DialBegan(story.of("1"), story.of("2"), "PJSIP/1001")
        for fact in [dialled, called] if first_dial else [called, dialled]:
            story.tell(fact)
        story.tell(facts.ChannelStateChanged(story.of("2"), 5))
        (delivered,) = story.of_calls(CallKind.DELIVERED)
        assert (delivered.leg_id, delivered.device, delivered.call.state) == ("2", "PJSIP/1001", "delivered")
        assert lines(story) == ["queue support open", "ring PJSIP/1001 support open"]
        assert story.state("1001") == "alerting"


def test_a_group_call_rings_all_and_one_takes_it() -> None:
    story = Story().member("1001").member("1002").member("1003").incoming().joins()
    story.rings("2", "1001").rings("3", "1002").rings("4", "1003").after(3)
    story.up("3").dial_ends("3", "ANSWER").dial_ends("2", "CANCEL").dial_ends("4", "CANCEL")
    story.ends("2", cause=26).ends("4", cause=26)
    assert [change.device for change in story.of_calls(CallKind.DELIVERED)] == [f"PJSIP/100{n}" for n in (1, 2, 3)]
    assert [change.device for change in story.of_calls(CallKind.RING_ENDED)] == ["PJSIP/1001", "PJSIP/1003"]
    story.talk_of("1002", "3")
    assert lines(story) == [
        "queue support answered",
        "ring PJSIP/1001 support elsewhere",
        "ring PJSIP/1002 support answered",
        "ring PJSIP/1003 support elsewhere",
        "talk PJSIP/1002 support open",
    ]
    (established,) = story.of_calls(CallKind.ESTABLISHED)
    assert established.device == "PJSIP/1002"
    assert story.pbx.agents["PJSIP/1002"].call_ids == ("a:1",)


@pytest.mark.parametrize(
    ("cause", "result", "outcome"),
    [(17, "rejected", "busy"), (21, "rejected", "noAnswer"), (19, "noAnswer", "noAnswer")],
)
def test_a_refusal_reads_noanswer_until_its_cause_comes(cause: int, result: str, outcome: str) -> None:
    story = Story().incoming().rings("2", "1001", queue="")
    story.dial_ends("2", "NOANSWER").dial_ends("2", "NOANSWER")
    story.ends("2", cause=cause).ends("1")
    assert lines(story) == [f"ring PJSIP/1001 {result}"]
    assert len(story.of_calls(CallKind.RING_ENDED)) == 1


def test_a_queue_rings_again_after_a_refusal() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").after(1)
    story.asks("2", cause=17).dial_ends("2", "NOANSWER").tell(facts.AgentMissed("2")).ends("2", cause=17)
    assert story.state("1001") == "ready"
    story.after(5).rings("3", "1001").after(2).talk_of("1001", "3")
    assert lines(story)[1:3] == ["ring PJSIP/1001 support rejected", "ring PJSIP/1001 support answered"]


def test_a_pickup_ends_the_ring_elsewhere_and_the_talk_is_the_pickers() -> None:
    story = Story().member("1001").member("1002").incoming().joins().rings("2", "1001").after(2)
    story.begins("9", "PJSIP/1002-9", exten="*8").up("9")
    story.tell(facts.ChannelRenamed("9", "PJSIP/1002-9<MASQ>"))
    story.tell(facts.ChannelRenamed("2", "PJSIP/1002-9"))
    story.tell(facts.ChannelRenamed("9", "PJSIP/1001-2<ZOMBIE>"))
    story.names["2"] = ("PJSIP/1002-9", "1")
    story.ends("9").talk_of("1002", "2").after(10).ends("2", "1")
    picked, picker = (next(call for call in story.calls() if call.linkedid == id_) for id_ in ("1", "9"))
    assert [segment_line(segment) for segment in picked.segments] == [
        "queue support answered",
        "ring PJSIP/1001 support elsewhere",
        "talk PJSIP/1002 support cleared",
    ]
    assert (picker.outcome, picker.merged_into, picked.outcome) == ("merged", "a:1", "answered")
    assert [change.device for change in story.of_calls(CallKind.RING_ENDED)] == ["PJSIP/1001"]
    assert story.kept == 0


def test_a_forwarded_ring_goes_on_at_the_other_device() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").after(1)
    story.begins("3", "Local/1002@agents-3;1", "1", state=0).begins("4", "Local/1002@agents-3;2", "1", state=4)
    story.tell(facts.DialEnded("2", "CANCEL", forwarded=True)).dials("3", "1", "Local/1002@agents").ends("2")
    story.begins("5", "PJSIP/1002-5", "1", state=0).dials("5", "4", "1002")
    assert lines(story) == [
        "queue support open",
        "ring PJSIP/1001 support redirected",
        "ring PJSIP/1002 support open",
    ]


def test_a_member_behind_a_local_channel_is_its_real_device() -> None:
    story = Story()
    story.member("Local/1001@agents/n", state_interface="PJSIP/1001").incoming().joins()
    story.begins("2", "Local/1001@agents-2;1", "1", state=0).begins("3", "Local/1001@agents-2;2", "1", state=4)
    story.tell(facts.AgentCalled(story.of("1"), story.of("2"), "support", "Local/1001@agents/n"))
    story.dials("2", "1").begins("4", "PJSIP/1001-4", "1", state=0).dials("4", "3", "1001").after(2)
    story.up("4").dial_ends("4", "ANSWER").up("2").dial_ends("2", "ANSWER").leaves()
    story.tell(facts.AgentConnected("1", "2", "support"))
    story.bridged("b", "2", "1").bridged("c", "4", "3").after(5)
    assert lines(story) == [
        "queue support answered",
        "ring PJSIP/1001 support answered",
        "talk PJSIP/1001 support open",
    ]
    assert [change.device for change in story.of_calls(CallKind.DELIVERED, CallKind.ESTABLISHED)] == ["PJSIP/1001"] * 2
    assert set(story.pbx.agents) == {"PJSIP/1001"}
    # The pair optimises away: the talk is one and the same.
    story.unbridged("c", "4").unbridged("b", "2").bridged("b", "4").ends("2", "3").after(5).ends("4", "1")
    assert lines(story)[2:] == ["talk PJSIP/1001 support cleared"]
    assert story.calls()[0].segments[2].ended_at == story.at


def test_a_mobile_phone_behind_a_local_channel_is_one_agent_with_one_ring() -> None:
    story = Story()
    story.member("Local/13900@out/n").incoming().joins()
    story.begins("2", "Local/13900@out-2;1", "1", state=0).begins("3", "Local/13900@out-2;2", "1", state=4)
    story.tell(facts.AgentCalled(story.of("1"), story.of("2"), "support", "Local/13900@out/n")).dials("2", "1")
    story.begins("4", "PJSIP/trunk-4", "1", state=0).dials("4", "3", "13900@trunk").up("4").dial_ends("4", "ANSWER")
    story.up("2").dial_ends("2", "ANSWER").leaves().tell(facts.AgentConnected("1", "2", "support"))
    story.bridged("c", "4", "3").bridged("b", "2", "1").after(3).ends("4", "3", "2", "1")
    assert [line for line in lines(story) if line.startswith("ring")] == ["ring Local/13900@out/n support answered"]
    assert [line for line in lines(story) if line.startswith("talk")] == ["talk Local/13900@out/n support cleared"]
    assert story.calls()[0].direction == "inbound"


def test_whom_a_queue_rings_is_an_agent_whatever_his_device_is_called() -> None:
    story = Story().incoming().joins().begins("2", "SIP/anna-2", "1", state=0)
    story.tell(facts.AgentCalled(story.of("1"), story.of("2"), "support", "SIP/anna"))
    assert lines(story) == ["queue support open", "ring SIP/anna support open"]
    assert story.calls()[0].legs[1].role == "agent"


def test_dial_of_several_devices_without_a_queue() -> None:
    story = Story().incoming()
    story.begins("2", "PJSIP/1001-2", "1", state=0).begins("3", "PJSIP/1002-3", "1", state=0)
    story.dials("2", "1", "1001").dials("3", "1", "1002").after(4)
    story.asks("1").dial_ends("2", "CANCEL").dial_ends("3", "CANCEL").ends("2", "3", "1", cause=0)
    assert lines(story) == ["ring PJSIP/1001 abandoned", "ring PJSIP/1002 abandoned"]
    assert story.calls()[0].outcome == "noAnswer"


def test_a_busy_trunk_makes_an_outbound_call_busy() -> None:
    story = Story().begins("1", "PJSIP/1001-1", number="1001", exten="913700003333")
    assert story.calls()[0].direction == "internal"
    story.begins("2", "PJSIP/trunk-2", "1", state=0).dials("2", "1", "13700003333@trunk")
    assert (story.calls()[0].direction, story.calls()[0].number) == ("outbound", "13700003333")
    assert story.calls()[0].dialled == "913700003333"
    story.dial_ends("2", "BUSY").ends("2", "1", cause=17)
    assert story.calls()[0].outcome == "busy"
