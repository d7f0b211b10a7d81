"""Frames out: one change of 960 bytes of JSON to every console, by our hub and by others, to the same readers.

The readers are real sockets in a process of their own. A figure is frames per second of the sender's CPU time; the
wall clock until the last reader has everything is told beside it. Nobody compresses: each client gets 960 bytes.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.report import Report, Spread
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.metrics import Metrics
from cti_server.core.push.gate import PushGate
from cti_server.core.push.hub import PushHub
from cti_server.core.push.messages import write
from cti_server.core.push.tickets import Tickets
from cti_server.core.tasks import Tasks
from cti_server.core.web.front_door import FrontDoor
from cti_server.core.web.origins import Origins

CLIENTS: Final = (100, 1_000)
FRAMES: Final = 10_000
"""Frames of one measurement, over all clients."""
ROUNDS: Final = 5
BURST: Final = 5
SIZE: Final = 960
TOPIC: Final = "queues"
PEER: Final = "websockets.broadcast()"
HUB: Final = "our hub"
LIMIT: Final = 60.0

Send = Callable[[int], Awaitable[int]]
"""Sends so many changes to all its clients; the bytes that each client gets."""


def payload() -> dict[str, Any]:
    """A change whose message is about 960 bytes of JSON."""
    data = {"pbx": "main", "name": "support", "label": "客服热线", "waiting": [], "padding": ""}
    data["padding"] = "x" * (SIZE - len(write(seq=1000, ts=1.5, type="queue.figures", topic=TOPIC, data=data)))
    return data


def someone() -> Session:
    """A supervisor, signed in."""
    return Session(
        session_id=1, user_id=1, login="bench", name="bench", roles=frozenset({"supervisor"}), language="",
        must_change_password=False, address="127.0.0.1", created_at=0.0, last_seen_at=0.0,
    )  # fmt: skip


class Signed:
    """Accounts in which everybody is signed in."""

    async def session(self, token: str) -> Session | None:
        """The session of any token."""
        return someone()


class Ours:
    """The real hub behind the real gate and front door."""

    def __init__(self) -> None:
        clock, metrics = SystemClock(), Metrics()
        self.tickets = Tickets(clock)
        self.tasks = Tasks("bench")
        self.hub = PushHub(clock, metrics)
        self.hub.register_topic(TOPIC, may=lambda session: True, snapshot=lambda: {"queues": []})
        self.gate = PushGate(
            self.hub, self.tickets, Signed(), Origins(), bus=Bus(), tasks=self.tasks, clock=clock, metrics=metrics
        )
        self.door = FrontDoor(http=lambda on_lost: asyncio.Protocol(), push=self.gate.protocol, metrics=metrics)
        self._data = payload()

    async def open(self, count: int) -> dict[str, Any]:
        """Listen; what the readers need to come in."""
        await self.door.listen("127.0.0.1", 0)
        tickets = [self.tickets.issue(someone(), "token") for _ in range(count)]
        return {"kind": "hub", "port": self.door.port, "tickets": tickets, "topic": TOPIC}

    def sender(self, burst: int) -> Send:
        """Publish `burst` changes in each turn of the event loop."""

        async def send(changes: int) -> int:
            topic = self.hub._topics[TOPIC]
            before, sizes = topic.seq, 0
            for number in range(changes):
                self.hub.publish(TOPIC, "queue.figures", self._data, time.time())
                if number % burst == burst - 1:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)
            for change in topic.missed(f"{topic.epoch}:{before}") or []:
                sizes += len(change.encoded().plain)
            return sizes

        return send

    async def close(self) -> None:
        """End it."""
        await self.gate.stop()
        self.door.stop_listening()
        self.door.drop_all()
        await self.tasks.close()


class Peer:
    """websockets' own server and its own way to tell everybody."""

    def __init__(self) -> None:
        self.connections: set[ServerConnection] = set()
        self._data = payload()
        self._seq = 0

    async def open(self, count: int) -> dict[str, Any]:
        """Listen."""
        self._server = await serve(self._serve, "127.0.0.1", 0, compression=None, ping_interval=None)
        return {"kind": "websocket", "port": self._server.sockets[0].getsockname()[1], "count": count}

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.add(connection)
        await connection.wait_closed()

    async def send(self, changes: int) -> int:
        """One broadcast in each turn of the event loop; each message is encoded once, by the encoder that we use."""
        size = 0
        for _ in range(changes):
            self._seq += 1
            text = write(seq=self._seq, ts=time.time(), type="queue.figures", topic=TOPIC, data=self._data).decode()
            broadcast(self.connections, text)
            size += len(text.encode()) + 4
            await asyncio.sleep(0)
        return size

    async def close(self) -> None:
        """End it."""
        self._server.close()
        await self._server.wait_closed()


class Raw:
    """The limit: the bytes of a ready frame into each socket, nothing else."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self._frame = b"\x81\x7e" + SIZE.to_bytes(2, "big") + bytes(SIZE)

    async def open(self, count: int) -> dict[str, Any]:
        """Listen."""
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self._listening.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listening, self._accept)
        return {"kind": "raw", "port": self._listening.getsockname()[1], "count": count}

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except BlockingIOError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets.append(sock)

    async def send(self, changes: int) -> int:
        """One frame to each, in each turn of the event loop."""
        for _ in range(changes):
            for sock in self.sockets:
                sock.send(self._frame)
            await asyncio.sleep(0)
        return changes * len(self._frame)

    async def close(self) -> None:
        """End it."""
        asyncio.get_running_loop().remove_reader(self._listening)
        for sock in [self._listening, *self.sockets]:
            sock.close()


class Readers:
    """The process that plays the browsers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> "Readers":
        """Start it."""
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.readers", stdin=pipe, stdout=pipe))

    async def order(self, **order: Any) -> None:
        """Give an order without waiting for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()

    async def answer(self, key: str, name: str) -> None:
        """Wait for the answer to an order. Raises TimeoutError, and RuntimeError when it died."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT):
            line = await self._process.stdout.readline()
        if json.loads(line or b"null") != {key: name}:
            raise RuntimeError(f"the readers said {line!r} instead of {key} {name}")

    async def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5.0):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def measured(readers: Readers, group: str, send: Send, clients: int) -> tuple[float, float]:
    """(frames per second of CPU, frames per second until everything had arrived)."""
    changes = FRAMES // clients
    begin, cpu = time.monotonic(), time.thread_time()
    size = await send(changes)
    cpu = time.thread_time() - cpu
    await readers.order(expect=group, bytes=size * clients)
    await readers.answer("arrived", group)
    return changes * clients / cpu, changes * clients / (time.monotonic() - begin)


async def one_size(report: Report, clients: int) -> None:
    """Measure all ways with so many clients."""
    ours, peer, raw, readers = Ours(), Peer(), Raw(), await Readers.start()
    try:
        for name, side in (("ours", ours), ("peer", peer), ("raw", raw)):
            await readers.order(open=name, **await side.open(clients))
            await readers.answer("opened", name)
        ways: dict[str, tuple[str, Send]] = {
            "raw socket writes (limit)": ("raw", raw.send),
            HUB: ("ours", ours.sender(1)),
            f"our hub, {BURST} changes at a time": ("ours", ours.sender(BURST)),
            PEER: ("peer", peer.send),
        }
        cpu: dict[str, list[float]] = {name: [] for name in ways}
        wall: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(ROUNDS + 1):
            for name, (group, send) in ways.items():
                figures = await measured(readers, group, send, clients)
                if number:
                    cpu[name].append(figures[0])
                    wall[name].append(figures[1])
        tell(report, clients, cpu, wall)
    finally:
        await readers.close()
        for side in (ours, peer, raw):
            await side.close()


def tell(report: Report, clients: int, cpu: dict[str, list[float]], wall: dict[str, list[float]]) -> None:
    """Print and keep."""
    report.say(f"{clients:,} clients, a change of {SIZE} bytes, {FRAMES:,} frames a round, {ROUNDS} rounds")
    against = report.table("frames/s of CPU", cpu, PEER)
    for name, values in wall.items():
        report.say(f"  until all had arrived: {Spread.of(values).median:>10,.0f} frames/s   {name}")
    report.results[str(clients)] = {
        name: {
            "frames_per_cpu_s": round(Spread.of(values).median),
            "frames_per_s": round(Spread.of(wall[name]).median),
            "ratio": against[name].json(2),
        }
        for name, values in cpu.items()
    }
    report.goal(f"{clients} clients: {HUB} ÷ {PEER}", against[HUB].median, 1.0, at_least=True)
    report.say()


def run() -> Report:
    """The bench."""
    report = Report("push_fanout")

    async def work() -> None:
        for clients in CLIENTS:
            await one_size(report, clients)

    asyncio.run(work())
    report.close()
    return report
