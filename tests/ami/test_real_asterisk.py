"""The link against a real Asterisk: login, lists, actions, restart, crash, freeze."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from cti_server.ami import actions, fields
from cti_server.ami.connection import AmiConnection, LinkState
from cti_server.ami.errors import AmiRefused
from cti_server.ami.login import LinkSettings, LinkTimes
from cti_server.ami.message import event_name, field
from cti_server.ami.truth import ask_everything
from cti_server.ami.watchdog import Beat
from cti_server.sandbox.asterisk import Asterisk
from tests.ami.conftest import Watcher

pytestmark = pytest.mark.pbx

TIMES = LinkTimes(beat=Beat(interval=0.5, limit=1.0), retry_first=0.2, retry_most=1.0, retry_login=0.3)


def link_to(pbx: Asterisk, **more: object) -> AmiConnection:
    settings = LinkSettings(
        name="real", host=pbx.host, port=pbx.ami_port, user=pbx.ami_user, secret=pbx.ami_secret, times=TIMES
    )
    return AmiConnection(replace(settings, **more))


@pytest.fixture
async def link(asterisk: Asterisk) -> AsyncIterator[Watcher]:
    connection = link_to(asterisk)
    watcher = Watcher(connection)
    connection.start()
    await watcher.reach(LinkState.READY)
    yield watcher
    await connection.close()


async def next_event(watcher: Watcher, name: bytes, **having: str) -> bytes:
    """The next event of that name whose fields are as told."""
    return await watcher.next(
        lambda raw: event_name(raw) == name and all(field(raw, key.encode()) == value for key, value in having.items())
    )


@pytest.mark.parametrize("md5", [True, False])
async def test_login_and_identity(asterisk: Asterisk, md5: bool) -> None:
    connection = link_to(asterisk, md5=md5)
    watcher = Watcher(connection)
    connection.start()
    await watcher.reach(LinkState.READY)
    assert connection.identity.asterisk_version.startswith(asterisk.version.split(".")[0])
    assert connection.identity.system_name == "pbx1"
    assert connection.identity.started
    await connection.close()


async def test_a_wrong_secret_is_told(asterisk: Asterisk) -> None:
    connection = link_to(asterisk, secret="wrong")
    watcher = Watcher(connection)
    connection.start()
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == "pbx_login_refused"
    await connection.close()


async def test_members_come_go_and_pause_in_utf8(link: Watcher) -> None:
    send = link.connection.send
    await send(actions.queue_add("support", "PJSIP/1003", name="坐席三 🙂", penalty=2))
    with pytest.raises(AmiRefused, match="Already there"):
        await send(actions.queue_add("support", "PJSIP/1003"))
    await send(actions.queue_pause("PJSIP/1003", True, reason="午休 lunch"))
    event = await next_event(link, b"QueueMemberPause", Interface="PJSIP/1003")
    assert (field(event, b"PausedReason"), field(event, b"MemberName")) == ("午休 lunch", "坐席三 🙂")
    listing = await ask_everything(link.connection)
    (member,) = [item for item in listing.members if item["Name"] == "坐席三 🙂"]
    assert (member["Paused"], member["PausedReason"], member["Penalty"]) == ("1", "午休 lunch", "2")
    await send(actions.queue_remove("support", "PJSIP/1003"))
    with pytest.raises(AmiRefused):
        await send(actions.queue_remove("support", "PJSIP/1003"))


async def test_every_list_is_given(link: Watcher) -> None:
    listing = await ask_everything(link.connection)
    assert listing.refused == {}
    assert {"support", "sales"} <= {item["Queue"] for item in listing.queues}
    assert any(item["Device"].startswith("PJSIP/1001") for item in listing.devices)
    assert listing.before <= listing.after
    assert link.connection.pending == 0


async def test_originate_to_a_phone_that_is_not_there_fails_with_our_channel_id(link: Watcher) -> None:
    await link.connection.send(
        actions.originate("1004", exten="4000", context="from-trunk", channel_id="cti-real-1", ring_seconds=2)
    )
    event = await next_event(link, b"OriginateResponse", Uniqueid="cti-real-1")
    assert field(event, b"Response") == "Failure"


async def test_refusals_leave_nothing_behind(link: Watcher) -> None:
    for action in (
        actions.hangup("PJSIP/1001-deadbeef"),
        actions.redirect("PJSIP/1001-deadbeef", exten="4000", context="from-trunk"),
        actions.get_variable("PJSIP/1001-deadbeef", "CTI_A"),
        actions.set_variable("PJSIP/1001-deadbeef", "CTI_A", "x"),
        actions.queue_add("no such queue", "PJSIP/1001"),
    ):
        with pytest.raises(AmiRefused):
            await link.connection.send(action)
    assert link.connection.pending == 0
    assert link.connection.state is LinkState.READY


async def test_a_user_event_comes_back_whole(link: Watcher) -> None:
    await link.connection.send(actions.user_event("CtiProbe", {"Name": "张伟 🙂", "Note": 'a: b, "c" \\ 100%'}))
    event = await next_event(link, b"UserEvent", UserEvent="CtiProbe")
    assert (field(event, b"Name"), field(event, b"Note")) == ("张伟 🙂", 'a: b, "c" \\ 100%')


@pytest.mark.parametrize("how", ["restart", "kill"])
async def test_it_comes_back_after_a_restart_and_after_a_crash(own_asterisk: Asterisk, how: str) -> None:
    connection = link_to(own_asterisk)
    watcher = Watcher(connection)
    connection.start()
    await watcher.reach(LinkState.READY)
    started = connection.identity.started
    while started.endswith(f":{time.localtime().tm_sec:02}"):  # noqa: ASYNC110 - it tells whole seconds only
        await asyncio.sleep(0.05)
    if how == "kill":
        await own_asterisk.kill()
    await own_asterisk.restart()
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == ("pbx_link_lost" if how == "kill" else "pbx_shutdown")
    await watcher.reach(LinkState.READY, 2, limit=15)
    assert (await ask_everything(connection)).channels == ()
    assert connection.identity.started != started
    await connection.close()


async def test_a_frozen_pbx_is_noticed_and_found_again(own_asterisk: Asterisk) -> None:
    connection = link_to(own_asterisk)
    watcher = Watcher(connection)
    connection.start()
    await watcher.reach(LinkState.READY)
    os.kill(own_asterisk.pid, signal.SIGSTOP)
    try:
        assert (await watcher.reach(LinkState.LOST)).code == "pbx_silent"
    finally:
        os.kill(own_asterisk.pid, signal.SIGCONT)
    await watcher.reach(LinkState.READY, 2, limit=15)
    await connection.send(actions.ping())
    await connection.close()


async def test_a_variable_of_originate_arrives_as_it_was_given_and_sets_no_second_one(link: Watcher) -> None:
    value = 'b,CTI_OTHER=c,"d" \\ (e 张伟'
    lines = ("Channel: Local/4000@from-trunk/n", "Application: Wait", "Data: 5", "Async: true", "ChannelId: cti-v-1")
    dial = actions.Action("Originate", (*lines, f"Variable: {fields.assignment('CTI_A', value)}"))
    await link.connection.send(dial)
    channel = field(await next_event(link, b"Newchannel", Uniqueid="cti-v-1"), b"Channel") or ""
    await next_event(link, b"OriginateResponse", Uniqueid="cti-v-1")
    reply = await link.connection.send(actions.get_variable(channel, "CTI_A"))
    other = await link.connection.send(actions.get_variable(channel, "CTI_OTHER"))
    await link.connection.send(actions.hangup(channel))
    assert (reply.headers["Value"], other.headers["Value"]) == (value, "")
