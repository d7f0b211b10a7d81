"""What a PBX itself says of its calls, heard on an AMI connection of the test's own."""

import asyncio
import contextlib
from collections.abc import Callable

from tests.whole.site import PbxPlace

Event = dict[str, str]


class Wiretap:
    """Keeps all events of some kinds. Use as `async with`."""

    def __init__(self, pbx: PbxPlace, *kinds: str) -> None:
        self.heard: list[Event] = []
        self._pbx = pbx
        self._kinds = kinds
        self._changed = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Wiretap":
        self._in, self._out = await asyncio.open_connection("127.0.0.1", self._pbx.ami_port)
        sign_in = f"Action: Login\r\nUsername: {self._pbx.ami_user}\r\nSecret: {self._pbx.ami_secret}\r\n\r\n"
        self._out.write(sign_in.encode())
        self._reader = asyncio.get_running_loop().create_task(self._read())
        await self.until("FullyBooted")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._reader is not None
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        self._out.close()

    async def until(self, kind: str, fits: Callable[[Event], bool] = lambda event: True, limit: float = 5.0) -> Event:
        """The first event of a kind that fits."""

        def found() -> list[Event]:
            return [event for event in self.heard if event["Event"] == kind and fits(event)]

        try:
            async with asyncio.timeout(limit), self._changed:
                await self._changed.wait_for(found)
        except TimeoutError:
            raise AssertionError(f"the PBX did not tell {kind} within {limit} s") from None
        return found()[0]

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                block = (await self._in.readuntil(b"\r\n\r\n")).decode()
                event = dict(line.partition(": ")[::2] for line in block.splitlines())
                if event.get("Event") in (*self._kinds, "FullyBooted"):
                    async with self._changed:
                        self.heard.append(event)
                        self._changed.notify_all()
