"""The server as the consoles see it: the real pages under the real policy, a made-up API, a push stream that obeys.

Runs in its own thread with its own loop, because the browser tests drive Chromium synchronously.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes import console_world as world

CONSOLE = Path(__file__).parents[2] / "agent_console"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
Json = dict[str, Any]


class ConsoleServer:
    """One made-up server. What a test changes here is what the pages are told; what they send is in `asked`."""

    def __init__(self) -> None:
        self.topics = world.snapshots()
        self.user: Json | None = self.person(["agent", "supervisor", "admin"])
        self.must_change = False
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[tuple[str, str], Callable[[Any], tuple[int, Any]]] = {}
        self.refuse_push = False
        self.keys: dict[str, str] | None = None
        self.messages: list[Json] = []
        self.customer = world.customer(time.time())
        self.rows = [world.call_row(n, time.time()) for n in range(120)]
        self._seq = dict.fromkeys(self.topics, 0)
        self._sockets: set[web.WebSocketResponse] = set()
        self._subscribed: dict[web.WebSocketResponse, set[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""

    @staticmethod
    def person(roles: list[str], language: str = "") -> Json:
        return {"id": 1, "login": "wang", "name": "王小明", "roles": roles, "language": language, "disabled_at": None}

    def start(self) -> None:
        self._thread.start()
        self.url = self._run(self._open())

    def stop(self) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def push(self, topic: str, type_: str, data: Json) -> None:
        """Tell every page that subscribed. Later snapshots know of it only when `topics` is changed too."""
        self._run(self._push(topic, type_, data))

    def drop(self) -> None:
        """Cut every push connection as a dead network would."""
        self._run(self._drop())

    def said(self, method: str, path: str) -> list[Any]:
        """The bodies that were sent to an address."""
        return [body for verb, where, body in list(self.asked) if (verb, where) == (method, path)]

    def _run(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(10)

    async def _open(self) -> str:
        app = web.Application()
        app.on_response_prepare.append(self._dress)
        app.router.add_get("/push", self._socket)
        app.router.add_route("*", "/api/v1/{path:.*}", self._api)
        app.router.add_get("/{path:.*}", self._file)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _close(self) -> None:
        await self._drop()
        await self._runner.cleanup()

    async def _dress(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = (CONSOLE / (request.match_info["path"] or "index.html")).resolve()
        if not path.is_file() or CONSOLE not in path.parents:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        path = request.match_info["path"]
        self.asked.append((request.method, path, body if body is not None else dict(request.query)))
        answer = self.answers.get((request.method, path))
        status, told = answer(body) if answer else self._answer(request.method, path, body, request)
        if isinstance(told, bytes):
            return web.Response(body=told, content_type="audio/wav")
        if isinstance(told, str):
            return web.Response(text=told, content_type="text/csv")
        return web.json_response(told, status=status) if status != 204 else web.Response(status=204)

    def _answer(self, method: str, path: str, body: Any, request: web.Request) -> tuple[int, Any]:
        if path == "sign-in":
            self.user = self.user or self.person(["agent"])
            return 200, self._me()
        if path == "setup":
            return 200, self.person(["admin"])
        if self.user is None:
            return problem(401, "not_signed_in")
        if method == "GET":
            return self.get(path, request)
        return self._do(method, path, body)

    def _do(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path == "push-ticket":
            return 200, {"ticket": "t", "expires_in": 30}
        if path == "sign-out":
            self.user = None
        if path.startswith("customers/") and method == "PATCH":
            self.customer = {**self.customer, **body, "version": self.customer["version"] + 1}
            shown = [{"id": n, "display": one["value"], **one} for n, one in enumerate(body["contacts"])]
            self.customer["contacts"] = shown
            return 200, self.customer
        if path.startswith(("customers", "calls/")):
            return 200, self.customer
        if path == "users":
            return 201, {"user": {**self.person(["agent"]), **body}, "password": "abcde-fghjk-mnpqr-stuvw"}
        if path == "me/shortcuts":
            self.keys = body["keys"] if method == "PUT" else None
            return 200, {"keys": self.keys or {}, "own": self.keys is not None}
        if path.endswith("reset-password"):
            return 200, {"password": "zyxwv-utsrq-pnmkj-hgfed"}
        return 204, None

    def _me(self) -> Json:
        assert self.user is not None
        return {"user": {**self.user, "must_change_password": self.must_change}, "agent": None}

    def get(self, path: str, request: web.Request) -> tuple[int, Any]:
        now = time.time()
        fixed: dict[str, Callable[[], Any]] = {
            "me": self._me,
            "outcomes": lambda: [
                {"code": "resolved", "zh": "已解决", "en": "Resolved"},
                {"code": "callback", "zh": "需回电", "en": "Call back"},
                {"code": "complaint", "zh": "投诉", "en": "Complaint"},
            ],
            "customers": lambda: page([self.customer]),
            "queues": lambda: page(self.topics["queues"]["queues"]),
            "agents": lambda: page([profile(one) for one in self.topics["agents"]["agents"][:6]]),
            "users": lambda: page([user(n, now) for n in range(8)]),
            "pbx": lambda: page(
                [{"pbx": world.PBX, "host": "127.0.0.1", "port": 5038, "calls": 5, "events_per_second": 41.7}]
            ),
            "audit": lambda: page([audit(n, now) for n in range(12)]),
            "calls/mine": lambda: page(self.rows[:9]),
            "me/day": lambda: world.day(now),
            "me/shortcuts": lambda: {"keys": self.keys or {}, "own": self.keys is not None},
        }
        if path.endswith("/messages"):
            return 200, page(self.messages[::-1])
        if path in fixed:
            return 200, fixed[path]()
        if path == "calls":
            if "text/csv" in request.headers.get("Accept", ""):
                return 200, "id,call_id\n1,x\n"
            start = int(request.query.get("cursor", 0))
            more = str(start + 50) if start + 50 < len(self.rows) else None
            return 200, {"items": self.rows[start : start + 50], "next_cursor": more}
        if path.startswith("calls/") and path.endswith("/decisions"):
            return 200, page([])
        if path.startswith("calls/"):
            return 200, world.call_detail(now)
        if path.startswith("customers/"):
            return 200, self.customer
        return problem(404, "not_found")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        if self.refuse_push:
            raise web.HTTPServiceUnavailable
        await socket.prepare(request)
        self._sockets.add(socket)
        self._subscribed[socket] = set()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._heard(socket, json.loads(message.data))
        self._sockets.discard(socket)
        return socket

    async def _heard(self, socket: web.WebSocketResponse, frame: Json) -> None:
        if frame["type"] == "auth":
            await socket.send_json({"type": "ready", "session": "s", "heartbeat": 20, "ts": time.time()})
        elif frame["type"] == "subscribe":
            for topic in frame["topics"]:
                self._subscribed[socket].add(topic)
                head = {"seq": self._seq[topic], "epoch": "e1", "ts": time.time(), "type": "snapshot", "topic": topic}
                await socket.send_json({**head, "data": self.topics[topic]})

    async def _push(self, topic: str, type_: str, data: Json) -> None:
        self._seq[topic] += 1
        frame = {"seq": self._seq[topic], "ts": time.time(), "type": type_, "topic": topic, "data": data}
        for socket in list(self._sockets):
            if topic in self._subscribed[socket] and not socket.closed:
                await socket.send_json(frame)

    async def _drop(self) -> None:
        for socket in list(self._sockets):
            await socket.close(code=1012)
        self._sockets.clear()


def problem(status: int, code: str, **more: Any) -> tuple[int, Json]:
    return status, {"status": status, "title": "-", "code": code, "detail": code, "request_id": "r", **more}


def page(items: list[Any]) -> Json:
    return {"items": items, "next_cursor": None}


def profile(agent: Json) -> Json:
    kept = {key: agent[key] for key in ("user_id", "login", "name", "pbx", "device")}
    places = [{"queue": place["queue"], "penalty": 0} for place in agent["queues"]]
    return {**kept, "queues": places, "team": "A 组", "members": []}


def user(n: int, now: float) -> Json:
    roles = [["admin"], ["supervisor"], ["agent"], ["agent"], ["agent", "supervisor"], ["qa"], ["agent"], ["agent"]][n]
    return {
        "id": n + 1,
        "login": f"user{n + 1}",
        "name": world.NAMES[n],
        "roles": roles,
        "language": "",
        "must_change_password": n == 3,
        "disabled_at": now - 900 if n == 6 else None,
        "created_at": now - 86400 * (n + 1),
    }


def audit(n: int, now: float) -> Json:
    kinds: list[tuple[str, str, Json]] = [
        ("session.signIn", "wang", {}),
        ("user.update", "li.jing", {"roles": [["agent"], ["agent", "supervisor"]]}),
        ("user.create", "ada", {"name": "Ada Lovelace", "roles": ["agent"]}),
        (
            "agent.profile",
            "ada",
            {"before": None, "after": {"device": "PJSIP/1003", "queues": [{"queue": "vip", "penalty": 5}]}},
        ),
    ]
    action, subject, details = kinds[n % 4]
    head = {"id": 90 - n, "at": now - 400 * n, "user_id": 1, "login": "wang", "address": "127.0.0.1"}
    return {**head, "action": action, "subject": subject, "details": details}
