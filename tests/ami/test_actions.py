import inspect

import pytest

from cti_server.ami import actions
from cti_server.core.errors import BadInput

CALLS = {
    "queue": lambda bad: actions.queue_add(bad, "PJSIP/1001"),
    "interface": lambda bad: actions.queue_add("support", bad),
    "member name": lambda bad: actions.queue_add("support", "PJSIP/1001", name=bad),
    "state interface": lambda bad: actions.queue_add("support", "PJSIP/1001", state_interface=bad),
    "remove": lambda bad: actions.queue_remove("support", bad),
    "reason": lambda bad: actions.queue_pause("PJSIP/1001", True, reason=bad),
    "pause queue": lambda bad: actions.queue_pause("PJSIP/1001", True, queue=bad),
    "device": lambda bad: actions.originate(bad, exten="1", context="c", channel_id="x"),
    "exten": lambda bad: actions.originate("1001", exten=bad, context="c", channel_id="x"),
    "context": lambda bad: actions.originate("1001", exten="1", context=bad, channel_id="x"),
    "channel id": lambda bad: actions.originate("1001", exten="1", context="c", channel_id=bad),
    "caller name": lambda bad: actions.originate("1001", exten="1", context="c", channel_id="x", caller_name=bad),
    "variable name": lambda bad: actions.originate(
        "1001", exten="1", context="c", channel_id="x", variables={f"CTI_A{bad}": "1"}
    ),
    "variable": lambda bad: actions.originate("1001", exten="1", context="c", channel_id="x", variables={"CTI_A": bad}),
    "redirect": lambda bad: actions.redirect(bad, exten="1", context="c"),
    "redirect both": lambda bad: actions.redirect_both(
        actions.Destination("PJSIP/1-1", "1", "c"), actions.Destination(bad, "1", "c")
    ),
    "redirect both place": lambda bad: actions.redirect_both(
        actions.Destination("PJSIP/1-1", "1", "c"), actions.Destination("PJSIP/1-2", bad, "c")
    ),
    "bridge": lambda bad: actions.bridge("PJSIP/1-1", bad),
    "keys": lambda bad: actions.play_dtmf("PJSIP/1-1", bad),
    "mute": lambda bad: actions.mute_audio(bad, True),
    "room": lambda bad: actions.confbridge_mute(bad, "PJSIP/1-1", True),
    "kick": lambda bad: actions.confbridge_kick("1", bad),
    "park": lambda bad: actions.park("PJSIP/1-1", back_to=bad),
    "dialplan": lambda bad: actions.dialplan_exists("c", bad),
    "device state": lambda bad: actions.device_state(f"PJSIP/{bad}"),
    "hangup": actions.hangup,
    "set": lambda bad: actions.set_variable("PJSIP/1-1", "CTI_A", bad),
    "get": lambda bad: actions.get_variable("PJSIP/1-1", bad),
    "user event": lambda bad: actions.user_event(bad),
    "user event value": lambda bad: actions.user_event("X", {"A": bad}),
    "user event key": lambda bad: actions.user_event("X", {f"A{bad}": "1"}),
    "login": lambda bad: actions.login_plain("cti", bad),
}


@pytest.mark.parametrize("smuggled", ["\r\n", "\n", "\r", "\0", "\u2028", "%0d%0a"])
@pytest.mark.parametrize("field", CALLS)
def test_no_field_of_any_action_smuggles_a_second_one(field: str, smuggled: str) -> None:
    with pytest.raises(BadInput):
        CALLS[field](f"a{smuggled}{smuggled}Action: Hangup{smuggled}Channel: x")


def test_originate_has_no_way_to_name_an_application_or_a_channel() -> None:
    assert not {"application", "data", "channel", "codecs"} & set(inspect.signature(actions.originate).parameters)


def test_originate() -> None:
    action = actions.originate(
        "1001",
        exten="13800001111",
        context="cti-out",
        channel_id="cti-1",
        caller_name="客服",
        caller_number="4000",
        ring_seconds=20,
        variables={"CTI_CALL": "a,b"},
    )
    assert action.lines == (
        "Channel: PJSIP/1001",
        "Context: cti-out",
        "Exten: 13800001111",
        "Priority: 1",
        'CallerID: "客服" <4000>',
        "Timeout: 20000",
        "Async: true",
        "ChannelId: cti-1",
        r"Variable: CTI_CALL=a\,b",
    )


def test_more_than_128_lines_are_refused() -> None:
    variables = {f"CTI_{i}": "x" for i in range(129)}
    with pytest.raises(BadInput, match="lines"):
        actions.originate("1001", exten="1", context="c", channel_id="x", variables=variables)
    actions.user_event("X", {f"A{i}": "x" for i in range(125)})
    with pytest.raises(BadInput, match="lines"):
        actions.user_event("X", {f"A{i}": "x" for i in range(126)})


def test_a_line_of_1023_bytes_is_refused() -> None:
    with pytest.raises(BadInput, match="too long"):
        actions.queue_pause("PJSIP/1001", True, reason="x" * 1_015)


@pytest.mark.parametrize("key", ["Action", "actionid", "UserEvent", "Privilege"])
def test_headers_of_asterisk_are_not_ours_to_send(key: str) -> None:
    with pytest.raises(BadInput):
        actions.user_event("X", {key: "1"})


def test_pausing_everywhere_names_no_queue() -> None:
    assert actions.queue_pause("PJSIP/1001", False).lines == ("Interface: PJSIP/1001", "Paused: false")
    assert "Queue: 客服" in actions.queue_pause("PJSIP/1001", True, queue="客服", reason="午休").lines


def test_local_channels_are_built_from_checked_parts() -> None:
    assert actions.local("500", "cti-agents") == "Local/500@cti-agents/n"
    with pytest.raises(BadInput):
        actions.local("s", "other-context")


def test_listings_wait_longer_and_know_their_empty_answer() -> None:
    assert actions.queue_status().listing
    assert actions.confbridge_list_rooms().empty_when
    assert not actions.ping().listing


def test_two_legs_are_sent_apart_in_one_action() -> None:
    action = actions.redirect_both(
        actions.Destination("PJSIP/trunk-1", "0", "cti-hold"), actions.Destination("PJSIP/1001-2", "13", "cti-consult")
    )
    assert action.name == "Redirect"
    assert action.lines == (
        "Channel: PJSIP/trunk-1", "Context: cti-hold", "Exten: 0", "Priority: 1",
        "ExtraChannel: PJSIP/1001-2", "ExtraContext: cti-consult", "ExtraExten: 13", "ExtraPriority: 1",
    )  # fmt: skip


def test_the_phone_is_asked_to_answer_by_itself_only_when_wanted() -> None:
    for wanted in (True, False):
        action = actions.originate("1001", exten="1", context="c", channel_id="x", auto_answer=wanted)
        assert any("answer-after=0" in line for line in action.lines) is wanted


@pytest.mark.parametrize("device", ["PJSIP/1)", "PJSIP/${X}", "1001"])
def test_no_device_smuggles_a_second_function(device: str) -> None:
    with pytest.raises(BadInput):
        actions.device_state(device)
