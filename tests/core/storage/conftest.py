"""A gate between us and PostgreSQL that can fall silent, slow or shut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio


class Gate:
    """A TCP door in front of the server's unix socket."""

    def __init__(self, socket_path: str, database: str, user: str) -> None:
        self._socket_path = socket_path
        self._names = (database, user)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.delay = 0.0

    @property
    def url(self) -> str:
        database, user = self._names
        return f"postgresql://{user}@127.0.0.1:{self._port}/{database}?sslmode=disable"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def fall_silent(self) -> None:
        """Take what comes and answer nothing: a half-open line."""
        self._open.clear()

    def speak_again(self) -> None:
        self._open.set()

    async def shut(self) -> None:
        """Refuse new connections and cut those that are."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self._socket_path)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, far_writer))
                both.create_task(self._pass_on(far_reader, writer))
        except (asyncio.CancelledError, OSError, ExceptionGroup):
            pass
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._open.wait()
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(data)
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def gate(empty_database_url: str) -> AsyncIterator[Gate]:
    parts = urlsplit(empty_database_url)
    folder = parse_qs(parts.query)["host"][0]
    door = Gate(f"{folder}/.s.PGSQL.5432", parts.path.lstrip("/"), parts.username or "")
    await door.start()
    yield door
    door.speak_again()
    await door.shut()


@pytest.fixture
def until() -> Callable[[Callable[[], object], float], Awaitable[None]]:
    """Wait for a condition that nobody announces, at most so many seconds."""

    async def wait(condition: Callable[[], object], limit: float) -> None:
        async with asyncio.timeout(limit):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    return wait
