"""Look-ups are led nowhere they must not go (A38), and are cut when they are too slow or too large (A39)."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.core.web.outgoing import Checked, Forbidden, Outgoing, may_connect

EVERYWHERE = [
    "http://127.0.0.1:5038/",
    "http://localhost:5038/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://127.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://crm.example.com@127.0.0.1/",
    "http://crm.example.com:80@127.0.0.1/",
    "http://127.0.0.1#crm.example.com/",
    "http://127.0.0.1\\@crm.example.com/",
    "http://crm.example.com.evil.tld/",
    "http://evil.tld/crm.example.com",
    "http://ⓒrm.example.com/",
    "gopher://crm.example.com/",
    "file:///etc/passwd",
    "ftp://crm.example.com/",
    "//crm.example.com/",
    "http://crm.example.com:5038/",
    "http://crm.example.com /",
    "http://crm.example.com\r\nHost: x/",
    "http://${host}/",
    "http://[::1",
    "http://crm.example.com:99999/",
]


class Web:
    """A program on this machine that keeps count of who connected."""

    def __init__(self) -> None:
        self.connected = 0
        self.answer = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"ok": true}'
        self.slow = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        await reader.readuntil(b"\r\n\r\n")
        try:
            if self.slow:
                for byte in self.answer:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(self.slow)
            else:
                writer.write(self.answer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0)
    web.port = server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    yield web
    server.close()


def outgoing(web: Web, *networks: str) -> Outgoing:
    return Outgoing(["crm.example.com", f"localhost:{web.port}", f"127.0.0.1:{web.port}"], networks)  # type: ignore[attr-defined]


async def get(asks: Outgoing, url: str, timeout: float = 2.0) -> tuple[int, object]:
    try:
        return await asks.fetch(url, method="GET", body=None, timeout=timeout)
    finally:
        await asks.close()


@pytest.mark.parametrize("url", EVERYWHERE)
async def test_it_is_led_nowhere(web: Web, url: str) -> None:
    assert not outgoing(web).host_allowed(url)
    assert await get(outgoing(web), url) == (0, None)
    assert web.connected == 0


async def test_an_allowed_name_that_leads_to_this_machine_is_not_connected_to(web: Web) -> None:
    """What a name that changes between two look-ups would do: the address itself is judged when connecting."""
    url = f"http://localhost:{web.port}/"  # type: ignore[attr-defined]
    assert outgoing(web).host_allowed(url)
    assert await get(outgoing(web), url) == (0, None)
    assert web.connected == 0
    assert await get(outgoing(web, "127.0.0.0/8", "::1/128"), url) == (200, {"ok": True})


async def test_a_name_that_changes_its_mind_leads_nowhere(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look-up says a public address, every later one this machine; only what was judged is connected to."""
    loop = asyncio.get_running_loop()
    answers = [[("93.184.216.34", 80)], [("127.0.0.1", web.port)]]  # type: ignore[attr-defined]

    async def look(host: str, port: int, **more: object) -> list[object]:
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in found]

    monkeypatch.setattr(loop, "getaddrinfo", look)
    resolver = Checked([])
    first = await resolver.resolve("crm.example.com", 80)
    assert [each["host"] for each in first] == ["93.184.216.34"]
    with pytest.raises(Forbidden):
        await resolver.resolve("crm.example.com", 80)
    assert await get(outgoing(web), "http://crm.example.com/") == (0, None)
    assert web.connected == 0


async def test_a_redirect_is_not_followed(web: Web) -> None:
    web.answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:5038/\r\nContent-Length: 0\r\n\r\n"
    assert (await get(outgoing(web, "127.0.0.0/8"), f"http://127.0.0.1:{web.port}/"))[0] == 302  # type: ignore[attr-defined]
    assert web.connected == 1


async def test_an_answer_that_drips_is_cut(web: Web) -> None:
    web.slow = 0.1
    begun = time.monotonic()
    assert await get(outgoing(web, "127.0.0.0/8"), f"http://127.0.0.1:{web.port}/", 0.3) == (0, None)  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 1.0


@pytest.mark.parametrize(
    "body", [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 60_000,
             b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nhello"]
)  # fmt: skip
async def test_an_answer_that_is_too_large_or_no_json_counts_as_none(web: Web, body: bytes) -> None:
    web.answer = body
    assert await get(outgoing(web, "127.0.0.0/8"), f"http://127.0.0.1:{web.port}/") == (0, None)  # type: ignore[attr-defined]


def test_addresses() -> None:
    assert may_connect("93.184.216.34", [])
    assert not may_connect("::ffff:10.0.0.1", [])
    assert not may_connect("64:ff9b::7f00:1", [])
    assert not may_connect("2002:7f00:1::", [])
    assert not may_connect("fe80::1%eth0", [])
    assert not may_connect("nonsense", [])
    assert Outgoing(["*.example.com"]).host_allowed("https://a.example.com/x?y=1")
    assert not Outgoing(["*.example.com"]).host_allowed("https://example.com/")
    assert not Outgoing([]).host_allowed("https://example.com/")
