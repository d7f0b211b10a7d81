"""The least of a SIP client, against registrars that misbehave; the real one is in test_doorkeeper.py."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from cti_server.calls.softphone.unregister import RegistrarFault, forget_contacts

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
CHALLENGE = 'SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r",nonce="n",algorithm=MD5,qop="auth"\r\n\r\n'
OK = "SIP/2.0 200 OK\r\n\r\n"


def frame(text: str, kind: int = 1) -> bytes:
    data = text.encode()
    return bytes([0x80 | kind]) + (bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2)) + data


async def heard(reader: asyncio.StreamReader) -> str:
    """One masked frame of the client."""
    _, second = await reader.readexactly(2)
    assert second & 0x80, "a client masks"
    size = second & 0x7F
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    mask = await reader.readexactly(4)
    return bytes(byte ^ mask[n % 4] for n, byte in enumerate(await reader.readexactly(size))).decode()


@asynccontextmanager
async def registrar(*answers: bytes, head: bytes = UPGRADED) -> AsyncIterator[tuple[str, list[str]]]:
    """A registrar that says these one after the other; its address and what it heard."""
    said: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(head)
            for answer in answers:
                said.append(await heard(reader))
                writer.write(answer)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws", said


async def forget(url: str, limit: float = 3.0) -> None:
    await forget_contacts(url, "sip:1001w@cti.invalid", "user", "secret", limit=limit)


async def test_it_asks_answers_the_challenge_and_takes_back_every_contact() -> None:
    trying = frame("", 9) + frame("SIP/2.0 100 Trying\r\n\r\n") + frame(CHALLENGE)
    async with registrar(trying, frame("pong is heard")) as (url, said):
        with pytest.raises(TimeoutError):
            await forget(url, 0.3)
    assert "Sec-WebSocket-Protocol: sip" in said[0]
    assert "Contact: *\r\nExpires: 0\r\n" in said[1]
    assert "Authorization" not in said[1]
    async with registrar(frame(CHALLENGE), frame(OK)) as (url, said):
        await forget(url)
    found = re.search(r'response="([0-9a-f]{32})".*cnonce="([0-9a-f]+)"', said[2])
    assert found
    assert found[1] == answer_of(found[2])


def answer_of(once: str) -> str:
    """RFC 2617 §3.2.2, by hand."""
    from hashlib import md5

    sum_: Callable[[str], str] = lambda text: md5(text.encode()).hexdigest()  # noqa: E731
    return sum_(f"{sum_('user:r:secret')}:n:00000001:{once}:auth:{sum_('REGISTER:sip:cti.invalid')}")


@pytest.mark.parametrize(
    ("answers", "head"),
    [
        ((frame("SIP/2.0 403 Forbidden\r\n\r\n"),), UPGRADED),
        ((frame(CHALLENGE), frame(CHALLENGE)), UPGRADED),
        ((frame(CHALLENGE.replace("MD5", "SHA-512-256")),), UPGRADED),
        ((frame("SIP/2.0 401 Unauthorized\r\n\r\n"),), UPGRADED),
        ((b"\x81\x7f" + bytes(8),), UPGRADED),
        ((b"\x88\x00",), UPGRADED),
        ((), b"HTTP/1.1 404 Not Found\r\n\r\n"),
        ((), b"x" * 70_000),
    ],
)
async def test_whatever_else_comes_is_a_fault(answers: tuple[bytes, ...], head: bytes) -> None:
    async with registrar(*answers, head=head) as (url, _):
        with pytest.raises(RegistrarFault):
            await forget(url)


async def test_one_that_says_nothing_costs_the_limit_and_no_more() -> None:
    async with registrar() as (url, _):
        with pytest.raises(TimeoutError):
            await forget(url, 0.2)
