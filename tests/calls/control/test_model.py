"""Which command is possible when, and who is who on a call."""

from dataclasses import replace

import pytest

from cti_server.calls.control.model import SENTENCES, Command, Silence, Stage, refusal, scene_of
from cti_server.live.views import CallView
from cti_server.live.words import LegRole, LegState, Place
from tests.calls.control import scenes
from tests.calls.control.scenes import AGENT, OTHER, call, customer, leg

# Command → the stages in which it is possible; in all others it is refused.
TABLE = {
    "hangup": "ringing dialling talking held asking consulting conference alone",
    "hold": "talking",
    "retrieve": "held",
    "mute": "talking held asking consulting conference",
    "dtmf": "talking consulting",
    "transfer": "talking held",
    "consult": "talking held",
    "swap": "consulting",
    "complete": "consulting",
    "cancel": "asking consulting",
    "conference": "talking held consulting",
    "members": "conference",
    "park": "talking",
}


@pytest.mark.parametrize("stage", scenes.ALL)
@pytest.mark.parametrize("command", list(Command))
def test_a_command_is_possible_in_its_stages_and_refused_by_code_in_all_others(command: Command, stage: str) -> None:
    scene = scene_of(scenes.ALL[stage], AGENT)
    assert scene is not None
    assert scene.stage == stage
    code = refusal(scene, command)
    assert (code == "") == (stage in TABLE[command].split())
    assert code == "" or code in SENTENCES


def test_both_sides_of_a_consultation_are_told_apart_swapped_or_not() -> None:
    for view in (scenes.CONSULTING, scenes.SWAPPED):
        scene = scene_of(view, AGENT)
        assert scene is not None
        assert scene.stage is Stage.CONSULTING
        assert scene.colleague is not None
        assert scene.colleague.device == OTHER
    swapped = scene_of(scenes.SWAPPED, AGENT)
    assert swapped is not None
    assert swapped.held is swapped.colleague


def test_the_colleague_who_was_asked_just_talks() -> None:
    # Also after swapping back and forth, when nothing but the hold itself tells who is whose.
    for view in (scenes.CONSULTING, call(customer(Place.HOLD), leg(1, AGENT), leg(2, OTHER))):
        scene = scene_of(view, OTHER)
        assert scene is not None
        assert scene.stage is Stage.TALKING
        assert scene.other is not None
        assert scene.other.device == AGENT


def test_the_colleague_on_hold_can_only_hang_up() -> None:
    scene = scene_of(scenes.SWAPPED, OTHER)
    assert scene is not None
    assert [command for command in Command if not refusal(scene, command)] == [Command.HANGUP]


def test_after_a_lost_link_a_hold_is_his_who_waits() -> None:
    unknown = replace(customer(Place.HOLD), waits_for="")
    view = call(unknown, leg(1, AGENT, place=Place.WAIT), leg(2, OTHER))
    mine, his = scene_of(view, AGENT), scene_of(view, OTHER)
    assert mine is not None
    assert his is not None
    assert (mine.held, his.held) == (unknown, None)


@pytest.mark.parametrize(
    "view",
    [
        replace(scenes.TALKING, ended_at=200.0),
        call(customer(), leg(2, OTHER)),
        call(customer(), replace(leg(1, AGENT), state=LegState.CLEARED)),
        call(customer(), leg(1, AGENT, role=LegRole.SYSTEM)),
    ],
)
def test_without_a_living_leg_it_is_not_his_call(view: CallView) -> None:
    assert scene_of(view, AGENT) is None


def test_a_spy_is_no_other_side() -> None:
    scene = scene_of(call(leg(1, AGENT), leg(3, "PJSIP/1009", role=LegRole.SYSTEM)), AGENT)
    assert scene is not None
    assert scene.stage is Stage.ALONE


def test_a_hold_by_the_phones_own_key_is_not_doubled() -> None:
    scene = scene_of(call(customer(), leg(1, AGENT, state=LegState.HELD)), AGENT)
    assert scene is not None
    assert refusal(scene, Command.HOLD) == "held_by_phone"


def test_a_leg_that_is_gone_is_muted_no_longer() -> None:
    silence = Silence({"a", "b"}, {"a"})
    silence.forget("a")
    assert (silence.muted, silence.listen_only) == ({"b"}, set())
