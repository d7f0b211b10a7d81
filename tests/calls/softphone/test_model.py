import pytest

from cti_server.calls.softphone.model import PhoneOptions, checked_word, connect_sources, leg_of, passes
from cti_server.core.errors import BadInput
from cti_server.live.words import LegState
from tests.calls.made import AT, agent, call, leg


def test_which_devices_are_browser_phones() -> None:
    on = PhoneOptions(enabled=True)
    assert on.is_browser_phone("PJSIP/1001w")
    for other in ("PJSIP/1001", "PJSIP/1001w2", "XPJSIP/1001w", "PJSIP/w"):
        assert not on.is_browser_phone(other)
    assert not PhoneOptions().is_browser_phone("PJSIP/1001w")


def test_the_origins_that_pages_may_connect_to() -> None:
    found = connect_sources(["wss://pbx.example:8089/ws", "ws://127.0.0.1:8088/ws", "wss://pbx.example:8089/other"])
    assert found == ["wss://pbx.example:8089", "ws://127.0.0.1:8088"]


@pytest.mark.parametrize("bad", ["https://pbx/ws", "", "wss:///ws", "wss://a b/ws", "wss://a;script-src */", "*"])
def test_what_is_no_websocket_address_never_gets_into_the_policy(bad: str) -> None:
    with pytest.raises(BadInput):
        connect_sources([bad])


def test_everything_that_counts_must_have_passed() -> None:
    good = dict.fromkeys(("microphone", "speaker", "notification", "network"), "ok")
    assert passes(good)
    assert passes({**good, "more": "bad"})
    assert not passes({})
    assert not passes({**good, "network": "Ok"})


def test_the_leg_of_a_device_is_the_newest_that_lives() -> None:
    device = "PJSIP/1001w"
    old = leg(device, n=2)
    new = leg(device, n=3, started_at=AT + 5)
    gone = leg(device, n=4, started_at=AT + 9, state=LegState.CLEARED)
    one, two = call("1.1", legs=(leg(), old)), call("2.2", legs=(new, gone))
    calls = {one.id: one, two.id: two}
    assert leg_of(device, None, calls) == (two.id, "u3")
    assert leg_of(device, agent(device, call_ids=(one.id,)), calls) == (one.id, "u2")
    assert leg_of("PJSIP/1002w", None, calls) is None
    assert leg_of(device, agent(device, call_ids=("gone",)), calls) is None


@pytest.mark.parametrize("bad", ["", "a b", "a\n", "x" * 121, "é"])
def test_names_from_pages_are_plain(bad: str) -> None:
    with pytest.raises(BadInput):
        checked_word(bad, "sip_call_id")
