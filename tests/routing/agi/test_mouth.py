"""Flows on a real Asterisk: a caller hears the prompts (tones), presses keys, and ends up where the flow says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
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
