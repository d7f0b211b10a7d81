from pathlib import Path

import pytest

from cti_server.ami.connection import LinkState
from cti_server.ami.errors import AmiNotConnected, AmiRefused
from cti_server.ami.framing import Framer
from cti_server.ami.message import field
from cti_server.ami.truth import Bounds, ask_everything

TALKS = Path(__file__).parents[1] / "talks"


def recorded(version: str) -> dict[str, list[str]]:
    """Every listing of the talk in which the PBX was asked for all in mid-call, without the ActionIDs."""
    raws = Framer().feed((TALKS / version / "s15_reconnect_midcall_2.ami").read_bytes())
    found: dict[str, list[str]] = {}
    for raw in raws:
        action = (field(raw, b"ActionID") or "").partition("-")[0]
        if raw.startswith(b"Event: ") and action and not field(raw, b"EventList"):
            lines = [line for line in raw.decode().split("\r\n") if not line.startswith("ActionID: ")]
            found.setdefault(action, []).append("\r\n".join(lines))
    return found


async def ready(pbx, connect):
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    return watcher.connection


@pytest.mark.parametrize("version", ["22", "16"])
async def test_everything_of_a_call_in_progress(pbx, connect, version: str) -> None:
    pbx.items = recorded(version)
    listing = await ask_everything(await ready(pbx, connect))
    assert len(listing.channels) == len({item["Uniqueid"] for item in listing.channels}) >= 2
    assert {item["Uniqueid"] for item in listing.channels} <= {item["Uniqueid"] for item in listing.statuses}
    assert {item["Event"] for item in listing.members} == {"QueueMember"}
    assert listing.queues
    (bridge,) = listing.bridges
    assert {item["BridgeUniqueid"] for item in listing.bridge_channels} == {bridge["BridgeUniqueid"]}
    assert len(listing.bridge_channels) == 2
    assert {item["Uniqueid"] for item in listing.bridge_channels} < {item["Uniqueid"] for item in listing.channels}
    assert all(item["Device"] and item["State"] for item in listing.devices)
    assert listing.refused == {}


async def test_bounds_tell_which_events_a_list_may_miss(pbx, connect) -> None:
    def with_event(action) -> bytes:
        return (
            b"Event: Newchannel\r\n\r\nResponse: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
            b"Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\nEvent: Hangup\r\n\r\n"
        )

    pbx.scripts = {"CoreShowChannels": with_event}
    connection = await ready(pbx, connect)
    assert connection.position == 1
    listing = await ask_everything(connection)
    assert listing.bounds["CoreShowChannels"] == Bounds(1, 2)
    assert (listing.before, listing.after) == (1, 3)


async def test_what_may_not_be_asked_is_named_and_the_rest_still_comes(pbx, connect) -> None:
    unknown = b"Response: Error\r\nActionID: {id}\r\nMessage: Invalid/unknown command: ParkedCalls.\r\n\r\n"
    pbx.scripts = {"ParkedCalls": lambda action: unknown}
    pbx.items = {"CoreShowChannels": ["Event: CoreShowChannel\r\nUniqueid: 1.1"]}
    listing = await ask_everything(await ready(pbx, connect))
    assert listing.parked == ()
    assert list(listing.refused) == ["ParkedCalls"]
    assert len(listing.channels) == 1


async def test_a_bridge_that_ended_meanwhile_is_left_out(pbx, connect) -> None:
    gone = b"Response: Error\r\nActionID: {id}\r\nMessage: Specified BridgeUniqueid not found\r\n\r\n"
    pbx.scripts = {"BridgeInfo": lambda action: gone}
    pbx.items = {"BridgeList": ["Event: BridgeListItem\r\nBridgeUniqueid: b-1"]}
    listing = await ask_everything(await ready(pbx, connect))
    assert len(listing.bridges) == 1
    assert listing.bridge_channels == ()


async def test_without_the_list_of_channels_there_is_no_truth(pbx, connect) -> None:
    denied = b"Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"
    pbx.scripts = {"CoreShowChannels": lambda action: denied}
    with pytest.raises(AmiRefused) as caught:
        await ask_everything(await ready(pbx, connect))
    assert caught.value.unavailable


async def test_a_link_that_is_not_ready_says_so(pbx, connect) -> None:
    watcher = connect(pbx)
    with pytest.raises(AmiNotConnected):
        await ask_everything(watcher.connection)
