"""What a PBX lists, as the one fact `Truth` by which the live model is put right."""

from collections.abc import Mapping
from typing import Final

from cti_server.ami.login import PbxIdentity
from cti_server.ami.translate import CHANNEL_KEYS
from cti_server.ami.truth import PbxListing
from cti_server.live.facts import Channel, MemberSeen, TrueChannel, TrueEntry, Truth
from cti_server.live.things.devices import is_endpoint


def truth_of(listing: PbxListing, identity: PbxIdentity | None = None) -> Truth:
    """The whole truth in what a PBX lists. Lists that it would not give are left out of the comparison."""
    unknown = {_FAMILIES[name] for name in listing.refused if name in _FAMILIES}
    bridged = {item.get("Uniqueid", ""): item.get("BridgeUniqueid", "") for item in listing.bridge_channels}
    ages = {item.get("Uniqueid", ""): item.get("Seconds", "") for item in listing.statuses}
    return Truth(
        channels=tuple(_true_channel(item, bridged, ages) for item in listing.channels if item.get("Uniqueid")),
        queues=tuple(item["Queue"] for item in listing.queues if item.get("Queue")),
        members=tuple(_true_member(item) for item in listing.members),
        entries=tuple(_true_entry(item) for item in listing.entries if item.get("Uniqueid")),
        devices={
            item["Device"]: item.get("State", "") for item in listing.devices if is_endpoint(item.get("Device", ""))
        },
        bridges={item["BridgeUniqueid"]: _creator(item) for item in listing.bridges if _creator(item)},
        parked=frozenset(item.get("ParkeeUniqueid", "") for item in listing.parked),
        spaces={item.get("ParkeeUniqueid", ""): item.get("ParkingSpace", "") for item in listing.parked},
        version=identity.asterisk_version if identity is not None else "",
        unknown=frozenset(unknown),
    )


_FAMILIES: Final = {"QueueStatus": "queues", "ParkedCalls": "parked"}


def _true_channel(item: Mapping[str, str], bridged: Mapping[str, str], ages: Mapping[str, str]) -> TrueChannel:
    channel = Channel(*[item.get(key, "") for key in CHANNEL_KEYS])
    variables = (line.partition("=") for line in item.get("ChanVariable", "").split("\n"))
    return TrueChannel(
        channel=channel,
        state=_number(channel.state),
        seconds=max(_seconds(item.get("Duration", "")), float(_number(ages.get(channel.id, "")))),
        bridge=bridged.get(channel.id) or item.get("BridgeId", ""),
        exten=channel.exten,
        application=item.get("Application", ""),
        app_data=item.get("ApplicationData", ""),
        connected_number=channel.connected_number,
        data={name: value for name, _, value in variables if value},
    )


def _true_member(item: Mapping[str, str]) -> MemberSeen:
    return MemberSeen(
        queue=item.get("Queue", ""),
        interface=item.get("Location", ""),
        state_interface=item.get("StateInterface", ""),
        name=item.get("Name", ""),
        penalty=_number(item.get("Penalty", "")),
        status=_number(item.get("Status", "")),
        paused=item.get("Paused") == "1",
        reason=item.get("PausedReason", ""),
        dynamic=item.get("Membership") != "static",
        calls_taken=_number(item.get("CallsTaken", "")),
        last_call=_number(item.get("LastCall", "")),
        last_pause=_number(item.get("LastPause", "")),
        login_time=_number(item.get("LoginTime", "")),
    )


def _true_entry(item: Mapping[str, str]) -> TrueEntry:
    position, wait = _number(item.get("Position", "")), float(_number(item.get("Wait", "")))
    number, name = item.get("CallerIDNum", ""), item.get("CallerIDName", "")
    return TrueEntry(item.get("Queue", ""), item["Uniqueid"], position, wait, number, name)


def _creator(item: Mapping[str, str]) -> str:
    """Who made a bridge that is no plain one."""
    creator = item.get("BridgeCreator", "")
    if creator and creator != "<unknown>":
        return creator
    return "holding_bridge" if item.get("BridgeTechnology") == "holding_bridge" else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _seconds(clock: str) -> float:
    """HH:MM:SS in seconds; days are counted as hours."""
    total = 0
    for part in clock.split(":"):
        total = total * 60 + _number(part)
    return float(total)
