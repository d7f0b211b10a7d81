"""The private Asterisk: what it loads, what its account may, and that it ends with its parent."""

import asyncio
import os
import shutil

import pytest

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.state import State, free_port
from tests.sandbox.parents import assert_ends_with_its_parent

pytestmark = pytest.mark.pbx

PARENT = """
import asyncio, sys
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.state import State, free_port

async def main():
    pbx = await Asterisk.start(State.open(), wishes=Wishes(name=sys.argv[1], agents=1))
    print(pbx.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Ami:
    """The least of an AMI client: an action out, blocks of headers in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, pbx: Asterisk, secret: str | None = None) -> "Ami":
        ami = cls(*await asyncio.open_connection(pbx.host, pbx.ami_port))
        await ami._reader.readline()
        await ami.send("Login", Username=pbx.ami_user, Secret=secret or pbx.ami_secret, Events="on")
        return ami

    async def send(self, action: str, **headers: str) -> None:
        lines = [f"Action: {action}", *(f"{key}: {value}" for key, value in headers.items()), "", ""]
        self._writer.write("\r\n".join(lines).encode())

    async def until(self, key: str, value: str, limit: float = 5.0) -> dict[str, str]:
        async with asyncio.timeout(limit):
            while True:
                block = (await self._reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(line.partition(": ")[::2] for line in block.splitlines())
                if headers.get(key) == value:
                    return headers

    def close(self) -> None:
        self._writer.close()


async def test_it_is_booted_and_its_log_has_no_complaint(asterisk: Asterisk) -> None:
    log = asterisk.log.read_text(encoding="utf-8")
    assert "ERROR" not in log, log
    assert "WARNING" not in log, log


async def test_what_a_call_center_needs_is_loaded(asterisk: Asterisk) -> None:
    shown = await asterisk.cli("module show")
    for name in ("app_queue", "app_mixmonitor", "app_chanspy", "app_confbridge", "res_agi", "res_parking", "res_pjsip",
                 "cdr_manager", "chan_pjsip", "res_pjsip_transport_websocket", "func_timeout"):  # fmt: skip
        assert f"{name}.so" in shown, name


async def test_the_account_hears_and_does_what_it_needs_and_no_more(asterisk: Asterisk) -> None:
    shown = await asterisk.cli(f"manager show user {asterisk.ami_user}")
    rights = {
        line.split(":")[0].strip(): set(line.split(":")[1].strip().split(","))
        for line in shown.splitlines()
        if " perm:" in line
    }
    assert rights["read perm"] == {"system", "call", "agent", "user", "reporting", "cdr", "dtmf"}
    assert rights["write perm"] == {"call", "agent", "user", "originate", "reporting"}


async def test_a_wrong_secret_is_refused(asterisk: Asterisk) -> None:
    ami = await Ami.open(asterisk, "wrong")
    assert (await ami.until("Response", "Error"))["Message"] == "Authentication failed"
    ami.close()


async def test_events_carry_their_time_and_none_is_about_a_queue_device(asterisk: Asterisk) -> None:
    ami = await Ami.open(asterisk)
    await ami.until("Event", "FullyBooted")
    await ami.send("QueueAdd", Queue="vip", Interface="PJSIP/1003")
    added = await ami.until("Event", "QueueMemberAdded")
    assert float(added["Timestamp"]) > 0
    await ami.send("QueueRemove", Queue="vip", Interface="PJSIP/1003")
    with pytest.raises(TimeoutError):
        await ami.until("Event", "DeviceStateChange", limit=0.3)
    ami.close()


async def test_a_call_without_a_server_reaches_the_queue_that_the_dialplan_names(asterisk: Asterisk) -> None:
    ami = await Ami.open(asterisk)
    await ami.send("Originate", Channel="Local/4001@from-trunk", Application="Wait", Data="5", Async="true")
    joined = await ami.until("Event", "QueueCallerJoin")
    assert (joined["Queue"], joined["Exten"]) == ("sales", "4001")
    assert any(value == "QUEUENAME=sales" for key, value in joined.items() if key.startswith("ChanVariable"))
    await ami.send("Hangup", Channel=joined["Channel"])
    await ami.until("Event", "QueueCallerAbandon")
    ami.close()


async def answer_never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def answer_and_die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\n\n")
    writer.write(b'SET VARIABLE CTI_QUEUE "vip"\n')
    await reader.readline()
    writer.close()


async def answer_well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\n\n")
    for name, value in (("CTI_QUEUE", "vip"), ("CTI_ANSWER", "done")):
        writer.write(f'SET VARIABLE {name} "{value}"\n'.encode())
        await reader.readline()
    writer.close()


async def answer_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\n\n")
    for name, value in (("CTI_QUEUE", "no-such-queue"), ("CTI_ANSWER", "done")):
        writer.write(f'SET VARIABLE {name} "{value}"\n'.encode())
        await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("server", "queue"),
    [(answer_well, "vip"), (answer_never, "support"), (answer_and_die, "support"), (answer_nonsense, "support")],
)
async def test_the_caller_reaches_a_queue_whatever_the_server_does(
    own_asterisk: Asterisk, server: object, queue: str
) -> None:
    agi = await asyncio.start_server(server, "127.0.0.1", 0)  # type: ignore[arg-type]
    port = agi.sockets[0].getsockname()[1]
    await own_asterisk.cli(f"dialplan set global CTI_AGI 127.0.0.1:{port}")
    ami = await Ami.open(own_asterisk)
    await ami.send("Originate", Channel="Local/4000@from-trunk", Application="Wait", Data="10", Async="true")
    joined = await ami.until("Event", "QueueCallerJoin", limit=6.0)
    assert joined["Queue"] == queue
    ami.close()
    agi.close()


async def test_without_a_server_the_caller_does_not_wait(own_asterisk: Asterisk) -> None:
    await own_asterisk.cli(f"dialplan set global CTI_AGI 127.0.0.1:{free_port()}")
    ami = await Ami.open(own_asterisk)
    await ami.send("Originate", Channel="Local/4000@from-trunk", Application="Wait", Data="10", Async="true")
    begun = float((await ami.until("Event", "Newchannel"))["Timestamp"])
    joined = await ami.until("Event", "QueueCallerJoin")
    assert joined["Queue"] == "support"
    assert float(joined["Timestamp"]) - begun < 1.0
    ami.close()


async def test_it_comes_back_with_the_same_ports_and_secret(own_asterisk: Asterisk) -> None:
    port, pid = own_asterisk.ami_port, own_asterisk.pid
    await own_asterisk.kill()
    assert not own_asterisk.running
    await own_asterisk.restart()
    assert own_asterisk.ami_port == port
    assert own_asterisk.pid != pid
    ami = await Ami.open(own_asterisk)
    await ami.until("Event", "FullyBooted")
    ami.close()


async def test_its_own_restart_comes_back(own_asterisk: Asterisk) -> None:
    ami = await Ami.open(own_asterisk)
    await own_asterisk.cli("core restart now")
    await ami.until("Event", "Shutdown")
    ami.close()
    await own_asterisk.wait_booted()
    assert own_asterisk.running


async def test_a_killed_parent_leaves_no_pbx(state: State) -> None:
    name = f"orphan-{os.getpid()}"
    await assert_ends_with_its_parent(PARENT, name)
    await asyncio.to_thread(shutil.rmtree, state.folder("asterisk") / name)
