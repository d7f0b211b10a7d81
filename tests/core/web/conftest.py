"""A real server on a free port, with accounts that know three people."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.auth.model import Session
from cti_server.core.errors import Unavailable
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.core.web.origins import Origins, Proxies
from cti_server.core.web.routes import Route
from cti_server.core.web.server import WebOptions, WebServer

FOLDER = "pages"


class SetClock:
    def __init__(self) -> None:
        self.time = 1_795_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class KnownPeople:
    """Accounts at the edge: a token per person; `away` plays a database that is gone."""

    def __init__(self) -> None:
        self.away = False
        self.people: dict[str, Session] = {}
        for number, (login, role) in enumerate([("li", "agent"), ("wang", "supervisor"), ("root", "admin")], 1):
            self.people[f"token-{login}"] = Session(
                session_id=number * 10,
                user_id=number,
                login=login,
                name=f"{login} 先生",
                roles=frozenset({role}),
                language="",
                must_change_password=False,
                address="127.0.0.1",
                created_at=0.0,
                last_seen_at=0.0,
            )

    async def session(self, token: str) -> Session | None:
        if self.away:
            raise Unavailable("The database is away.", code="database_away")
        return self.people.get(token)

    def must_change(self, token: str) -> None:
        self.people[token] = dataclasses.replace(self.people[token], must_change_password=True)


@dataclasses.dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """One HTTP answer off a raw socket."""
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = [(line.partition(":")[0], line.partition(":")[2].strip()) for line in lines]
        answer = Answer(int(first.split()[1]), headers, b"")
        if answer.header("Transfer-Encoding") == "chunked":
            parts = []
            while size := int((await reader.readline()).strip(), 16):
                parts.append(await reader.readexactly(size))
                await reader.readline()
            await reader.readline()
            answer.body = b"".join(parts)
        else:
            answer.body = await reader.readexactly(int(answer.header("Content-Length") or 0))
        return answer


class Visitor:
    """Speaks HTTP to a server byte by byte, so that nothing is made polite on the way."""

    def __init__(self, server: WebServer) -> None:
        self.server = server

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: bytes | None = None,
        headers: Sequence[tuple[str, str]] = (),
        ours: bool = True,
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", *[f"{key}: {value}" for key, value in headers]]
        names = {key.lower() for key, _ in headers}
        if "host" not in names:
            lines.append(f"Host: 127.0.0.1:{self.server.door.port}")
        if token:
            lines.append(f"Cookie: cti={token}")
        if method not in ("GET", "HEAD"):
            if ours:
                lines += ["Content-Type: application/json", "X-CTI: 1"]
            lines.append(f"Content-Length: {len(body or b'')}")
        return await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    async def read(self, reader: asyncio.StreamReader) -> Answer:
        return await read_answer(reader)

    async def send(self, raw: bytes) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.door.port)
        try:
            writer.write(raw)
            return await read_answer(reader)
        finally:
            writer.close()


Serve = Callable[..., Awaitable[Visitor]]


@pytest.fixture
def people() -> KnownPeople:
    return KnownPeople()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>登录</title>")
    return folder


@pytest_asyncio.fixture
async def serve(
    people: KnownPeople, clock: SetClock, metrics: Metrics, health: Health, pages: Path
) -> AsyncIterator[Serve]:
    started: list[WebServer] = []

    async def make(routes: Sequence[Route] = (), **options: Any) -> Visitor:
        chosen = WebOptions(**{"port": 0, **options})
        server = WebServer(
            chosen,
            routes=routes,
            accounts=people,
            origins=Origins(chosen.public_url, chosen.allowed_origins),
            proxies=Proxies(chosen.trusted_proxies),
            push=lambda on_lost: asyncio.Protocol(),
            console=pages,
            health=health,
            metrics=metrics,
            clock=clock,
            version="1.2.3",
        )
        await server.start()
        started.append(server)
        return Visitor(server)

    yield make
    for server in started:
        await server.stop()
