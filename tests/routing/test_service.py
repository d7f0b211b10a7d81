"""What joins the rooms of routing: its port, and what it does while something is away."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from cti_server.core.bus import Bus
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.routing import service
from cti_server.routing.service import Routing, RoutingOptions
from tests.fakes.set_clock import SetClock
from tests.whole.site import poll


def routing(tasks: Tasks, port: int) -> Routing:
    """Without a database and without a PBX."""
    clock = SetClock()
    away = Database("postgresql://cti@127.0.0.1:1/cti", pool_size=1, timeout=1.0, clock=clock)
    nobody: Any = SimpleNamespace(append=lambda kind, row: 1)
    return Routing(
        RoutingOptions(True, "127.0.0.1", port, ("127.0.0.1/32",), 10, (), (), "Asia/Shanghai"),
        bus=Bus(), live=Pbxs({"main": Pbx("main")}), db=away, journal=nobody, audit=nobody, clock=clock, tasks=tasks,
        send=nobody, number_key=str, name_of=str,
    )  # fmt: skip


async def test_a_port_that_is_taken_is_told_and_had_as_soon_as_it_is_free(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service, "PORT_RETRY", 0.05)
    tasks = Tasks("routing")
    other = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    one = routing(tasks, port)
    await one.start()
    assert one.port == 0
    assert not one.link().up
    assert f"127.0.0.1:{port}" in one.link().detail
    told = capsys.readouterr().out
    assert "routing.port" in told
    other.close()
    await other.wait_closed()

    async def look() -> bool | None:
        return one.link().up or None

    await poll(look, "the port", 5.0)
    assert one.port == port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"agi_network_script: alive\n\n")
    assert await reader.readline() == b'SET VARIABLE "CTI_ANSWER" "done"\n'
    writer.close()
    await one.stop()
    await tasks.close()
