"""Between a server and its PBX: everything passes but the calls that the server wants made, when they are held back."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from tests.whole.site import PbxPlace


@dataclass
class HeldBack:
    """A PBX place in front of `pbx`. With `holding` on, an Originate never reaches it; `held` is set then."""

    pbx: PbxPlace
    holding: bool = False
    held: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def ami_port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def ami_user(self) -> str:
        return self.pbx.ami_user

    @property
    def ami_secret(self) -> str:
        return self.pbx.ami_secret

    async def open(self) -> "HeldBack":
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        return self

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.pbx.ami_port)
        for source, sink, holds in ((reader, far_writer, True), (far_reader, writer, False)):
            task = asyncio.get_running_loop().create_task(self._pass(source, sink, holds))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, holds: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                if holds and self.holding and b"Action: Originate" in data:
                    self.held.set()
                    continue
                sink.write(data)
                await sink.drain()
        sink.close()
