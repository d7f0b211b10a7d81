import asyncio
import contextlib
import random
import socket

import pytest

from cti_server.ami import actions
from cti_server.ami.connection import Backoff, LinkState
from cti_server.ami.errors import AmiLinkLost, AmiLoginRefused, AmiNotConnected, AmiTimeout
from cti_server.ami.inbox import GAP
from cti_server.ami.login import LinkTimes
from cti_server.ami.watchdog import Beat

PAUSE = actions.queue_pause("PJSIP/1001", True, reason="午休")


async def test_the_way_to_ready(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    assert watcher.states == ["connecting", "authenticating", "booting", "ready"]
    identity = watcher.connection.identity
    assert (identity.asterisk_version, identity.ami_version, identity.system_name) == ("22.10.1", "11.0.0", "fake")
    assert identity.started == "2026-11-22 03:17:54"
    assert identity.warnings == ()


async def test_events_come_raw_in_order_and_with_the_time_of_arrival(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await pbx.event("Newchannel", "CallerIDName: 张三")
    await pbx.event("Hangup", "Cause: 16")
    before = watcher.connection.clock.now() - 10
    assert (await watcher.events(1))[0].startswith(b"Event: FullyBooted")
    batch = await watcher.connection.next_batch() if watcher.connection.inbox.position == 3 else []
    while len(batch) < 2:
        batch += await watcher.connection.next_batch()
    assert [raw.split(b"\r\n")[0] for _, raw in batch] == [b"Event: Newchannel", b"Event: Hangup"]
    assert all(before < at <= watcher.connection.clock.now() for at, _ in batch)


async def test_nothing_is_sent_before_the_link_is_ready(pbx, connect) -> None:
    pbx.mute = {"Login"}
    watcher = connect(pbx)
    with pytest.raises(AmiNotConnected):
        await watcher.connection.send(PAUSE)
    await pbx.wait_for("Login")
    with pytest.raises(AmiNotConnected):
        await watcher.connection.send(PAUSE)
    assert pbx.of("QueuePause") == []


async def test_a_restart_of_the_pbx_is_told_by_shutdown_a_gap_and_a_new_link(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await pbx.say(b"Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: True\r\n\r\n")
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == "pbx_shutdown"
    assert lost.next_try is not None
    await watcher.reach(LinkState.READY, 2)
    names = [raw.split(b"\r\n")[0] for raw in await watcher.events(4)]
    assert names == [b"Event: FullyBooted", b"Event: Shutdown", GAP, b"Event: FullyBooted"]
    assert watcher.connection.reconnects == 2


async def test_a_killed_pbx_is_found_again_when_its_port_opens(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await pbx.close()
    lost = await watcher.reach(LinkState.LOST, 3)
    assert lost.code == "pbx_unreachable"
    assert f"127.0.0.1:{pbx.port}" in lost.reason
    await pbx.open()
    await watcher.reach(LinkState.READY, 2)


async def test_a_silent_peer_is_dropped(pbx, connect) -> None:
    watcher = connect(pbx, times={"beat": Beat(interval=0.01, limit=0.05)})
    await watcher.reach(LinkState.READY)
    pbx.mute = {"*"}
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == "pbx_silent"
    await pbx.wait_gone()


async def test_a_peer_that_accepts_and_never_greets_is_dropped(pbx, connect) -> None:
    pbx.mute = {"*"}
    watcher = connect(pbx, times={"banner": 0.05})
    assert (await watcher.reach(LinkState.LOST)).code == "pbx_not_ami"


async def test_a_port_that_speaks_something_else_is_named(pbx, connect) -> None:
    pbx.banner = b"SSH-2.0-OpenSSH_9.2\r\n"
    watcher = connect(pbx)
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == "pbx_not_ami"
    assert "SSH-2.0" in lost.reason


async def test_a_message_without_end_drops_the_link(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    sent = 0
    while watcher.connection.state is LinkState.READY and sent < 10_000_000:
        with contextlib.suppress(ConnectionError):
            await pbx.say(b"x" * 100_000)
        sent += 100_000
    assert (await watcher.reach(LinkState.LOST)).code == "pbx_not_ami"


async def test_a_handler_that_raises_harms_neither_the_link_nor_the_others(pbx, connect, monkeypatch) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    put = watcher.connection.inbox.put

    def sometimes(at: float, raw: bytes) -> None:
        if b"No: 500" in raw:
            raise RuntimeError("on purpose")
        put(at, raw)

    monkeypatch.setattr(watcher.connection.inbox, "put", sometimes)
    await pbx.say(b"".join(b"Event: E\r\nNo: %d\r\n\r\n" % number for number in range(1_000)))
    got = [raw for raw in await watcher.events(1_000) if raw.startswith(b"Event: E")]
    assert len(got) == 999
    assert watcher.connection.state is LinkState.READY


async def test_a_listener_that_raises_does_not_stop_the_link(pbx, connect) -> None:
    watcher = connect(pbx)

    def broken(status) -> None:
        raise RuntimeError("on purpose")

    watcher.connection.on_state(broken)
    await watcher.reach(LinkState.READY)


async def test_without_fully_booted_it_goes_on_with_a_warning_and_asks_again_when_it_comes_late(pbx, connect) -> None:
    pbx.boots = False
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    assert any('"system"' in warning for warning in watcher.connection.identity.warnings)
    await pbx.event("FullyBooted")
    assert [raw[:18] for raw in await watcher.events(2)] == [GAP, b"Event: FullyBooted"]


async def test_close_is_final_also_while_it_waits_to_reconnect(pbx, connect) -> None:
    watcher = connect(pbx, times={"retry_first": 0.02, "retry_most": 0.02})
    await watcher.reach(LinkState.READY)
    pbx.cut()
    await watcher.reach(LinkState.LOST)
    await watcher.connection.close()
    links = pbx.links
    await asyncio.sleep(0.1)
    assert pbx.links == links
    assert watcher.connection.state is LinkState.CLOSED
    with pytest.raises(AmiNotConnected):
        await watcher.connection.send(PAUSE)


async def test_close_fails_what_waits_and_lets_the_reader_go(pbx, connect) -> None:
    pbx.mute = {"QueuePause"}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)

    async def close_when_sent() -> None:
        await pbx.wait_for("QueuePause")
        await watcher.connection.close()

    lost, _ = await asyncio.gather(watcher.connection.send(PAUSE), close_when_sent(), return_exceptions=True)
    assert isinstance(lost, AmiLinkLost)
    async with asyncio.timeout(2):
        while await watcher.connection.next_batch():
            pass
    await pbx.wait_gone()


async def test_a_link_cut_at_an_action_never_sends_it_again(pbx, connect) -> None:
    pbx.cut_at = {"Originate"}
    watcher = connect(pbx)
    for times in range(1, 6):
        await watcher.reach(LinkState.READY, times)
        dial = actions.originate("1001", exten="900", context="cti", channel_id=f"cti-{times}")
        with pytest.raises(AmiLinkLost, match="Originate"):
            await watcher.connection.send(dial)
    await watcher.reach(LinkState.READY, 6)
    await watcher.connection.send(actions.ping())
    assert [action.get("ChannelId") for action in pbx.of("Originate")] == [f"cti-{n}" for n in range(1, 6)]
    assert watcher.connection.pending == 0


async def test_an_action_without_answer_ends_in_time_and_a_late_answer_is_nobodys(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    pbx.mute = {"QueuePause"}
    for _ in range(20):
        with pytest.raises(AmiTimeout):
            await watcher.connection.send(PAUSE, 0.01)
    assert watcher.connection.pending == 0
    late = [action.get("ActionID") for action in await pbx.wait_for("QueuePause", 20)]
    await pbx.say(b"".join(b"Response: Error\r\nActionID: %s\r\nMessage: late\r\n\r\n" % i.encode() for i in late))
    pbx.mute = set()
    replies = await asyncio.gather(*(watcher.connection.send(PAUSE) for _ in range(50)))
    assert {reply.message for reply in replies} == {"Done"}
    assert watcher.connection.state is LinkState.READY


async def test_cut_at_each_byte_of_the_answer_the_action_went_out_once(pbx, connect) -> None:
    answer = b"Response: Success\r\nActionID: {id}\r\nMessage: Redirect successful\r\n\r\n"
    move = actions.redirect("PJSIP/1001-00000001", exten="900", context="cti")
    watcher = connect(pbx)

    def half(action) -> bytes:
        whole = answer.replace(b"{id}", action.get("ActionID").encode())
        asyncio.get_running_loop().call_soon(pbx.cut)
        return whole[: action.link * 3 - 3]

    pbx.scripts = {"Redirect": half}
    for times in range(1, len(answer) // 3):
        pbx.received.clear()
        await watcher.reach(LinkState.READY, times)
        with pytest.raises(AmiLinkLost):
            await watcher.connection.send(move)
        assert len(pbx.of("Redirect")) == 1


async def test_the_kernel_gives_up_on_unanswered_packets_after_ten_seconds(pbx, connect) -> None:
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    link = watcher.connection._link
    assert link is not None
    plain = link.transport.get_extra_info("socket")
    assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000


async def test_a_reader_that_is_far_behind_finds_a_gap_and_the_link_stays(pbx, connect, monkeypatch) -> None:
    watcher = connect(pbx)
    monkeypatch.setattr(watcher.connection.inbox, "_max_events", 500)
    await watcher.reach(LinkState.READY)
    await pbx.say(b"".join(b"Event: E\r\nNo: %d\r\n\r\n" % number for number in range(700)))
    await watcher.connection.send(actions.ping())
    got = await watcher.events(1)
    assert got[0] == GAP
    while got[-1] != b"Event: E\r\nNo: 699":
        got += await watcher.events(1)
    assert len(got) < 700
    assert watcher.connection.inbox.overruns == 1
    assert watcher.connection.state is LinkState.READY


def test_the_pause_grows_with_jitter_to_thirty_seconds() -> None:
    backoff = Backoff(LinkTimes(), random.Random(1))
    waits = [backoff.next(AmiLinkLost("gone")) for _ in range(12)]
    for number, wait in enumerate(waits):
        assert min(2**number, 30) / 2 <= wait <= min(2**number, 30)
    assert len(set(waits)) == 12
    backoff.reset()
    assert backoff.next(AmiLinkLost("gone")) <= 1


def test_a_closed_port_is_tried_at_least_every_four_seconds() -> None:
    backoff = Backoff(LinkTimes())
    assert max(backoff.next(ConnectionRefusedError()) for _ in range(20)) <= 4


def test_a_refused_login_is_tried_at_most_three_times_a_minute() -> None:
    backoff = Backoff(LinkTimes())
    waits = [backoff.next(AmiLoginRefused("no")) for _ in range(20)]
    assert min(sum(waits[i : i + 3]) for i in range(18)) > 60
    assert max(waits) <= 45
