"""Holds, consultations and transfers by redirect: one talk for the agent, and the right end of it."""

import pytest

from cti_server.live import facts
from cti_server.live.changes import CallKind
from cti_server.live.facts import TrueChannel, Truth
from cti_server.live.words import CallState, LegState, Place
from tests.live.replaying import segment_line
from tests.live.scripts import START, Story, channel


class Moved(Story):
    """An agent (leg 2) talks to a customer (leg 1) since START + 2; 1002 can be asked on leg 3."""

    def __init__(self) -> None:
        super().__init__()
        self.member("1001").incoming().joins().rings("2", "1001").after(2)
        self.talk_of("1001", "2").after(10)

    def placed(self, id_: str, place: Place, tried: str = "") -> "Moved":
        self.tell(facts.Placed(self.of(id_), place, tried, self.names["2"][0] if place is Place.HOLD else ""))
        return self

    def hold(self, agent: Place = Place.WAIT, bridge: str = "b2") -> "Moved":
        self.unbridged(bridge, "1", "2").after(0.01)
        return self.placed("1", Place.HOLD).placed("2", agent)

    def ask(self) -> "Moved":
        self.hold(Place.CONSULT)
        self.begins("3", "PJSIP/1002-3", "1", state=0).dials("3", "2", "1002").after(3).up("3")
        self.bridged("b3", "3", "2").after(20)
        return self


def lines(story: Story) -> list[str]:
    (call,) = story.calls()
    return [segment_line(segment) for segment in call.segments]


def test_a_hold_is_the_same_talk_with_held_seconds() -> None:
    story = Moved().hold()
    (call,) = story.calls()
    assert (call.state, {leg.id: leg.state for leg in call.legs}["2"]) == (CallState.HELD, LegState.HELD)
    assert {leg.id: leg.waits_for for leg in call.legs}["1"] == "PJSIP/1001-2"
    story.after(30).bridged("b4", "1", "2")
    (call,) = story.calls()
    assert call.state is CallState.ESTABLISHED
    story.after(5).ends("1", "2")
    (call,) = story.calls()
    assert lines(story)[2:] == ["talk PJSIP/1001 support cleared"]
    talk = call.segments[-1]
    assert talk.held_seconds == pytest.approx(30, abs=0.02)
    assert (talk.ended_at or 0) - talk.started_at == pytest.approx(45, abs=0.02)
    assert len(story.of_calls(CallKind.HELD)) == len(story.of_calls(CallKind.RETRIEVED)) == 1
    assert story.kept == 0


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_whoever_enters_the_bridge_first_the_hold_is_over(order: tuple[str, str]) -> None:
    story = Moved().hold().after(7).bridged("b4", *order).after(3).ends("2", "1")
    assert lines(story)[2:] == ["talk PJSIP/1001 support cleared"]
    assert story.calls()[0].segments[-1].held_seconds == pytest.approx(7, abs=0.02)


def test_the_phones_own_unhold_does_not_end_a_hold_by_redirect() -> None:
    story = Moved().hold().after(4).tell(facts.Retrieved("2")).after(4).ends("1", "2")
    assert story.calls()[0].segments[-1].held_seconds == pytest.approx(8, abs=0.02)


def test_a_customer_who_hangs_up_on_hold_ends_the_talk() -> None:
    story = Moved().hold().after(9).ends("1").after(4).ends("2")
    talk = story.calls()[0].segments[-1]
    assert (talk.ended_at or 0) - talk.started_at == pytest.approx(19, abs=0.02)
    assert segment_line(talk) == "talk PJSIP/1001 support cleared"


def test_an_agent_who_hangs_up_on_hold_ends_the_talk() -> None:
    story = Moved().hold().after(9).ends("2").after(0.1).ends("1")
    assert lines(story)[2:] == ["talk PJSIP/1001 support cleared"]
    assert story.calls()[0].segments[-1].held_seconds == pytest.approx(9, abs=0.02)


@pytest.mark.parametrize("last", ["agent", "customer"])
def test_a_consultation_that_is_completed(last: str) -> None:
    story = Moved().ask()
    (call,) = story.calls()
    assert (call.state, {leg.id: leg.state for leg in call.legs}["2"]) == (CallState.HELD, LegState.HELD)
    if last == "customer":  # the colleague goes first
        story.unbridged("b3", "3").bridged("b4", "3").bridged("b4", "1")
    else:
        story.bridged("b4", "1").unbridged("b3", "3").bridged("b4", "3")
    story.unbridged("b3", "2").after(0.1).ends("2").after(40).ends("1", "3")
    assert lines(story)[2:] == [
        "talk PJSIP/1001 support transferred",
        "ring PJSIP/1002 answered",
        "talk PJSIP/1002 cleared",
    ]
    talks = [part for part in story.calls()[0].segments if part.kind == "talk"]
    assert [part.held_seconds for part in talks] == [pytest.approx(23, abs=0.05), 0]
    assert story.kept == 0


def test_swapped_the_colleague_is_on_hold_and_completed_from_there() -> None:
    story = Moved().ask().unbridged("b3", "3", "2")
    story.tell(facts.Placed(story.of("3"), Place.HOLD, "", "PJSIP/1001-2"))
    story.placed("2", Place.WAIT).bridged("b4", "1", "2").after(6)
    (call,) = story.calls()
    assert call.state is CallState.HELD
    assert {leg.id: leg.state for leg in call.legs} == {"1": "connected", "2": "connected", "3": "held"}
    story.unbridged("b4", "1").bridged("b5", "1", "3").unbridged("b4", "2").after(0.1).ends("2").after(9).ends("3", "1")
    talks = [part for part in story.calls()[0].segments if part.kind == "talk"]
    assert [segment_line(part) for part in talks] == [
        "talk PJSIP/1001 support transferred",
        "talk PJSIP/1002 cleared",
    ]
    assert talks[1].held_seconds == pytest.approx(6, abs=0.05)


def test_a_place_that_is_told_before_the_bridge_is_left_keeps_the_talk() -> None:
    story = Moved().ask()
    story.tell(facts.Placed(story.of("3"), Place.HOLD, "", "PJSIP/1001-2")).placed("2", Place.WAIT)
    story.unbridged("b3", "3", "2").after(8).bridged("b4", "3", "2").after(1).ends("3", "2", "1")
    talk = next(part for part in story.calls()[0].segments if (part.kind, part.device) == ("talk", "PJSIP/1002"))
    assert talk.held_seconds == pytest.approx(8, abs=0.05)
    assert (talk.ended_at or 0) - talk.started_at == pytest.approx(29, abs=0.05)


def test_a_colleague_who_does_not_come_leaves_the_hold_and_says_why() -> None:
    story = Moved().hold(Place.CONSULT)
    story.begins("3", "PJSIP/1002-3", "1", state=0).dials("3", "2", "1002").after(2).dial_ends("3", "BUSY")
    story.ends("3", cause=17).placed("2", Place.WAIT, "BUSY")  # type: ignore[attr-defined]
    (call,) = story.calls()
    assert call.state is CallState.HELD
    assert {leg.id: leg.tried for leg in call.legs}["2"] == "BUSY"
    story.bridged("b4", "1", "2").after(1).ends("1", "2")
    assert [line for line in lines(story) if line.startswith("talk")] == ["talk PJSIP/1001 support cleared"]


def test_a_customer_who_hangs_up_meanwhile_leaves_a_talk_of_two_agents() -> None:
    story = Moved().ask().ends("1").after(5)
    (call,) = story.calls()
    assert call.state is CallState.ESTABLISHED
    story.ends("3", "2")
    talk = next(part for part in story.calls()[0].segments if part.kind == "talk")
    assert talk.held_seconds == pytest.approx(23, abs=0.05)
    assert (talk.ended_at or 0) - talk.started_at == pytest.approx(38, abs=0.05)


def test_a_transfer_says_that_it_is_one() -> None:
    story = Moved().unbridged("b2", "1", "2").ends("2").placed("1", Place.TRANSFER)  # type: ignore[attr-defined]
    story.begins("3", "PJSIP/1002-3", "1", state=0).dials("3", "1", "1002").after(2).up("3").bridged("b3", "3", "1")
    story.after(5).ends("3", "1")
    assert lines(story)[2:] == [
        "talk PJSIP/1001 support transferred",
        "ring PJSIP/1002 answered",
        "talk PJSIP/1002 cleared",
    ]
    assert len(story.of_calls(CallKind.TRANSFERRED)) == 1


def test_a_conference_ends_the_talks_and_begins_others() -> None:
    story = Moved().ask()
    story.placed("1", Place.ROOM).bridged("room", "1", creator="ConfBridge").unbridged("b3", "2", "3")
    for id_ in ("2", "3"):
        story.tell(facts.Placed(story.of(id_), Place.ROOM))
        story.bridged("room", id_, creator="ConfBridge")
    story.after(30).ends("2").after(10).ends("3", "1")
    kinds = [segment_line(part) for part in story.calls()[0].segments if part.device and part.kind != "ring"]
    assert [line.rsplit(" ", 1)[0] for line in kinds] == [
        "talk PJSIP/1001 support",
        "talk PJSIP/1002",
        "conference PJSIP/1001 support",
        "conference PJSIP/1002",
    ]
    held = next(part for part in story.calls()[0].segments if part.kind == "talk")
    assert held.held_seconds == pytest.approx(23, abs=0.05)


def test_after_a_lost_link_a_hold_is_seen_by_the_place_of_the_channel() -> None:
    story = Story()
    true = [
        TrueChannel(channel("1", "1", "PJSIP/trunk-1")._replace(context="cti-hold"), 6, 60.0),
        TrueChannel(channel("2", "1", "PJSIP/1001-2")._replace(context="cti-wait"), 6, 50.0),
        TrueChannel(channel("3", "3", "PJSIP/1002-3")._replace(context="cti-hold"), 6, 50.0, bridge="b"),
    ]
    story.tell(facts.ListingBegun()).tell(Truth(channels=tuple(true)))
    places = {leg.id: leg.place for call in story.calls() for leg in call.legs}
    assert places == {"1": Place.HOLD, "2": Place.WAIT, "3": None}
    assert story.at == START


def test_a_parked_call_says_where() -> None:
    story = Moved().unbridged("b2", "1").tell(facts.Parked("1", "703"))
    assert story.calls()[0].parked_in == "703"
    story.after(5).tell(facts.Unparked("1", "retrieved"))
    assert story.calls()[0].parked_in == ""
