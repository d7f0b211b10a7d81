"""A Chromium driven by its own protocol alone: playwright keeps every tab awake and visible, and here one is to sleep.

The protocol is described at https://chromedevtools.github.io/devtools-protocol/.
"""

import asyncio
import itertools
import json
import os
from pathlib import Path
from typing import Any, Self

import aiohttp

from cti_server.core.tasks import Tasks
from cti_server.sandbox.process import Child


class NotThere(Exception):
    """What a command was meant for is not there (any more)."""


class BareBrowser:
    """One browser with one window; its tabs are named by what `open` answers."""

    def __init__(self, program: str, folder: Path, flags: list[str]) -> None:
        self._argv: list[str | Path] = [program, "--headless=new", f"--user-data-dir={folder}", *flags]
        self._argv += ["--remote-debugging-port=0", "--no-first-run", "about:blank"]
        self._folder = folder
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks = Tasks("bare browser")

    async def __aenter__(self) -> Self:
        self._child = Child.start("chromium", self._argv, log=self._folder.with_suffix(".log"), env=dict(os.environ))
        told = self._folder / "DevToolsActivePort"
        async with asyncio.timeout(15):
            while not told.exists() or len(told.read_text().split()) < 2:  # noqa: ASYNC110 (another program writes it)
                await asyncio.sleep(0.02)
        port, path = told.read_text().split()
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0)
        self._tasks.start("read", self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._http.close()
        await self._tasks.close()
        await self._child.kill()

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            waiting = self._waiting.pop(told.get("id"), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(told)

    async def do(self, method: str, tab: str | None = None, **given: Any) -> dict[str, Any]:
        """One command; its result. Raises NotThere with what the browser says against it."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        more = {} if tab is None else {"sessionId": tab}
        await self._socket.send_json({"id": number, "method": method, "params": given, **more})
        told = await asyncio.wait_for(self._waiting[number], 15)
        if "error" in told:
            raise NotThere(f"{method}: {told['error']}")
        return dict(told["result"])

    async def open(self, url: str) -> tuple[str, str]:
        """A new tab in front of the others: (its session, its target)."""
        target = (await self.do("Target.createTarget", url=url))["targetId"]
        session = (await self.do("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        return session, target

    async def show(self, target: str) -> None:
        """Bring a tab to the front; the others are hidden by it."""
        await self.do("Target.activateTarget", targetId=target)

    async def js(self, tab: str, code: str) -> Any:
        """The value of an expression (a promise is waited for), as if the user had just clicked."""
        given = {"expression": code, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        try:
            told = await self.do("Runtime.evaluate", tab, **given)
        except NotThere:
            return None  # the page is just being replaced by the next one
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")
