"""The processes that a bench of the whole server starts: the server itself, and small programs that obey orders."""

import asyncio
import json
import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cti_server.sandbox.process import Child
from cti_server.sandbox.state import SandboxError, State, free_port, repository, write_private

START: float = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """One of our own programs: a line of JSON in, a line of JSON out."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._argv = (sys.executable, "-m", module, *arguments)

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=pipe, stdout=pipe, limit=1 << 26, cwd=repository()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5.0)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def hear(self, limit: float = START) -> Any:
        """The next line. Raises TimeoutError, and SandboxError when the program ended."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), limit)
        if not line:
            raise SandboxError(f"{self._argv[2]} ended unexpectedly.")
        return json.loads(line)

    async def ask(self, limit: float = START, **order: Any) -> Any:
        """Give an order and wait for its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        return await self.hear(limit)


class Server:
    """The real server as `cti-server serve` runs it, in its own process."""

    def __init__(self, state: State, name: str, settings: dict[str, Any]) -> None:
        """`settings` are `section.key` → value, beside port, state folder and log."""
        self._state = state
        self.ready_at = "/readyz"
        self.folder = state.folder("bench", name)
        self.port = free_port()
        self._settings = {
            "web.port": self.port,
            "state.dir": str(self.folder / "var"),
            "log.level": "warning",
            **settings,
        }

    async def __aenter__(self) -> Self:
        # The secrets of a bench are its own: it may stand on the command line what a site keeps in files.
        config = self.folder / "cti.toml"
        write_private(config, toml_of(self._settings))
        argv: list[str | Path] = [sys.executable, "-m", "cti_server", "serve", "--config", config]
        environment = {**self._state.environment(), "PYTHONPATH": str(repository())}
        self.child = Child.start("cti-server", argv, log=self.folder / "log", env=environment, cwd=self.folder)
        try:
            await self.until_ready()
        except BaseException:
            await self.child.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.child.stop(limit=10.0)

    async def until_ready(self, limit: float = START) -> None:
        """Until all its links are up. Raises SandboxError."""
        until = time.monotonic() + limit
        status = 0
        while status != 200:
            if self.child.code is not None or time.monotonic() > until:
                raise SandboxError(f"The server is not ready ({status}): {self.child.last_log(5)}")
            await asyncio.sleep(0.1)
            try:
                status, _ = await asyncio.to_thread(self.request, "GET", self.ready_at)
            except OSError:
                continue

    def request(self, method: str, path: str, *, token: str = "", body: Any = None) -> tuple[int, Any]:
        """One HTTP request: status and decoded JSON (None where there is none)."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"X-CTI": "1", "Cookie": f"cti={token}"}
        if method != "GET":
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, json.dumps(body or {}) if method != "GET" else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else None

    async def ticket(self, token: str) -> str:
        """A ticket for the push stream of the session of `token`."""
        status, answer = await asyncio.to_thread(self.request, "POST", "/api/v1/push-ticket", token=token)
        if status != 200:
            raise SandboxError(f"The server gives no ticket: {status} {answer}")
        return str(answer["ticket"])

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used so far."""
        return cpu_of(self.child.pid)


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def toml_of(settings: dict[str, Any]) -> str:
    """`section.key` → value as TOML; a list under `pbx` becomes its blocks."""
    sections: dict[str, list[str]] = {}
    blocks = ""
    for dotted, value in settings.items():
        if dotted == "pbx":
            for block in value:
                blocks += "[[pbx]]\n" + "".join(f"{key} = {json.dumps(item)}\n" for key, item in block.items())
            continue
        section, _, key = dotted.partition(".")
        sections.setdefault(section, []).append(f"{key} = {json.dumps(value)}")
    plain = "".join(f"[{name}]\n" + "\n".join(lines) + "\n" for name, lines in sections.items())
    return plain + blocks
