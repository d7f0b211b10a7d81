"""What panoramisk 1.4 does not do and this room does for it, one test or more per point."""

import asyncio
import logging

import pytest

from cti_server.ami import actions
from cti_server.ami.connection import LinkState
from cti_server.ami.errors import AmiLinkLost, AmiNotConnected, AmiTimeout
from cti_server.ami.message import headers
from cti_server.ami.watchdog import Beat
from cti_server.core.errors import BadInput

NAME = "张伟 𠮷野家 Zoë 🙂"


async def test_1_a_pause_reason_smuggles_no_second_action(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    for smuggled in ("\r\n", "\n", "\r", "\0", "\u2028", "%0d%0a"):
        reason = f"lunch{smuggled}{smuggled}Action: Hangup{smuggled}Channel: PJSIP/1001-00000001"
        with pytest.raises(BadInput):
            await watcher.connection.send(actions.queue_pause("PJSIP/1001", True, reason=reason))
    await watcher.connection.send(actions.ping())
    assert {action.name for action in pbx.received} & {"Hangup", "QueuePause"} == set()


async def test_2_an_unanswered_action_is_not_sent_again_after_a_reconnect(pbx, connect) -> None:
    pbx.mute = {"Originate"}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    dial = actions.originate("1001", exten="13800001111", context="cti", channel_id="cti-1")

    async def cut_when_written() -> None:
        await pbx.wait_for("Originate")
        pbx.cut()

    lost, _ = await asyncio.gather(watcher.connection.send(dial), cut_when_written(), return_exceptions=True)
    assert isinstance(lost, AmiLinkLost)
    await watcher.reach(LinkState.READY, 2)
    await watcher.connection.send(actions.ping())
    assert len(pbx.of("Originate")) == 1


async def test_2_nor_is_one_whose_time_had_run_out(pbx, connect) -> None:
    pbx.mute = {"Originate"}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    with pytest.raises(AmiTimeout):
        await watcher.connection.send(actions.originate("1001", exten="1", context="c", channel_id="x"), 0.02)
    pbx.cut()
    await watcher.reach(LinkState.READY, 2)
    await watcher.connection.send(actions.ping())
    assert len(pbx.of("Originate")) == 1


async def test_3_no_character_is_lost_at_any_border_of_packets(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await watcher.events(1)
    message = f"Event: Newchannel\r\nCallerIDName: {NAME}\r\n\r\n".encode()
    for cut in range(1, len(message)):
        await pbx.say(message[:cut])
        await asyncio.sleep(0)
        await pbx.say(message[cut:])
    got = await watcher.events(len(message) - 1)
    assert {headers(raw)["CallerIDName"] for raw in got} == {NAME}
    assert len(got) == len(message) - 1


async def test_4_a_callback_that_raises_loses_neither_link_nor_packet(pbx, connect, monkeypatch) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    monkeypatch.setattr(watcher.connection.inbox, "put", lambda at, raw: 1 / 0)
    await pbx.say(b"Event: A\r\n\r\nEvent: B\r\n\r\n")
    reply = await watcher.connection.send(actions.ping())
    assert reply.headers["Ping"] == "Pong"
    assert watcher.connection.state is LinkState.READY


async def test_5_a_peer_that_falls_silent_is_noticed(pbx, connect) -> None:
    watcher = connect(pbx, times={"beat": Beat(interval=0.01, limit=0.05)})
    await watcher.reach(LinkState.READY)
    pbx.mute = {"Ping"}
    assert (await watcher.reach(LinkState.LOST)).code == "pbx_silent"
    beat = Beat()
    assert beat.interval + beat.misses * beat.limit <= 15


async def test_6_no_action_waits_for_ever_and_none_fails_strangely_before_the_first_link(pbx, connect) -> None:
    pbx.mute = {"QueuePause"}
    watcher = connect(pbx)
    with pytest.raises(AmiNotConnected):
        await watcher.connection.send(actions.queue_pause("PJSIP/1001", True))
    await watcher.reach(LinkState.READY)
    with pytest.raises(AmiTimeout):
        await watcher.connection.send(actions.queue_pause("PJSIP/1001", True), 0.02)
    assert actions.queue_pause("PJSIP/1001", True).limit == 5.0
    assert watcher.connection.pending == 0


async def test_7_a_wrong_secret_is_told_and_not_tried_every_two_seconds(pbx, connect) -> None:
    pbx.secret = "another"
    watcher = connect(pbx, times={"retry_login": 21.0})
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == "pbx_login_refused"
    assert '"user" and "secret"' in lost.reason
    assert lost.next_try is not None
    assert lost.next_try - lost.since >= 20.9


async def test_8_events_are_handed_over_in_their_order(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await watcher.events(1)
    for start in range(0, 3_000, 100):
        await pbx.say(b"".join(b"Event: E\r\nNo: %d\r\n\r\n" % number for number in range(start, start + 100)))
    got = await watcher.events(3_000)
    assert [int(headers(raw)["No"]) for raw in got] == list(range(3_000))


async def test_8_close_during_a_pending_reconnect_does_not_reconnect(pbx, connect) -> None:
    watcher = connect(pbx, times={"retry_first": 0.02, "retry_most": 0.02})
    await watcher.reach(LinkState.READY)
    pbx.cut()
    await watcher.reach(LinkState.LOST)
    await watcher.connection.close()
    await asyncio.sleep(0.06)
    assert pbx.links == 1


async def test_8_queue_add_returns(pbx, connect) -> None:
    added = b"Response: Success\r\nActionID: {id}\r\nMessage: Added interface to queue\r\n\r\n"
    pbx.scripts = {"QueueAdd": lambda action: added}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    reply = await watcher.connection.send(actions.queue_add("客服", "PJSIP/1001", name="坐席一"), 1.0)
    assert reply.message == "Added interface to queue"


async def test_8_nothing_of_panoramisk_plans_a_second_connection_or_a_ping_of_its_own(pbx, connect, caplog) -> None:
    caplog.set_level(logging.INFO)
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    pbx.cut()
    await watcher.reach(LinkState.READY, 2)
    assert "Try to connect again" not in caplog.text
    assert pbx.links == 2
    assert pbx.of("Ping") == []
