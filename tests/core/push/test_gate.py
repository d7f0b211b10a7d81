"""The push stream over real sockets: who gets in, what is said, and who is shown out."""

import asyncio
import json
import logging
import random
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cti_server.core.auth.events import SessionEnded
from cti_server.core.bus import Bus
from cti_server.core.metrics import Metrics
from cti_server.core.push.gate import PushGate
from cti_server.core.push.hub import PushHub
from cti_server.core.push.tickets import Tickets
from cti_server.core.tasks import Tasks
from cti_server.core.web.origins import Origins


@pytest.fixture(autouse=True)
def topics(place) -> None:  # type: ignore[no-untyped-def]
    place.hub.register_topic(
        "queues", may=lambda session: "supervisor" in session.roles, snapshot=lambda: {"queues": []}
    )
    place.hub.register_topic("system", may=lambda session: True, snapshot=lambda: {"links": []})
    place.hub.add_part("user", "calls", lambda user_id: [])


async def test_the_way_in(place) -> None:  # type: ignore[no-untyped-def]
    socket = await place.connect()
    socket.say(type="auth", ticket=place.ticket(7))
    ready = await socket.hear()
    who = {"user_id": 7, "login": "u7", "name": "用户7", "roles": ["agent"]}
    assert ready == {"type": "ready", "session": who, "heartbeat": 20.0, "ts": place.clock.time}
    socket.say(type="subscribe", topics=["me", "queues", "system"])
    heard = [await socket.hear() for _ in range(3)]
    assert [(each["type"], each["topic"]) for each in heard] == [
        ("snapshot", "me"),
        ("refused", "queues"),
        ("snapshot", "system"),
    ]
    place.hub.publish("user:7", "call.delivered", {"number": "13800138000"}, 5.0)
    assert (await socket.hear())["data"] == {"number": "13800138000"}
    assert place.figure("cti_push_clients") == 1


@pytest.mark.parametrize("extension", ["", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"])
async def test_a_browsers_own_library_understands_us(place, extension: str) -> None:  # type: ignore[no-untyped-def]
    port = place.door.port
    compression = "deflate" if extension else None
    async with connect(f"ws://127.0.0.1:{port}/push", origin=f"http://127.0.0.1:{port}", compression=compression) as ws:
        assert "Server" not in ws.response.headers
        await ws.send(json.dumps({"type": "auth", "ticket": place.ticket(1, "supervisor")}))
        assert json.loads(await ws.recv())["type"] == "ready"
        await ws.send(json.dumps({"type": "subscribe", "topics": ["queues"], "since": {"queues": "x" * 50}}))
        assert json.loads(await ws.recv())["type"] == "snapshot"
        for number in range(3):
            place.hub.publish("queues", "queue.updated", {"n": number, "text": "排队" * 2000}, 0.0)
            assert json.loads(await ws.recv())["data"]["text"] == "排队" * 2000
        await ws.send(json.dumps({"type": "ping"}))
        assert json.loads(await ws.recv())["type"] == "pong"


@pytest.mark.parametrize("bits", [9, 11, 12, 15])
async def test_a_small_window_is_never_overrun(place, bits: int) -> None:  # type: ignore[no-untyped-def]
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    port = place.door.port
    small = ClientPerMessageDeflateFactory(server_max_window_bits=bits)
    async with connect(
        f"ws://127.0.0.1:{port}/push", origin=f"http://127.0.0.1:{port}", compression=None, extensions=[small]
    ) as ws:
        await ws.send(json.dumps({"type": "auth", "ticket": place.ticket(1, "supervisor")}))
        await ws.recv()
        await ws.send(json.dumps({"type": "subscribe", "topics": ["queues"]}))
        await ws.recv()
        # The same 3,000 characters again and again: found again only through a window larger than the small ones.
        text = "".join(random.Random(1).choices("0123456789abcdef", k=3000)) * 60
        place.hub.publish("queues", "queue.updated", text, 0.0)
        assert json.loads(await ws.recv())["data"] == text


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", "https://app.example.com.evil.tld", "http://app.example.com", "file://"],
)
async def test_a_foreign_page_does_not_get_in(place, origin: str | None) -> None:  # type: ignore[no-untyped-def]
    status, head, _ = await place.knock(place.request(origin=origin))
    assert status == 403
    assert b"application/problem+json" in head
    assert b"websockets" not in head.lower().replace(b"upgrade: websocket", b"")
    assert place.figure("cti_push_refused_total", reason="origin") == 1


async def test_pages_of_the_allow_list_and_of_the_same_host_get_in(place) -> None:  # type: ignore[no-untyped-def]
    for origin in ("https://app.example.com", "same"):
        assert (await place.knock(place.request(origin=origin)))[0] == 101


async def test_two_origins_are_none(place) -> None:  # type: ignore[no-untyped-def]
    assert (await place.knock(place.request(extra="Origin: https://evil.example\r\n")))[0] == 403


async def test_a_ticket_in_the_address_is_refused_and_stands_in_no_log(place, caplog) -> None:  # type: ignore[no-untyped-def]
    caplog.set_level(logging.DEBUG)
    ticket = place.ticket()
    assert (await place.knock(place.request(path=f"/push?ticket={ticket}")))[0] == 400
    socket = await place.connect()
    socket.say(type="auth", ticket=ticket)
    assert (await socket.hear())["type"] == "ready"
    assert ticket not in caplog.text


@pytest.mark.parametrize(
    "first",
    [
        {"type": "auth", "ticket": "guess"},
        {"type": "auth"},
        {"type": "subscribe", "topics": ["system"]},
        {"type": "pong"},
        "nonsense",
    ],
)
async def test_without_a_good_ticket_nothing_is_told(place, first: Any) -> None:  # type: ignore[no-untyped-def]
    socket = await place.connect()
    socket.send(json.dumps(first).encode())
    assert await socket.end() == 4401
    assert socket.bytes_in < 100


async def test_a_ticket_works_once_and_not_after_30_s(place) -> None:  # type: ignore[no-untyped-def]
    ticket, old = place.ticket(), place.ticket()
    first, second, third = await place.connect(), await place.connect(), await place.connect()
    first.say(type="auth", ticket=ticket)
    assert (await first.hear())["type"] == "ready"
    second.say(type="auth", ticket=ticket)
    assert await second.end() == 4401
    place.clock.time += 30
    third.say(type="auth", ticket=old)
    assert await third.end() == 4401


async def test_a_ticket_of_a_session_that_ended_meanwhile_is_worth_nothing(place) -> None:  # type: ignore[no-untyped-def]
    dropped, ended = place.ticket(1), place.ticket(2)
    place.bus.publish(SessionEnded(session_id=10, user_id=1))
    place.people.ended.add("token-2")
    for ticket in (dropped, ended):
        socket = await place.connect()
        socket.say(type="auth", ticket=ticket)
        assert await socket.end() == 4401


async def test_who_says_nothing_is_shown_out(place, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("cti_server.core.push.gate._AUTH_WITHIN", 0.05)
    socket = await place.connect()
    assert await socket.end() == 4401


async def test_an_ended_session_closes_its_connections_and_no_others(place) -> None:  # type: ignore[no-untyped-def]
    mine, also_mine, other = await place.enter(1), await place.enter(1), await place.enter(2)
    place.bus.publish(SessionEnded(session_id=10, user_id=1))
    place.hub.publish("user:1", "call.delivered", {}, 0.0)
    assert await mine.end() == 4401
    assert await also_mine.end() == 4401
    mine.cut()
    also_mine.cut()
    other.say(type="ping")
    assert (await other.hear())["type"] == "pong"
    await place.until(lambda: place.figure("cti_push_closed_total", code="4401") == 2)


async def test_a_session_that_ran_out_is_found_by_asking(place) -> None:  # type: ignore[no-untyped-def]
    mine, other = await place.enter(1), await place.enter(2)
    place.people.ended.add("token-1")
    await place.gate.check_sessions()
    mine.say(type="ping")
    assert (await mine.hear())["type"] == "pong"
    place.clock.time += 60
    await place.gate.check_sessions()
    assert await mine.end() == 4401
    other.say(type="ping")
    assert (await other.hear())["type"] == "pong"


async def test_screens_go_on_while_the_accounts_cannot_be_asked(place) -> None:  # type: ignore[no-untyped-def]
    place.people.away = True
    socket = await place.enter(1)
    place.clock.time += 60
    await place.gate.check_sessions()
    socket.say(type="ping")
    assert (await socket.hear())["type"] == "pong"


async def test_two_unanswered_pings_and_the_connection_is_given_up_within_40_s(place) -> None:  # type: ignore[no-untyped-def]
    silent, alive = await place.enter(1), await place.enter(2)
    heard: list[str] = []
    for _ in range(40):
        place.clock.time += 1
        place.gate.sweep()
        if place.clock.time % 10 == 0:
            heard.append((await alive.hear())["type"]) if place.clock.time % 20 == 0 else None
            alive.say(type="pong")
            alive.say(type="ping")
            await alive.hear_until("pong")
    assert await silent.end() == 4408
    alive.say(type="ping")
    assert (await alive.hear_until("pong"))["type"] == "pong"


async def test_any_message_is_a_sign_of_life(place) -> None:  # type: ignore[no-untyped-def]
    socket = await place.enter(1)
    for _ in range(6):
        place.clock.time += 20
        place.gate.sweep()
        assert (await socket.hear())["type"] == "ping"
        socket.say(type="ping")
        assert (await socket.hear())["type"] == "pong"


@pytest.mark.parametrize("text", ["{", '{"type":"dial","number":"110"}', '{"type":"auth","ticket":"again"}'])
async def test_a_message_that_is_none_of_ours_ends_the_connection(place, text: str) -> None:  # type: ignore[no-untyped-def]
    socket = await place.enter(1)
    socket.send(text.encode())
    assert await socket.end() == 1008


async def test_bytes_are_none_of_ours_either(place) -> None:  # type: ignore[no-untyped-def]
    socket = await place.enter(1)
    socket.send(b'{"type":"ping"}', opcode=2)
    assert await socket.end() == 1008


async def test_a_browser_that_slept_gets_what_it_missed(place) -> None:  # type: ignore[no-untyped-def]
    socket = await place.enter(1)
    socket.say(type="subscribe", topics=["me"])
    snapshot = await socket.hear()
    place.hub.publish("user:1", "call.delivered", {"n": 1}, 0.0)
    last = await socket.hear()
    socket.cut()
    await place.until(lambda: place.figure("cti_push_clients") == 0)
    for number in range(2, 5):
        place.hub.publish("user:1", "call.updated", {"n": number}, 0.0)
    place.clock.time += 600
    place.gate.sweep()
    back = await place.enter(1)
    back.say(type="subscribe", topics=["me"], since={"me": f"{snapshot['epoch']}:{last['seq']}"})
    assert (await back.hear())["type"] == "resumed"
    assert [(await back.hear())["data"]["n"] for _ in range(3)] == [2, 3, 4]
    place.hub.publish("user:1", "call.cleared", {"n": 5}, 0.0)
    assert (await back.hear())["seq"] == 5


async def test_unsubscribe(place) -> None:  # type: ignore[no-untyped-def]
    socket = await place.enter(1)
    socket.say(type="subscribe", topics=["me"])
    await socket.hear()
    socket.say(type="unsubscribe", topics=["me"])
    socket.say(type="ping")
    assert (await socket.hear())["type"] == "pong"
    place.hub.publish("user:1", "call.delivered", {}, 0.0)
    socket.say(type="ping")
    assert (await socket.hear())["type"] == "pong"


async def test_500_browsers_come_back_at_once(place) -> None:  # type: ignore[no-untyped-def]
    began = asyncio.get_running_loop().time()

    async def one(number: int) -> None:
        socket = await place.enter(number)
        socket.say(type="subscribe", topics=["me", "system"])
        for _ in range(2):
            assert (await socket.hear(limit=15))["type"] == "snapshot"

    await asyncio.gather(*(one(number) for number in range(1, 501)))
    assert asyncio.get_running_loop().time() - began < 15
    assert place.figure("cti_push_clients") == 500


async def test_the_house_is_full(place) -> None:  # type: ignore[no-untyped-def]
    place.gate._max_clients = 1
    await place.enter(1)
    assert (await place.knock(place.request()))[0] == 503


@pytest.mark.parametrize(
    "change",
    [
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12"),
        ("Sec-WebSocket-Key: ", "Sec-WebSocket-Nokey: "),
        ("Connection: Upgrade", "Connection: close"),
        ("Host: ", "Nohost: "),
        ("Origin", "Bad header\r\nOrigin"),
        ("Origin", "Content-Length: 30\r\nOrigin"),
        ("Origin", "Transfer-Encoding: chunked\r\nOrigin"),
    ],
)
async def test_a_crooked_handshake_gets_no_stream(place, change: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    request = place.request().replace(change[0].encode(), change[1].encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", place.door.port)
    writer.write(request)
    async with asyncio.timeout(10):
        received = await reader.read()
    writer.close()
    assert b" 101 " not in received[:20]
    assert b"Traceback" not in received


def test_it_can_be_built_before_the_loop_runs(clock) -> None:  # type: ignore[no-untyped-def]
    metrics, bus = Metrics(), Bus()
    hub = PushHub(clock, metrics)
    tickets, tasks = Tickets(clock), Tasks("t")
    PushGate(hub, tickets, None, Origins(), bus=bus, tasks=tasks, clock=clock, metrics=metrics)  # type: ignore[arg-type]


async def test_at_the_end_everybody_hears_good_bye(place) -> None:  # type: ignore[no-untyped-def]
    place.gate.start()
    port = place.door.port
    async with connect(f"ws://127.0.0.1:{port}/push", origin=f"http://127.0.0.1:{port}") as ws:
        await ws.send(json.dumps({"type": "auth", "ticket": place.ticket()}))
        await ws.recv()
        await place.gate.stop()
        with pytest.raises(ConnectionClosed):
            await ws.recv()
        assert ws.close_code == 1001
    assert place.door.open_connections == 0
