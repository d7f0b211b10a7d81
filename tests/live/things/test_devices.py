import pytest

from cti_server.live.things.devices import (
    DeviceRules,
    Devices,
    agent_device,
    device_of,
    dialled_number,
    is_endpoint,
    is_system,
    name_of,
    number_of,
    twin_of,
)


@pytest.mark.parametrize(
    ("channel", "device"),
    [
        ("PJSIP/1001-00000001", "PJSIP/1001"),
        ("PJSIP/site-a-trunk-0000000a", "PJSIP/site-a-trunk"),
        ("Local/1002@from-agents-00000000;1", "Local/1002@from-agents"),
        ("PJSIP/1001", "PJSIP/1001"),
    ],
)
def test_the_device_of_a_channel(channel: str, device: str) -> None:
    assert device_of(channel) == device


def test_twins_of_a_local_pair() -> None:
    assert twin_of("Local/1@c-0;1") == "Local/1@c-0;2"
    assert twin_of("Local/1@c-0;2") == "Local/1@c-0;1"
    assert twin_of("PJSIP/1001-1") is None


def test_whose_channel_it_is() -> None:
    devices = Devices(DeviceRules())
    assert devices.role("PJSIP/1001-1", "PJSIP/1001") == "agent"
    assert devices.role("PJSIP/trunk-1", "PJSIP/trunk") == "customer"
    assert devices.role("Local/1001@c-1;1", "Local/1001@c") == "system"
    devices.members.add("SIP/desk")
    assert devices.role("SIP/desk-1", "SIP/desk") == "agent"


def test_patterns_of_a_site() -> None:
    devices = Devices(DeviceRules(agent_devices=r"SIP/.+", trunk_devices=r"SIP/(carrier|gw\d)"))
    assert devices.is_agents("SIP/anna")
    assert not devices.is_agents("SIP/gw1")
    assert not devices.is_agents("PJSIP/1001")


def test_devices_that_hold_the_number_do_not_fill_memory() -> None:
    devices = Devices(DeviceRules())
    for n in range(50_000):
        devices.is_agents(f"DAHDI/i1/{n}")
    assert len(devices._known) <= 20_000


def test_the_device_behind_a_membership() -> None:
    assert agent_device("Local/1001@c/n", "PJSIP/1001") == "PJSIP/1001"
    assert agent_device("PJSIP/1001", "hint:1001@c") == "PJSIP/1001"
    assert agent_device("PJSIP/1001", "") == "PJSIP/1001"
    assert agent_device("Local/139@out/n", "Local/139@out/n") == "Local/139@out/n"


def test_endpoints() -> None:
    assert is_endpoint("PJSIP/1001")
    for other in ("Queue:support_pause_PJSIP/1001", "park:701@parkedcalls", "Local/1@c", "Custom:x", "confbridge:8001"):
        assert not is_endpoint(other), other
    assert is_system("PJSIP/1001-1<ZOMBIE>")


def test_numbers_and_names_that_say_nothing() -> None:
    assert [number_of(text) for text in ("<unknown>", "unknown", "Anonymous", "", "s")] == [""] * 5
    assert number_of("+8613800001111") == "+8613800001111"
    assert (name_of("<unknown>"), name_of("张三")) == ("", "张三")


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("13700003333@trunk", "13700003333"),
        ("trunk/13700003333", "13700003333"),
        ("trunk/sip:+8613700003333@10.0.0.1:5060", "+8613700003333"),
        ("1002", "1002"),
        ("PJSIP/alice", ""),
    ],
)
def test_the_number_in_what_was_dialled(dialled: str, number: str) -> None:
    assert dialled_number(dialled) == number
