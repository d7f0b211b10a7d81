"""Whose channel is meant, and how a session goes on."""

import pytest

from cti_server.core.errors import BadInput, Conflict
from cti_server.live.words import LegRole, LegState
from cti_server.monitoring.model import (
    EndReason,
    Mode,
    Session,
    State,
    agents_legs,
    channel_id,
    checked_text,
    is_engaged,
    living_leg,
    other_party,
    session_json,
    talking_leg,
)
from tests.monitoring.people import CUSTOMER, Staff, call, leg

ONE, TWELVE = leg("PJSIP/1001", 1), leg("PJSIP/10012", 2)
SESSION = Session(
    "s1", "main", 9, "PJSIP/1005", 1, "PJSIP/1001", "north", "support", "main:1700.0", "1700.1", "spy", Mode.LISTEN,
    False, 100.0,
)  # fmt: skip


def test_a_device_is_meant_whole() -> None:
    calls = {"a": call(CUSTOMER, TWELVE, id="main:a"), "b": call(CUSTOMER, ONE, id="main:b")}
    for device, wanted in (("PJSIP/1001", ONE), ("PJSIP/10012", TWELVE)):
        found = talking_leg(calls, "main", device)
        assert found is not None
        assert found[1].channel == wanted.channel
    assert talking_leg(calls, "main", "PJSIP/100") is None
    assert talking_leg(calls, "other", "PJSIP/1001") is None


@pytest.mark.parametrize(
    "silent",
    [
        leg("PJSIP/1001", state=LegState.ALERTING),
        leg("PJSIP/1001", state=LegState.CLEARED, ended_at=1.0),
        leg("PJSIP/1001", role=LegRole.SYSTEM),
    ],
)
def test_who_rings_has_hung_up_or_only_listens_does_not_talk(silent) -> None:  # type: ignore[no-untyped-def]
    assert talking_leg({"a": call(silent)}, "main", "PJSIP/1001") is None


def test_of_two_calls_the_one_that_is_not_held_is_meant() -> None:
    held = call(leg("PJSIP/1001", 5, state=LegState.HELD), id="main:a")
    active = call(leg("PJSIP/1001", 3), id="main:b")
    for calls in ({"a": held, "b": active}, {"b": active, "a": held}):
        found = talking_leg(calls, "main", "PJSIP/1001")
        assert found is not None
        assert found[0].id == "main:b"


def test_the_other_party_is_exactly_one() -> None:
    assert other_party(call(CUSTOMER, ONE), ONE.id) is CUSTOMER
    spy = leg("PJSIP/1005", 7, LegRole.SYSTEM)
    assert other_party(call(CUSTOMER, ONE, spy), ONE.id) is CUSTOMER
    with pytest.raises(Conflict) as several:
        other_party(call(CUSTOMER, ONE, TWELVE), ONE.id)
    assert several.value.code == "several_parties"
    with pytest.raises(Conflict) as nobody:
        other_party(call(ONE), ONE.id)
    assert nobody.value.code == "not_on_call"


def test_engaged_is_who_has_any_leg_but_the_one_named() -> None:
    calls = {"a": call(leg("PJSIP/1005", 4, state=LegState.ALERTING))}
    assert is_engaged(calls, "main", "PJSIP/1005")
    assert not is_engaged(calls, "main", "PJSIP/1005", but="1700.4")
    assert not is_engaged(calls, "main", "PJSIP/100")
    assert living_leg(calls, "main", "1700.4") is not None
    assert living_leg(calls, "other", "1700.4") is None


def test_only_agents_who_talk_are_released() -> None:
    legs = (TWELVE, CUSTOMER, ONE, leg("PJSIP/1005", 7, LegRole.SYSTEM), leg("PJSIP/1003", 8, state=LegState.ALERTING))
    assert {one.device for one in agents_legs(call(*legs))} == {"PJSIP/10012", "PJSIP/1001"}


def test_the_supervisors_channel_is_always_the_younger_one() -> None:
    """As Asterisk reads ids: the seconds behind the last dash."""
    behind = channel_id("ab", 5000.9, call(id="main:pbx1-1795445515.40"))
    assert behind == "cti-spy-ab-1795445516.0"
    assert channel_id("ab", 1795445600.2, call(id="main:1795445515.40")) == "cti-spy-ab-1795445600.0"
    assert channel_id("ab", 5.0, call(id="main:strange")) == "cti-spy-ab-5.0"


def test_the_seconds_of_each_mode_are_kept_apart() -> None:
    on = SESSION.put_on(110.0)
    over = on.switched(Mode.WHISPER, 120.0).switched(Mode.LISTEN, 125.0).ended(EndReason.STOPPED, 130.0)
    assert (over.seconds(Mode.LISTEN), over.seconds(Mode.WHISPER), over.seconds(Mode.BARGE)) == (15.0, 5.0, 0.0)
    assert over.state is State.ENDED
    shown = session_json(over, Staff())
    assert (shown.supervisor.name, shown.agent.name, shown.seconds) == (
        "王建国",
        "李娜",
        {"listen": 15.0, "whisper": 5.0},
    )


def test_a_clock_that_goes_back_makes_no_negative_time() -> None:
    over = SESSION.put_on(110.0).switched(Mode.BARGE, 90.0).ended(EndReason.HUNG_UP, 80.0)
    assert all(part.until is not None and part.until >= part.since for part in over.stretches)
    assert over.ended_at is not None
    assert over.ended_at >= over.asked_at


def test_while_the_phone_rings_another_mode_is_only_remembered() -> None:
    assert SESSION.switched(Mode.BARGE, 105.0).put_on(110.0).stretches[0].mode is Mode.BARGE


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\nb", "a\x00"])
def test_a_reason_is_asked_for(text: str) -> None:
    with pytest.raises(BadInput):
        checked_text(text)
    assert checked_text(" 请让线 ") == "请让线"
