"""The browser without a page, against a server by hand."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web

from cti_server.sandbox.stage.console import Console
from cti_server.sandbox.state import SandboxError


class Server:
    """Signs in "ann", gives one ticket, speaks the push dialogue."""

    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []
        self.url = ""

    async def sign_in(self, request: web.Request) -> web.Response:
        assert request.headers["X-CTI"] == "1"
        if (await request.json())["password"] != "right":
            return web.json_response({"code": "sign_in_failed"}, status=401)
        response = web.json_response({"user": {"id": 7}})
        response.set_cookie("cti", "token")
        return response

    async def ticket(self, request: web.Request) -> web.Response:
        assert request.cookies["cti"] == "token"
        return web.json_response({"ticket": "t1"})

    async def push(self, request: web.Request) -> web.WebSocketResponse:
        assert request.headers["Origin"] == self.url
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        async for raw in stream:
            if raw.type is not WSMsgType.TEXT:
                continue
            message = raw.json()
            self.heard.append(message)
            if message["type"] == "auth":
                await stream.send_json({"type": "ready"})
            elif message["type"] == "subscribe":
                await stream.send_json({"type": "snapshot", "topic": "me", "data": {}})
                await stream.send_json({"type": "refused", "topic": "calls", "code": "forbidden"})
                await stream.send_json({"type": "ping"})
            elif message["type"] == "pong":
                await stream.send_json({"type": "pop.show", "topic": "me", "data": {"call_id": "c1"}})
        return stream


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    server, app = Server(), web.Application()
    app.router.add_post("/api/v1/sign-in", server.sign_in)
    app.router.add_post("/api/v1/push-ticket", server.ticket)
    app.router.add_get("/push", server.push)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def test_it_signs_in_listens_answers_the_heartbeat_and_waits(server: Server) -> None:
    async with Console(server.url, "ann", "right") as console:
        assert console.user_id == 7
        await console.listen("me", "calls")
        seen = await console.wait(lambda seen: seen.type == "pop.show", 3.0, "the pop")
        assert (seen.topic, seen.data) == ("me", {"call_id": "c1"})
        assert [one.type for one in console.seen] == ["ready", "snapshot", "refused", "pop.show"]
        assert [one["type"] for one in server.heard] == ["auth", "subscribe", "pong"]
        assert server.heard[0]["ticket"] == "t1"


async def test_what_was_seen_before_the_mark_does_not_count(server: Server) -> None:
    async with Console(server.url, "ann", "right") as console:
        await console.listen("me", "calls")
        await console.wait(lambda seen: seen.type == "pop.show", 3.0, "the pop")
        mark = console.mark
        with pytest.raises(TimeoutError, match=r"ann did not get another pop within 0.05 s; it got: nothing"):
            await console.wait(lambda seen: seen.type == "pop.show", 0.05, "another pop", mark=mark)
        with pytest.raises(TimeoutError, match=r"it got: ready, snapshot, refused, pop.show"):
            await console.wait(lambda seen: seen.type == "never", 0.05, "it")


async def test_a_refusal_says_what_the_server_said(server: Server) -> None:
    with pytest.raises(SandboxError, match=r"POST /sign-in as ann: 401 .*sign_in_failed"):
        async with Console(server.url, "ann", "wrong"):
            pytest.fail("it signed in")


async def test_nobody_there() -> None:
    with pytest.raises(SandboxError, match=r"POST /sign-in as ann: .*127\.0\.0\.1"):
        async with Console("http://127.0.0.1:9", "ann", "right"):
            pytest.fail("it signed in")
