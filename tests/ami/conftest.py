import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from cti_server.ami.connection import AmiConnection, LinkState, LinkStatus
from cti_server.ami.login import LinkSettings, LinkTimes
from cti_server.ami.watchdog import Beat
from tests.fakes.ami_server import FakeAmi

QUICK = LinkTimes(
    connect=5.0,
    banner=1.0,
    login=1.0,
    boot=0.05,
    retry_first=0.01,
    retry_most=0.05,
    retry_login=0.1,
    beat=Beat(interval=30.0),
)


class Watcher:
    """A connection with the states it went through."""

    def __init__(self, connection: AmiConnection) -> None:
        self.connection = connection
        self.seen: list[LinkStatus] = []
        self._news = asyncio.Event()
        self._waiting: deque[bytes] = deque()
        connection.on_state(self._note)

    def _note(self, status: LinkStatus) -> None:
        self.seen.append(status)
        self._news.set()

    @property
    def states(self) -> list[LinkState]:
        return [status.state for status in self.seen]

    async def reach(self, state: LinkState, times: int = 1, limit: float = 10.0) -> LinkStatus:
        """Wait until `state` was seen that many times; its latest status."""
        async with asyncio.timeout(limit):
            while self.states.count(state) < times:
                self._news.clear()
                await self._news.wait()
        return [status for status in self.seen if status.state is state][times - 1]

    async def events(self, count: int, limit: float = 10.0) -> list[bytes]:
        """The next entries, at least `count`."""
        got: list[bytes] = []
        async with asyncio.timeout(limit):
            while len(got) < count:
                got += [raw for _, raw in await self.connection.next_batch()]
        return got

    async def next(self, wanted: Callable[[bytes], bool], limit: float = 10.0) -> bytes:
        """The next entry that is `wanted`; those before it are passed over, those after it wait for the next call."""
        async with asyncio.timeout(limit):
            while True:
                while self._waiting:
                    if wanted(raw := self._waiting.popleft()):
                        return raw
                self._waiting.extend(raw for _, raw in await self.connection.next_batch())


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Watcher]]:
    """`connect(pbx, times=…, **settings)` starts a connection that is closed after the test."""
    begun: list[AmiConnection] = []

    def begin(pbx: FakeAmi, times: dict[str, object] | None = None, **more: object) -> Watcher:
        settings = LinkSettings(
            name="main",
            host="127.0.0.1",
            port=pbx.port,
            user="cti",
            secret="geheim",
            times=replace(QUICK, **(times or {})),
        )
        connection = AmiConnection(replace(settings, **more))
        begun.append(connection)
        watcher = Watcher(connection)
        connection.start()
        return watcher

    yield begin
    for connection in begun:
        await connection.close()
