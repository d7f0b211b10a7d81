"""Ranges as RFC 9110 wants them, over a real server."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from cti_server.core.web.media import Media, asked_range, send_media

WHOLE = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("header", "due"),
    [
        (None, (0, 1023)),
        ("bytes=0-", (0, 1023)),
        ("bytes=0-0", (0, 0)),
        ("bytes=1000-", (1000, 1023)),
        ("bytes=1000-5000", (1000, 1023)),
        ("bytes=-24", (1000, 1023)),
        ("bytes=-5000", (0, 1023)),
        ("bytes=1024-", None),
        ("bytes=5-4", None),
        ("bytes=-0", None),
        ("bytes=0-1,5-6", (0, 1023)),
        ("bytes=x-y", (0, 1023)),
        ("lines=1-2", (0, 1023)),
        ("bytes=99999999999999999999-", (0, 1023)),
    ],
)
def test_the_range_that_is_meant(header: str | None, due: tuple[int, int] | None) -> None:
    assert asked_range(header, 1024) == due


def test_nothing_has_no_range() -> None:
    assert asked_range(None, 0) is None
    assert asked_range("bytes=-1", 0) is None


async def read(first: int, last: int) -> AsyncIterator[bytes]:
    for at in range(first, last + 1, 100):
        yield WHOLE[at : min(at + 100, last + 1)]


async def test_over_the_wire() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await send_media(request, Media(len(WHOLE), "audio/mpeg", read, 'a"b\r\n/x.mp3', "tag"))

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        async with aiohttp.ClientSession(trust_env=False) as session:
            async with session.get(url) as whole:
                assert (whole.status, await whole.read()) == (200, WHOLE)
                assert whole.headers["Accept-Ranges"] == "bytes"
                assert whole.headers["Content-Disposition"] == 'attachment; filename="abx.mp3"'
            async with session.get(url, headers={"Range": "bytes=250-449"}) as part:
                assert (part.status, await part.read()) == (206, WHOLE[250:450])
                assert part.headers["Content-Range"] == "bytes 250-449/1024"
            async with session.get(url, headers={"Range": "bytes=2000-"}) as beyond:
                assert (beyond.status, beyond.headers["Content-Range"]) == (416, "bytes */1024")
            async with session.get(url, headers={"Range": "bytes=1-2", "If-Range": '"other"'}) as changed:
                assert (changed.status, len(await changed.read())) == (200, 1024)
    finally:
        await runner.cleanup()
