"""A scripted, cruel AMI server: bytes one at a time, late, twice, never; silent, wrong secret, cut in mid-exchange."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

LISTS = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "Status": "StatusComplete",
    "QueueStatus": "QueueStatusComplete",
    "QueueSummary": "QueueSummaryComplete",
    "BridgeList": "BridgeListComplete",
    "BridgeInfo": "BridgeInfoComplete",
    "DeviceStateList": "DeviceStateListComplete",
    "ParkedCalls": "ParkedCallsComplete",
    "ConfbridgeListRooms": "ConfbridgeListRoomsComplete",
    "ConfbridgeList": "ConfbridgeListComplete",
}
ALL_COMMANDS = (
    "CoreShowChannels CoreSettings Status DeviceStateList ParkedCalls QueueAdd QueueRemove QueuePause QueuePenalty "
    "Originate "
    "Redirect Hangup Getvar Setvar UserEvent"
)


@dataclass
class Received:
    """One action as it came over the wire."""

    raw: bytes
    link: int

    @property
    def lines(self) -> list[str]:
        return self.raw.decode().split("\r\n")

    def get(self, name: str) -> str:
        return next((line[len(name) + 2 :] for line in self.lines if line.startswith(f"{name}: ")), "")

    @property
    def name(self) -> str:
        return self.get("Action")


@dataclass
class FakeAmi:
    """Use as `async with FakeAmi(...) as pbx`; what it does is set by its attributes, also while it runs."""

    user: str = "cti"
    secret: str = "geheim"
    banner: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    boots: bool = True
    """Whether FullyBooted follows a login."""
    commands: str = ALL_COMMANDS
    chunk: int = 0
    """Bytes per packet; 0: as they come."""
    mute: set[str] = field(default_factory=set)
    """Actions that are never answered; `{"*"}`: none is."""
    cut_at: set[str] = field(default_factory=set)
    """Actions on which the connection is cut instead of an answer."""
    scripts: dict[str, Callable[[Received], bytes | None]] = field(default_factory=dict)
    """Answers instead of the usual ones, without ActionID lines: `{id}` stands for it."""
    items: dict[str, list[str]] = field(default_factory=dict)
    """Entries of listings, each the lines of one event without ActionID."""
    received: list[Received] = field(default_factory=list)
    logins: list[float] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    links: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None):
        await self.close()

    async def open(self) -> None:
        """Listen; on the same port as before, if there was one."""
        self._news = asyncio.Condition()
        self._writers: dict[int, asyncio.StreamWriter] = {}
        self._logged_in: set[int] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Close the port and every connection."""
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection (RST)."""
        for writer in list(self._writers.values()):
            writer.transport.abort()

    async def say(self, raw: bytes) -> None:
        """Send bytes to every link that is logged in."""
        for link in list(self._logged_in):
            await self._write(self._writers[link], raw)

    async def event(self, name: str, *lines: str) -> None:
        """Send an event to every link that is logged in."""
        await self.say("\r\n".join((f"Event: {name}", "Privilege: call,all", *lines, "", "")).encode())

    def of(self, name: str) -> list[Received]:
        """The actions of that name that came so far."""
        return [action for action in self.received if action.name == name]

    async def wait_for(self, name: str, count: int = 1, limit: float = 5.0) -> list[Received]:
        """Wait until `count` actions of that name have come."""
        async with asyncio.timeout(limit), self._news:
            await self._news.wait_for(lambda: len(self.of(name)) >= count)
        return self.of(name)

    async def wait_gone(self, limit: float = 5.0) -> None:
        """Wait until no connection is left."""
        async with asyncio.timeout(limit), self._news:
            await self._news.wait_for(lambda: not self._writers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        link = self.links
        self._writers[link] = writer
        try:
            if "*" not in self.mute:
                await self._write(writer, self.banner)
            while True:
                await self._take(Received((await reader.readuntil(b"\r\n\r\n"))[:-4], link), writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.pop(link, None)
            self._logged_in.discard(link)
            writer.close()
            async with self._news:
                self._news.notify_all()

    async def _take(self, action: Received, writer: asyncio.StreamWriter) -> None:
        self.received.append(action)
        if action.name == "Login":
            self.logins.append(asyncio.get_running_loop().time())
        if action.name in self.cut_at:
            writer.transport.abort()
        elif not {"*", action.name} & self.mute:
            answer = self._answer(action)
            if answer:
                await self._write(writer, answer.replace(b"{id}", action.get("ActionID").encode()))
        async with self._news:
            self._news.notify_all()

    def _answer(self, action: Received) -> bytes | None:
        if action.name in self.scripts:
            return self.scripts[action.name](action)
        if action.name == "Login":
            return self._login(action)
        if action.name in LISTS:
            return self._listing(action)
        more = {
            "Challenge": "Challenge: 571815685",
            "Ping": "Ping: Pong\r\nTimestamp: 1795317474.979",
            "CoreSettings": "AMIversion: 11.0.0\r\nAsteriskVersion: 22.10.1\r\nSystemName: fake",
            "CoreStatus": "CoreStartupDate: 2026-11-22\r\nCoreStartupTime: 03:17:54",
            "ListCommands": "\r\n".join(f"{name}: what it does  (Priv: x,all)" for name in self.commands.split()),
        }.get(action.name, "Message: Done")
        return f"Response: Success\r\nActionID: {{id}}\r\n{more}\r\n\r\n".encode()

    def _login(self, action: Received) -> bytes:
        key = hashlib.md5(f"571815685{self.secret}".encode()).hexdigest()
        right = action.get("Key") == key if action.get("AuthType") else action.get("Secret") == self.secret
        if not right or action.get("Username") != self.user:
            return b"Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n"
        self._logged_in.add(action.link)
        booted = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n" if self.boots else b""
        return b"Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n" + booted

    def _listing(self, action: Received) -> bytes:
        items = self.items.get(action.name, [])
        parts = ["Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: A list will follow"]
        parts += [f"{item}\r\nActionID: {{id}}" for item in items]
        complete = f"Event: {LISTS[action.name]}\r\nActionID: {{id}}\r\nEventList: Complete\r\nListItems: {len(items)}"
        return "".join(f"{part}\r\n\r\n" for part in (*parts, complete)).encode()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        size = self.chunk or len(data)
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            if self.chunk:
                await asyncio.sleep(0)
