"""A person's browser without the page: signs in, asks, and hears the real push stream."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from cti_server.core.tasks import Tasks
from cti_server.sandbox.phones.call import Changes
from cti_server.sandbox.state import SandboxError

LIMIT = 10.0
MOST_SEEN = 50_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the push stream and when it came in (unix seconds)."""

    at: float
    message: dict[str, Any]

    @property
    def type(self) -> str:
        """Such as call.delivered."""
        return str(self.message.get("type"))

    @property
    def topic(self) -> str:
        """Such as me."""
        return str(self.message.get("topic"))

    @property
    def data(self) -> Any:
        """What the topic says."""
        return self.message.get("data")


class Console:
    """One signed-in person. `seen` is everything that the push stream brought, in order."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self.login = login
        self.seen: list[Seen] = []
        self.user_id = 0
        self._url = url
        self._password = password
        self._tasks = Tasks(f"console-{login}")
        self._changes = Changes()
        # The jar's own rule is to keep no cookies of bare addresses. Each request has a connection of its own, as a
        # browser opens one for its push stream.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=LIMIT),
            trust_env=False,
        )
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Console:
        try:
            await self.sign_in()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def sign_in(self) -> None:
        """Begin a session. Raises SandboxError with what the server said."""
        me = await self.post("/sign-in", {"login": self.login, "password": self._password})
        self.user_id = int(me["user"]["id"])

    async def close(self) -> None:
        """End it. May be called twice."""
        await self._tasks.close()
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """GET below /api/v1. Raises SandboxError with what the server said."""
        return await self.ask("GET", path, query=query)

    async def post(self, path: str, body: object, *, limit: float = LIMIT) -> Any:
        """POST below /api/v1; `limit` in seconds. Raises SandboxError with what the server said."""
        return await self.ask("POST", path, body, limit=limit)

    async def command(self, path: str, body: object = None) -> Any:
        """POST a command below /api/v1, with a key of its own. Raises SandboxError with what the server said."""
        return await self.ask("POST", path, body or {}, key=secrets.token_hex(16))

    async def put(self, path: str, body: object) -> Any:
        """PUT below /api/v1. Raises SandboxError with what the server said."""
        return await self.ask("PUT", path, body)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
        *,
        key: str = "",
        limit: float = LIMIT,
    ) -> Any:
        """Any request below /api/v1; the decoded answer. `key`: see `Idempotency-Key`; `limit` in seconds.

        Raises SandboxError with what the server said.
        """
        more = {"params": query, "json": body} if body is not None else {"params": query}
        headers = {"X-CTI": "1", "Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        address, timeout = f"{self._url}/api/v1{path}", aiohttp.ClientTimeout(total=limit)
        try:
            async with self._session.request(method, address, headers=headers, timeout=timeout, **more) as response:
                text = await response.text()
                if response.status >= 400:
                    raise SandboxError(f"{method} {path} as {self.login}: {response.status} {text[:300]}")
                return json.loads(text) if text else None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SandboxError(f"{method} {path} as {self.login}: {str(error) or 'no answer in time'}") from error

    async def load(self, address: str, span: tuple[int, int] | None = None) -> bytes:
        """The bytes of an address of this site, or those of a range. Raises SandboxError."""
        headers = {} if span is None else {"Range": f"bytes={span[0]}-{span[1]}"}
        async with self._session.get(f"{self._url}{address}", headers=headers) as response:
            data = await response.read()
            if response.status != (200 if span is None else 206):
                raise SandboxError(f"GET {address} as {self.login}: {response.status} {data[:200]!r}")
            return data

    async def listen(self, *topics: str) -> None:
        """Open the push stream and hear these topics; returns when each has sent its snapshot or its refusal."""
        ticket = (await self.post("/push-ticket", {}))["ticket"]
        try:
            self._socket = await self._session.ws_connect(f"{self._url}/push", origin=self._url, max_msg_size=1 << 24)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SandboxError(f"the push stream refused {self.login}: {error}") from error
        await self._socket.send_json({"type": "auth", "ticket": ticket})
        self._tasks.start("push", self._read(self._socket))
        await self.wait(lambda seen: seen.type == "ready", LIMIT, "ready")
        await self._socket.send_json({"type": "subscribe", "topics": list(topics)})
        for topic in topics:
            await self._answered(topic)

    async def _answered(self, topic: str) -> None:
        await self.wait(lambda seen: seen.topic == topic and seen.type in ("snapshot", "refused"), LIMIT, topic)

    async def _read(self, stream: aiohttp.ClientWebSocketResponse) -> None:
        async for raw in stream:
            if raw.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = json.loads(raw.data)
            if message.get("type") == "ping":
                await stream.send_json({"type": "pong"})
            elif len(self.seen) < MOST_SEEN:
                self.seen.append(Seen(time.time(), message))
                self._changes.tell()

    @property
    def mark(self) -> int:
        """A place in what was seen; `wait` and `since` take it."""
        return len(self.seen)

    def since(self, mark: int) -> list[Seen]:
        """What came after a mark."""
        return self.seen[mark:]

    async def wait(self, fits: Callable[[Seen], bool], limit: float, what: str, *, mark: int = 0) -> Seen:
        """The first message after `mark` that fits, as soon as it is there. Raises TimeoutError that says what came."""

        def first() -> Seen | None:
            return next((seen for seen in self.seen[mark:] if fits(seen)), None)

        try:
            await self._changes.until(lambda: first() is not None, limit, "")
        except TimeoutError:
            came = ", ".join(seen.type for seen in self.seen[mark:][-12:]) or "nothing"
            raise TimeoutError(f"{self.login} did not get {what} within {limit} s; it got: {came}") from None
        found = first()
        assert found is not None
        return found
