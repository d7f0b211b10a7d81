"""A person at a console: signs in over HTTP with a real cookie, listens on the push stream."""

import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.whole.push import Push

COMMAND = {"X-CTI": "1", "Content-Type": "application/json"}


class Person:
    """One browser. Methods return the JSON of an answer and fail on a status that was not expected."""

    def __init__(self, url: str, login: str, password: str = "", *, several: bool = False) -> None:
        self.url = url
        self.login = login
        self.password = password
        self.user_id = 0
        self.role = ""
        self.pushes: list[Push] = []
        self._several = several
        self.http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=15), trust_env=False
        )

    async def close(self) -> None:
        for push in self.pushes:
            await push.close()
        await self.http.close()

    async def sign_in(self) -> Any:
        me = await self.post("/sign-in", {"login": self.login, "password": self.password})
        self.user_id = me["user"]["id"]
        return me

    async def listen(self, *topics: str) -> Push:
        """A new push connection, as a fresh page makes one."""
        ticket = (await self.post("/push-ticket"))["ticket"]
        push = Push(self.login, self.url, ticket, several=self._several)
        self.pushes.append(push)
        return await push.open(*topics)

    async def get(self, path: str, query: Mapping[str, Any] | None = None, *, expect: int = 200) -> Any:
        return await self.ask("GET", path, expect=expect, params=query)

    async def post(self, path: str, body: object = None, *, expect: int = 200, command: bool = False) -> Any:
        """`command`: with a fresh Idempotency-Key."""
        more = {"headers": {**COMMAND, "Idempotency-Key": secrets.token_hex(8)}} if command else {}
        return await self.ask("POST", path, expect=expect, json={} if body is None else body, **more)

    async def put(self, path: str, body: object, *, expect: int = 200) -> Any:
        return await self.ask("PUT", path, expect=expect, json=body)

    async def patch(self, path: str, body: object, *, expect: int = 200) -> Any:
        return await self.ask("PATCH", path, expect=expect, json=body)

    async def ask(self, method: str, path: str, *, expect: int = 200, **more: Any) -> Any:
        status, answer = await self.try_(method, path, **more)
        wanted = {200, 201, 202, 204} if expect == 200 else {expect}
        assert status in wanted, f"{method} {path} as {self.login}: {status} {answer}"
        return answer

    async def try_(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and JSON (or None) of any answer."""
        more.setdefault("headers", COMMAND)
        async with self.http.request(method, f"{self.url}/api/v1{path}", **more) as response:
            text = await response.text(errors="replace")  # a file may be anything
            is_json = "json" in response.content_type
            return response.status, await response.json(content_type=None) if text and is_json else (text or None)
