"""What a PBX lists becomes the truth."""

from types import SimpleNamespace

from cti_server.ami.listing import truth_of
from cti_server.ami.login import PbxIdentity
from cti_server.ami.message import headers
from tests.live.replaying import messages


def test_a_listing_is_the_truth() -> None:
    items: dict[str, list[dict[str, str]]] = {}
    for message in messages("22/s15_reconnect_midcall_2"):
        found = headers(message)
        items.setdefault(found.get("Event", ""), []).append(found)
    listing = SimpleNamespace(
        channels=tuple(items["CoreShowChannel"]), statuses=tuple(items["Status"]), queues=tuple(items["QueueParams"]),
        members=tuple(items["QueueMember"]), entries=tuple(items["QueueEntry"]), bridges=tuple(items["BridgeListItem"]),
        bridge_channels=(), devices=tuple(items["DeviceStateChange"]), parked=(), refused={"ParkedCalls": "no"},
    )  # fmt: skip
    truth = truth_of(listing, PbxIdentity(asterisk_version="22.10.1"))  # type: ignore[arg-type]
    assert [(c.channel.name, c.state, c.seconds, bool(c.bridge)) for c in truth.channels] == [
        ("PJSIP/trunk-00000000", 6, 1.0, True),
        ("PJSIP/trunk-00000002", 6, 0.0, False),
        ("PJSIP/1001-00000001", 6, 1.0, True),
    ]
    assert truth.channels[0].data["QUEUENAME"] == "sales"
    assert (truth.queues, truth.version, truth.unknown) == (("support", "sales"), "22.10.1", {"parked"})
    (member,) = truth.members
    assert (member.interface, member.name, member.status, member.paused) == ("PJSIP/1001", "Alice", 2, False)
    (entry,) = truth.entries
    assert (entry.queue, entry.position, entry.wait, entry.number) == ("sales", 1, 1.0, "13900002222")
    assert truth.devices["PJSIP/1002"] == "UNAVAILABLE"
    assert not any(device.startswith("Queue:") for device in truth.devices)
    assert truth.bridges == {}


def test_parked_channels_and_special_bridges_of_a_listing() -> None:
    empty: dict[str, object] = dict.fromkeys(
        ("channels", "statuses", "queues", "members", "entries", "bridge_channels", "devices"), ()
    )
    bridges = (
        {"BridgeUniqueid": "a", "BridgeCreator": "ConfBridge", "BridgeTechnology": "softmix"},
        {"BridgeUniqueid": "b", "BridgeCreator": "<unknown>", "BridgeTechnology": "holding_bridge"},
        {"BridgeUniqueid": "c", "BridgeCreator": "<unknown>", "BridgeTechnology": "simple_bridge"},
    )
    listing = SimpleNamespace(
        **empty, bridges=bridges, parked=({"ParkeeUniqueid": "7"},), refused={"QueueStatus": "no"}
    )
    truth = truth_of(listing)  # type: ignore[arg-type]
    assert truth.bridges == {"a": "ConfBridge", "b": "holding_bridge"}
    assert (truth.parked, truth.unknown) == ({"7"}, {"queues"})
