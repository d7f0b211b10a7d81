"""Our own FastAGI server: who may speak to it, how many at once, how long each.

A peer that sends nonsense, nothing, or too much is cut off; the others never notice.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog

from cti_server.core.tasks import Tasks
from cti_server.routing.agi.protocol import (
    LONGEST_LINE,
    MOST_HEADER_LINES,
    AgiError,
    HungUp,
    arguments,
    as_array,
    command,
    header_of,
    reply_of,
)

log = structlog.get_logger(__name__)

HEADER_LIMIT: Final = 2.0
REPLY_LIMIT: Final = 2.0


class AgiSession:
    """One conversation. `header` without the `agi_` of its names."""

    def __init__(self, header: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.header = header
        self.arguments = arguments(header)
        self._reader = reader
        self._writer = writer

    @property
    def script(self) -> str:
        """What is asked for: `flow` in agi://host/flow."""
        return self.header.get("network_script", "").split("?")[0].strip("/")

    async def ask(self, *words: str) -> str:
        """Send a command; the value of its reply. Raises AgiError, HungUp, TimeoutError."""
        self._writer.write(command(*words))
        async with asyncio.timeout(REPLY_LIMIT):
            line = await self._reader.readline()
        if not line:
            raise HungUp
        code, value = reply_of(line)
        if code != 200:
            raise AgiError(f"{words[0]} was answered with {code}")
        return value

    async def get(self, variable: str) -> str:
        """A channel variable or function, empty when it has no value."""
        return await self.ask("GET VARIABLE", variable)

    async def set(self, variable: str, value: str) -> None:
        """Set a channel variable."""
        await self.ask("SET VARIABLE", variable, value)

    async def set_all(self, values: Sequence[tuple[str, str]]) -> None:
        """Set channel variables, in this order; by one command where that says the same: all of them, or none."""
        together = as_array(values)
        if together is not None:
            await self.set(*together)
            return
        for variable, value in values:
            await self.set(variable, value)


Handler = Callable[[AgiSession], Awaitable[None]]


class AgiServer:
    """Listens from `start()` until `stop()`. `scripts`: what is asked for → who answers.

    `allowed`: networks from which it is spoken to; `most` conversations at once; `limit` seconds for each.
    """

    def __init__(
        self,
        scripts: Mapping[str, Handler],
        tasks: Tasks,
        *,
        host: str,
        port: int,
        allowed: Sequence[str] = ("127.0.0.1/32", "::1/128"),
        most: int = 1000,
        limit: float = 5.0,
    ) -> None:
        self._scripts = scripts
        self._tasks = tasks
        self._host, self._port = host, port
        self._allowed = [ipaddress.ip_network(each) for each in allowed]
        self._most = most
        self._limit = limit
        self._open = 0
        self._server: asyncio.Server | None = None
        self.refused = 0
        self.faults = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.sockets[0].getsockname()[1] if self._server is not None else self._port

    @property
    def sessions(self) -> int:
        """Conversations that are going on."""
        return self._open

    async def start(self) -> None:
        """Listen. Raises OSError when the address cannot be had."""
        self._server = await asyncio.start_server(
            self._accept, self._host, self._port, limit=LONGEST_LINE, backlog=1024
        )

    async def stop(self) -> None:
        """Listen no more; conversations end with the tasks' owner."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def may_speak(self, address: str) -> bool:
        """Is this address allowed?"""
        try:
            peer = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(peer, "ipv4_mapped", None)
        return any((mapped or peer) in network for network in self._allowed)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        if peer is None or not self.may_speak(peer[0]) or self._open >= self._most:
            self.refused += 1
            log.warning("agi_refused", address=peer[0] if peer else "", open=self._open)
            writer.transport.abort()
            return
        self._open += 1
        try:
            self._tasks.start("agi", self._serve(reader, writer))
        except RuntimeError:  # the server is being stopped
            self._open -= 1
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._limit):
                session = AgiSession(await self._header(reader), reader, writer)
                handler = self._scripts.get(session.script)
                if handler is None:
                    raise AgiError(f"nobody answers for {session.script[:40]!r}")
                await handler(session)
        except (HungUp, ConnectionError):
            pass
        except (AgiError, TimeoutError, ValueError) as fault:  # ValueError: a line that is too long
            self.faults += 1
            log.warning("agi_session_cut", reason=str(fault) or type(fault).__name__)
        except Exception:
            self.faults += 1
            log.exception("agi_session_failed")
        finally:
            self._open -= 1
            writer.close()

    async def _header(self, reader: asyncio.StreamReader) -> Mapping[str, str]:
        header: dict[str, str] = {}
        async with asyncio.timeout(HEADER_LIMIT):
            for _ in range(MOST_HEADER_LINES):
                line = await reader.readline()
                if not line:
                    raise HungUp
                pair = header_of(line)
                if pair is None:
                    return header
                header[pair[0]] = pair[1]
        raise AgiError("too many header lines")
