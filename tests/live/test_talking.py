"""Who talks with whom: holds, transfers, conferences, parking, spies, and calls that are joined."""

import pytest

from cti_server.live import facts
from cti_server.live.changes import CallKind
from tests.live.replaying import segment_line
from tests.live.scripts import Story


def talking() -> Story:
    story = Story().member("1001").member("1002", "sales").incoming().joins()
    return story.rings("2", "1001").after(2).talk_of("1001", "2").after(10)


def lines(story: Story, linked: str = "1") -> list[str]:
    (call,) = [call for call in story.calls() if call.linkedid == linked]
    return [segment_line(segment) for segment in call.segments]


def test_established_is_told_once_when_both_are_bridged() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").up("2").bridged("b", "2")
    assert not story.of_calls(CallKind.ESTABLISHED)
    story.bridged("b", "1")
    (change,) = story.of_calls(CallKind.ESTABLISHED)
    assert (change.leg_id, change.device, change.call.state) == ("2", "PJSIP/1001", "established")
    assert change.call.answered_at == story.at


def test_holds_add_up_and_an_unhold_without_a_hold_is_nothing() -> None:
    story = talking().tell(facts.Retrieved("2"))
    for seconds in (3, 4.5):
        story.after(1).tell(facts.Held("2")).tell(facts.Held("2"))
        assert story.calls()[0].state == "held"
        story.after(seconds).tell(facts.Retrieved("2"))
    assert story.calls()[0].segments[-1].held_seconds == pytest.approx(7.5)
    assert len(story.of_calls(CallKind.HELD)) == len(story.of_calls(CallKind.RETRIEVED)) == 2
    story.after(1).tell(facts.Held("2")).after(2).ends("2", "1")
    assert story.calls()[0].segments[-1].held_seconds == pytest.approx(9.5)


def test_a_blind_transfer_into_a_queue() -> None:
    story = talking().tell(facts.Transferred(("2",), "1", attended=False)).unbridged("b2", "2", "1").ends("2")
    story.joins(queue="sales", place="c,4001").after(1).rings("3", "1002", queue="sales").after(1)
    story.talk_of("1002", "3", queue="sales").after(5).ends("3", "1")
    assert lines(story)[2:] == [
        "talk PJSIP/1001 support transferred",
        "queue sales answered",
        "ring PJSIP/1002 sales answered",
        "talk PJSIP/1002 sales cleared",
    ]
    (told,) = story.of_calls(CallKind.TRANSFERRED)
    assert (told.device, told.call.id) == ("PJSIP/1001", "a:1")
    assert story.calls()[0].queue == "sales"


def test_a_consultation_is_joined_into_the_call() -> None:
    story = talking().tell(facts.Held("2")).begins("7", "PJSIP/1001-7", number="1001", exten="1002")
    story.begins("8", "PJSIP/1002-8", "7", state=0).dials("8", "7", "1002").after(2).up("8").up("7")
    story.bridged("c", "8", "7").after(5)
    assert story.pbx.agents["PJSIP/1001"].call_ids == ("a:1", "a:7")
    story.unbridged("c", "8").unbridged("b2", "2")
    story.names["8"] = ("PJSIP/1002-8", "1")
    story.bridged("b2", "8").tell(facts.Transferred(("2", "7"), "1", attended=True))
    story.ends("2").unbridged("c", "7").ends("7").after(20).ends("1", "8")
    assert lines(story)[2:] == ["talk PJSIP/1001 support transferred", "talk PJSIP/1002 cleared"]
    assert lines(story, "7") == [
        "ring PJSIP/1002 answered",
        "talk PJSIP/1002 transferred",
        "talk PJSIP/1001 transferred",
    ]
    consultation = story.over["a:7"]
    assert (consultation.outcome, consultation.merged_into) == ("merged", "a:1")
    assert story.over["a:1"].segments[2].held_seconds == pytest.approx(7)
    assert story.kept == 0


def test_a_customer_who_is_joined_into_an_older_internal_call_stays_the_customer() -> None:
    story = Story().member("1001").begins("0", "PJSIP/1002-0", number="1002", exten="1001")
    story.begins("5", "PJSIP/1001-5", "0", state=0).dials("5", "0", "1001").up("5").bridged("i", "5", "0").after(3)
    story.incoming().joins().rings("2", "1001").talk_of("1001", "2").after(4)
    story.names["1"] = ("PJSIP/trunk-1", "0")
    story.bridged("i", "1").ends("2", "5").after(9).ends("1", "0")
    internal, inbound = story.over["a:0"], story.over["a:1"]
    assert (internal.direction, internal.number, internal.outcome) == ("inbound", "13800001111", "answered")
    assert (inbound.outcome, inbound.merged_into) == ("merged", "a:0")
    assert lines(story)[0] == "queue support answered"


def test_three_parties_are_a_conference() -> None:
    story = talking().begins("3", "PJSIP/1002-3", "1", state=0).dials("3", "2", "1002").up("3").bridged("b2", "3")
    (told,) = story.of_calls(CallKind.CONFERENCED)
    assert told.call.id == "a:1"


def test_a_parked_call_is_taken_by_another() -> None:
    story = talking().unbridged("b2", "1").tell(facts.Parked("1")).bridged("p", "1", creator="Parking").after(30)
    assert story.calls()[0].state == "held"
    story.tell(facts.Parked("1")).begins("3", "PJSIP/1002-3", exten="701").up("3").tell(
        facts.Unparked("1", "retrieved")
    )
    story.unbridged("p", "1").bridged("d", "1")
    story.names["3"] = ("PJSIP/1002-3", "1")
    story.bridged("d", "3").after(5).ends("3", "1", "2")
    assert lines(story)[2:] == ["talk PJSIP/1001 support redirected", "park answered", "talk PJSIP/1002 cleared"]


def test_a_spy_is_no_party() -> None:
    story = talking().begins("9", "PJSIP/1004-9", state=0).dials("9", None, "1004").up("9").tell(facts.SpyBegan("9"))
    spy = next(call for call in story.calls() if call.linkedid == "9")
    assert [leg.role for leg in spy.legs] == ["system"]
    story.after(60).ends("9")
    assert story.over["a:9"].outcome == "notQueued"
    assert not [segment for segment in story.over["a:9"].segments if segment.kind == "talk"]
    assert story.pbx.agents["PJSIP/1004"].call_ids == ()


def test_a_forwarding_to_a_mobile_is_answered_by_nobody_of_ours() -> None:
    story = Story().incoming().begins("2", "PJSIP/trunk-2", "1", state=0).dials("2", "1", "13900009999@trunk")
    story.up("2").bridged("b", "2", "1").after(9).ends("2", "1")
    (call,) = story.calls()
    assert (call.direction, call.number, call.outcome, call.answered_at) == ("inbound", "13800001111", "answered", None)


@pytest.mark.parametrize("number", ["", "anonymous", "Anonymous", "<unknown>", "unknown", "restricted"])
def test_withheld_numbers(number: str) -> None:
    (call,) = Story().incoming(number=number).calls()
    assert (call.withheld, call.number) == (True, "")


def test_a_lost_bridge_leave_is_made_up() -> None:
    story = talking().tell(facts.BridgeGone("b2"))
    assert lines(story)[-1] == "talk PJSIP/1001 support cleared"


def test_times_never_run_backwards() -> None:
    story = talking()
    story.at -= 300
    story.ends("2", "1")
    for segment in story.calls()[0].segments:
        assert segment.ended_at is not None
        assert segment.ended_at >= segment.started_at
