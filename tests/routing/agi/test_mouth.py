"""Flows on a real Asterisk: a caller hears the prompts (tones), presses keys, and ends up where the flow says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.routing.agi import server
from cti_server.routing.agi.server import AgiSession
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.call import Call
from tests.routing.agi.line import Line

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

THIN = {
    "format": 1,
    "title": "thin",
    "languages": ["en"],
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "speech": [{"say": "prompt", "prompt": "hello"}], "exits": {"next": "menu"}},
        "menu": {
            "kind": "menu",
            "speech": [{"say": "prompt", "prompt": "menu"}],
            "timeout_seconds": 3,
            "exits": {"1": "sales", "2": "vip", "timeout": "vip"},
        },
        "sales": {"kind": "queue", "queue": "sales"},
        "vip": {"kind": "queue", "queue": "vip"},
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    line = Line(asterisk, Path(tmp_path_factory.mktemp("tones")))
    await line.open()
    try:
        yield line
    finally:
        await line.close()


async def test_play_menu_queue(line: Line) -> None:
    line.tones.add("hello", {"en": 500})
    line.tones.add("menu", {"en": 700}, seconds=2)
    line.publish(THIN)
    call = await line.call()
    assert await call.hears(500)
    assert await call.hears(700)
    call.press("1")
    await line.waiting_in("sales")
    assert line.counted.path == ["hello:next", "menu:1"]
    await line.hang_up()


# -- the phones keep working


async def in_menu(line: Line) -> Call:
    line.publish(THIN)
    call = await line.call()
    assert await call.hears(700)
    return call


async def test_a_server_that_is_absent_costs_nothing(line: Line) -> None:
    await line.point_to("127.0.0.1:1")
    call = await line.call()
    assert await line.waiting_in("support") < 1.0
    await line.hang_up()
    await call.ended()
    await line.point_to(f"127.0.0.1:{line.server.port}")


async def test_a_server_that_hangs_costs_three_seconds_at_most(line: Line) -> None:
    hung = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    await line.point_to(f"127.0.0.1:{hung.sockets[0].getsockname()[1]}")
    await line.call()
    assert await line.waiting_in("support") < 3.0
    await line.hang_up()
    hung.close()
    await line.point_to(f"127.0.0.1:{line.server.port}")


async def test_a_server_that_hangs_in_mid_menu(line: Line) -> None:
    hung = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    call = await in_menu(line)
    await line.point_to(f"127.0.0.1:{hung.sockets[0].getsockname()[1]}")
    call.press("1")
    assert await line.waiting_in("support") < 3.0
    await line.hang_up()
    hung.close()
    await line.point_to(f"127.0.0.1:{line.server.port}")


@pytest.mark.parametrize("key", ["", "1"])
async def test_a_server_that_dies_in_mid_menu(line: Line, key: str) -> None:
    """Whether the caller presses a key or says nothing: he is in the safe queue within three seconds of silence."""
    call = await in_menu(line)
    port = line.server.port
    await line.server.stop()
    if key:
        call.press(key)
    else:
        assert await call.loses(700)
    assert await line.waiting_in("support") < 3.0
    await line.hang_up()
    line.server = line.make_server(port)
    await line.server.start()


async def test_a_server_that_was_restarted_does_not_know_the_call(line: Line) -> None:
    call = await in_menu(line)
    line.mouth.going.clear()
    call.press("1")
    assert await line.waiting_in("support") < 1.0
    await line.hang_up()


async def test_half_an_answer_counts_as_none(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await in_menu(line)
    real = AgiSession.set

    async def dies(session: AgiSession, variable: str, value: str) -> None:
        await real(session, variable, value)
        if variable == "CTI_SOUNDS":
            session._writer.transport.abort()

    monkeypatch.setattr(server, "as_array", lambda values: None)  # as with values that must be sent one by one
    monkeypatch.setattr(AgiSession, "set", dies)
    call.press("1")
    assert await line.waiting_in("support") < 1.0
    await line.hang_up()


async def test_an_answer_in_one_command_and_one_by_one_are_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller hears both prompts and ends up in the queue, also when nothing may be told together."""
    monkeypatch.setattr(server, "as_array", lambda values: None)
    call = await in_menu(line)
    call.press("1")
    await line.waiting_in("sales")
    await line.hang_up()
