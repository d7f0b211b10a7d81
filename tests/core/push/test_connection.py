"""Clients that no library would play: slow, endless, oversized, deaf."""

import asyncio
import socket as sockets
import time
import zlib

import pytest

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"


@pytest.fixture(autouse=True)
def topics(place) -> None:  # type: ignore[no-untyped-def]
    place.hub.register_topic("system", may=lambda session: True, snapshot=lambda: {"links": []})


async def deaf(place, user_id: int = 9):  # type: ignore[no-untyped-def]
    """A subscriber that takes its snapshot and never reads again, with small buffers on its side."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", place.door.port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    client = type(await place.connect())(reader, writer)
    place.sockets.append(client)
    writer.write(place.request())
    await reader.readuntil(b"\r\n\r\n")
    client.say(type="auth", ticket=place.ticket(user_id))
    await client.hear()
    client.say(type="subscribe", topics=["system"])
    await client.hear()
    writer.transport.pause_reading()
    return client


def outbox(place) -> int:  # type: ignore[no-untyped-def]
    """The largest outbox of all."""
    return max((each.transport.get_write_buffer_size() for each in place.gate._open), default=0)


async def test_a_message_that_comes_byte_by_byte_is_heard(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    for byte in client.frame(b'{"type":"ping"}'):
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.hear())["type"] == "pong"


async def test_a_message_in_fragments_is_heard(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.send(b'{"type":', fin=False)
    client.send(b"", opcode=0, fin=False)
    client.send(b"", opcode=9)
    client.send(b'"ping"}', opcode=0)
    assert (await client.hear())["type"] == "pong"


async def test_a_deaf_client_is_closed_and_the_others_never_notice(place) -> None:  # type: ignore[no-untyped-def]
    awake = await place.enter(1)
    awake.say(type="subscribe", topics=["system"])
    await awake.hear()
    await deaf(place)
    worst = 0.0
    largest = 0
    for number in range(400):
        began = time.perf_counter()
        place.hub.publish("system", "system.link", {"n": number, "text": "x" * 8000}, 0.0)
        assert (await awake.hear())["data"]["n"] == number
        worst = max(worst, time.perf_counter() - began)
        largest = max(largest, outbox(place))
    assert place.figure("cti_push_clients") == 2 or place.figure("cti_push_closed_total", code="4008") == 1
    await place.until(lambda: place.figure("cti_push_closed_total", code="4008") == 1)
    assert place.figure("cti_push_clients") == 1
    assert largest < 1.2 * 1024 * 1024
    assert worst < 1.0


async def test_a_deaf_client_with_little_waiting_is_closed_after_ten_seconds(place) -> None:  # type: ignore[no-untyped-def]
    await deaf(place)
    while outbox(place) < 200_000:
        place.hub.publish("system", "system.link", "x" * 8000, 0.0)
        await asyncio.sleep(0)
    for _ in range(9):
        place.clock.time += 1
        place.gate.sweep()
    assert place.figure("cti_push_clients") == 1
    for _ in range(2):
        place.clock.time += 1
        place.gate.sweep()
    await place.until(lambda: place.figure("cti_push_clients") == 0)
    assert place.figure("cti_push_closed_total", code="4008") == 1


async def test_a_slow_client_that_takes_something_now_and_then_stays(place, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("cti_server.core.push.connection.OUTBOX", 8_000_000)
    client = await deaf(place)
    while outbox(place) < 6_000_000:
        place.hub.publish("system", "system.link", "x" * 8000, 0.0)
        await asyncio.sleep(0)
    for _ in range(4):
        before = outbox(place)
        while outbox(place) >= before:
            client.writer.transport.resume_reading()
            await client.hear()
            client.writer.transport.pause_reading()
        for _ in range(9):
            place.clock.time += 1
            for each in list(place.gate._open):
                each.check_progress()
    assert outbox(place) > 1_000_000, "it had caught up, which proves nothing"
    assert all(each.shut_with is None for each in place.gate._open)


async def test_a_large_snapshot_does_not_close_the_one_who_asked(place) -> None:  # type: ignore[no-untyped-def]
    place.hub.register_topic("large", may=lambda session: True, snapshot=lambda: "x" * 3_000_000)
    client = await deaf(place)
    client.say(type="subscribe", topics=["large"])
    await place.until(lambda: outbox(place) > 2_000_000)
    for number in range(50):
        place.hub.publish("system", "system.link", number, 0.0)
        place.hub.publish("large", "large.changed", number, 0.0)
        await asyncio.sleep(0)
    client.writer.transport.resume_reading()
    snapshot = await client.hear_until("snapshot")
    assert len(snapshot["data"]) == 3_000_000
    for number in range(50):
        assert (await client.hear_until("large.changed"))["data"] == number


@pytest.mark.parametrize("size", [65 * 1024, 100 * 1024, 2**40])
async def test_a_message_that_is_too_large_ends_the_connection(place, size: int) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.writer.write(b"\x81\xff" + size.to_bytes(8, "big") + b"\0\0\0\0")
    assert await client.end(limit=1) == 1009
    client.cut()
    await place.until(lambda: place.figure("cti_push_closed_total", code="1009") == 1)


async def test_fragments_that_add_up_to_too_much_end_the_connection(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.send(b"x" * 1000, fin=False)
    for _ in range(70):
        client.send(b"x" * 1000, opcode=0, fin=False)
    assert await client.end(limit=1) == 1009


async def test_a_deflate_bomb_ends_the_connection(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter(extra=DEFLATE)
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = pack.compress(b" " * 20_000_000) + pack.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 64 * 1024
    client.send(bomb[:-4], rsv1=True)
    assert await client.end(limit=1) == 1009


@pytest.mark.parametrize(
    ("opcode", "payload", "fin"),
    [(1, b'{"type":"ping"}', True), (9, b"", True), (10, b"", True), (0, b"", False)],
    ids=["messages", "pings", "pongs", "empty fragments"],
)
async def test_a_flood_ends_the_connection(place, opcode: int, payload: bytes, fin: bool) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    if opcode == 0:
        client.send(b"", fin=False)
    flood = client.frame(payload, opcode=opcode, fin=fin) * 2000
    client.writer.write(flood)
    assert await client.end(limit=1) == 1008
    client.cut()
    await place.until(lambda: place.figure("cti_push_closed_total", code="1008") == 1)


async def test_a_human_pace_is_no_flood(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    for _ in range(30):
        for _ in range(20):
            client.say(type="ping")
            assert (await client.hear())["type"] == "pong"
        place.clock.time += 1


@pytest.mark.parametrize(
    "raw",
    [b"\x81\x05hello", b"\xf1\x80\0\0\0\0", b"\x83\x80\0\0\0\0", b"\x89\xfe\x01\x00\0\0\0\0" + b"x" * 256],
    ids=["not masked", "reserved bits", "unknown opcode", "long ping"],
)
async def test_broken_frames_end_the_connection(place, raw: bytes) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.writer.write(raw)
    assert await client.end(limit=1) == 1002


async def test_text_that_is_no_text_ends_the_connection(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.send(b"\xff\xfe")
    assert await client.end(limit=1) in (1007, 1008)


async def test_a_client_that_does_not_take_part_in_closing_is_cut(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.polite = False
    client.send(b"?")
    assert await client.end(limit=4) == 1008
    assert place.door.open_connections == 0


async def test_a_client_that_says_good_bye_gets_one(place) -> None:  # type: ignore[no-untyped-def]
    client = await place.enter()
    client.polite = False
    client.send((1000).to_bytes(2, "big"), opcode=8)
    assert await client.end() == 1000
    await place.until(lambda: place.door.open_connections == 0)
    assert place.figure("cti_push_clients") == 0


async def test_frames_wait_in_no_queue_of_their_own(place) -> None:  # type: ignore[no-untyped-def]
    """What was published in order arrives in order, also around snapshots."""
    client = await place.enter()
    client.say(type="subscribe", topics=["system"])
    await client.hear()
    for number in range(300):
        place.hub.publish("system", "system.link", number, 0.0)
        if number % 50 == 0:
            client.say(type="subscribe", topics=["me"])
            await asyncio.sleep(0)
    heard = []
    while len(heard) < 300:
        message = await client.hear()
        if message["type"] == "system.link":
            heard.append(message["data"])
    assert heard == list(range(300))
