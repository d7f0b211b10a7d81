"""The door with two stand-ins behind it, and senders that behave badly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.metrics import Metrics
from cti_server.core.web.front_door import FrontDoor, OnLost

WEBSOCKET = b"GET /push HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n"
PLAIN = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class StandIn(asyncio.Protocol):
    """Says its name and echoes what it was given."""

    def __init__(self, name: bytes, on_lost: OnLost) -> None:
        self.name = name
        self.on_lost = on_lost
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(self.name)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_lost()


Open = Callable[..., Awaitable[FrontDoor]]


@pytest_asyncio.fixture
async def open_door(metrics: Metrics) -> AsyncIterator[Open]:
    doors: list[FrontDoor] = []

    async def make(**limits: Any) -> FrontDoor:
        door = FrontDoor(
            http=lambda on_lost: StandIn(b"http:", on_lost),
            push=lambda on_lost: StandIn(b"push:", on_lost),
            metrics=metrics,
            **limits,
        )
        await door.listen("127.0.0.1", 0)
        doors.append(door)
        return door

    yield make
    for door in doors:
        door.stop_listening()
        door.drop_all()


async def visit(door: FrontDoor) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", door.port)


async def heard(reader: asyncio.StreamReader, size: int) -> bytes:
    async with asyncio.timeout(5):
        return await reader.readexactly(size)


async def rest(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.read()


def dropped(metrics: Metrics, reason: str) -> float:
    return metrics.registry.get_sample_value("cti_connections_dropped_total", {"reason": reason}) or 0.0


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (WEBSOCKET, b"push:"),
        (WEBSOCKET.replace(b"/push", b"/push?token=x"), b"push:"),
        (WEBSOCKET.replace(b"Upgrade: WebSocket", b"UPGRADE:websocket  "), b"push:"),
        (PLAIN, b"http:"),
        (PLAIN.replace(b"/ ", b"/push "), b"http:"),
        (WEBSOCKET.replace(b"/push", b"/pushy"), b"http:"),
        (WEBSOCKET.replace(b"/push", b"/push/x"), b"http:"),
        (WEBSOCKET.replace(b"GET", b"POST"), b"http:"),
        (WEBSOCKET.replace(b"HTTP/1.1", b"HTTP/1.0"), b"http:"),
        (PLAIN[:-2] + b"X: Upgrade: websocket\r\n\r\n", b"http:"),
    ],
)
async def test_the_first_request_decides(open_door: Open, head: bytes, name: bytes) -> None:
    reader, writer = await visit(await open_door())
    writer.write(head + b"more")
    assert await heard(reader, len(name) + len(head) + 4) == name + head + b"more"
    writer.close()


async def test_a_head_that_comes_byte_by_byte_arrives_whole(open_door: Open) -> None:
    door = await open_door()
    reader, writer = await visit(door)
    for byte in WEBSOCKET:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    assert await heard(reader, 5 + len(WEBSOCKET)) == b"push:" + WEBSOCKET
    writer.close()


async def test_a_head_that_does_not_end_in_time_is_answered_408(open_door: Open, metrics: Metrics) -> None:
    reader, writer = await visit(await open_door(head_seconds=0.05))
    writer.write(b"GET / HTTP/1.1\r\nX: ")
    assert (await rest(reader)).startswith(b"HTTP/1.1 408 ")
    assert dropped(metrics, "slow_head") == 1
    writer.close()


async def test_a_head_without_end_is_answered_431(open_door: Open, metrics: Metrics) -> None:
    for end in (b"", b"\r\n\r\n"):
        reader, writer = await visit(await open_door(head_bytes=1000))
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"a" * 2000 + end)
        assert (await rest(reader)).startswith(b"HTTP/1.1 431 ")
        writer.close()
    assert dropped(metrics, "large_head") == 2


async def test_tls_spoken_to_a_plain_port_is_told_so_at_once(open_door: Open) -> None:
    reader, writer = await visit(await open_door())
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert b"without TLS" in await rest(reader)
    writer.close()


async def test_the_door_counts_who_is_inside(open_door: Open, metrics: Metrics) -> None:
    door = await open_door(max_connections=2)
    first = await visit(door)
    second = await visit(door)
    first[1].write(PLAIN)
    second[1].write(WEBSOCKET)
    await heard(first[0], 5)
    await heard(second[0], 5)
    assert door.open_connections == 2
    third = await visit(door)
    assert (await rest(third[0])).startswith(b"HTTP/1.1 503 ")
    assert dropped(metrics, "full") == 1
    assert door.open_connections == 2
    second[1].close()
    await second[1].wait_closed()
    again = await visit(door)
    again[1].write(PLAIN)
    assert await heard(again[0], 5) == b"http:"
    for _, writer in (first, third, again):
        writer.close()


async def test_a_crowd_of_slow_senders_locks_out_nobody(open_door: Open, metrics: Metrics) -> None:
    door = await open_door(max_waiting=10)
    slow = []
    for _ in range(40):
        pair = await visit(door)
        pair[1].write(b"G")
        slow.append(pair)
    reader, writer = await visit(door)
    writer.write(PLAIN)
    assert await heard(reader, 5) == b"http:"
    assert await rest(slow[0][0]) == b"" or slow[0][0].at_eof()
    assert dropped(metrics, "crowded") >= 30
    assert door.open_connections <= 11
    for _, each in [*slow, (reader, writer)]:
        each.close()


async def test_somebody_who_leaves_before_speaking_is_forgotten(open_door: Open) -> None:
    door = await open_door()
    _, writer = await visit(door)
    writer.write(b"GET")
    await writer.drain()
    writer.transport.abort()
    reader, writer = await visit(door)
    writer.write(PLAIN)
    await heard(reader, 5)
    assert door.open_connections == 1
    writer.close()


async def test_a_taken_port_is_an_error(open_door: Open) -> None:
    door = await open_door()
    other = FrontDoor(http=lambda x: StandIn(b"", x), push=lambda x: StandIn(b"", x), metrics=Metrics())
    with pytest.raises(RuntimeError):
        _ = other.port
    with pytest.raises(OSError, match="address already in use"):
        await other.listen("127.0.0.1", door.port)
