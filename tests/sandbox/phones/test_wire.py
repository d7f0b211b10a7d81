"""SIP transactions over a lossy line: sent again until answered, answered again when asked again, acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from cti_server.sandbox.phones import wire as wire_module
from cti_server.sandbox.phones.call import Changes, reply
from cti_server.sandbox.phones.sip import Message, parse
from cti_server.sandbox.phones.wire import HOST, Wire


@dataclass
class Line(asyncio.DatagramProtocol):
    """The other end, by hand: keeps what comes, answers what it is told to."""

    got: list[Message] = field(default_factory=list)
    peers: list[tuple[str, int]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.got.append(parse(data))
        self.peers.append(addr)
        self.changes.tell()

    def send(self, data: bytes, port: int) -> None:
        self.transport.sendto(data, (HOST, port))  # type: ignore[attr-defined]

    async def count(self, wanted: int) -> None:
        await self.changes.until(lambda: len(self.got) >= wanted, 3.0, f"{wanted} messages")

    @property
    def acks(self) -> list[Message]:
        return [message for message in self.got if message.method == "ACK"]


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Line, local_addr=(HOST, 0))
    yield protocol
    transport.close()


class Listening(Wire):
    """A wire that keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(self.keep)
        self.asked: list[Message] = []
        self.changes = Changes()

    def keep(self, message: Message, peer: tuple[str, int]) -> None:
        self.asked.append(message)
        self.changes.tell()

    async def count(self, wanted: int) -> None:
        await self.changes.until(lambda: len(self.asked) >= wanted, 3.0, f"{wanted} requests")


@pytest_asyncio.fixture
async def wire(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listening]:
    monkeypatch.setattr(wire_module, "GIVE_UP", 0.6)
    wire = Listening()
    await wire.open()
    yield wire
    wire.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (wire_module._Asked, wire_module._Answered):
        create = kind.__init__

        def faster(self: object, *given: object, create: Callable[..., None] = create, **more: object) -> None:
            create(self, *given, **{"pause": 0.05, **more})

        monkeypatch.setattr(kind, "__init__", faster)


async def nothing_more(line: Line) -> None:
    """What is settled is not sent again, though several resends would have been due by now."""
    before = len(line.got)
    with pytest.raises(TimeoutError):
        await line.changes.until(lambda: len(line.got) > before, 0.3, "a resend")


def message(method: str) -> Message:
    headers = [("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"), ("Call-ID", "x"), ("CSeq", f"1 {method}")]
    return Message(method, uri="sip:c@d", headers=headers)


async def test_a_lost_request_is_sent_again_and_its_answer_heard_once(wire: Listening, line: Line) -> None:
    heard: list[int] = []
    wire.request(message("OPTIONS"), (HOST, line.port), lambda _, response: heard.append(response.status))
    await line.count(3)
    assert len({m.branch for m in line.got}) == 1
    for _ in range(3):
        line.send(reply(line.got[0], 200).encode(), wire.port)
    answered: list[int] = []

    def keep(_: Message, response: Message) -> None:
        answered.append(response.status)
        line.changes.tell()

    wire.request(message("INFO"), (HOST, line.port), keep)
    await line.changes.until(lambda: line.got[-1].method == "INFO", 3.0, "the next request")
    assert heard == [200]
    line.send(reply(line.got[-1], 200).encode(), wire.port)
    await line.changes.until(lambda: len(answered) == 1, 3.0, "its answer")
    await nothing_more(line)


async def test_silence_ends_as_408(wire: Listening, line: Line) -> None:
    heard: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    wire.request(message("OPTIONS"), (HOST, line.port), lambda _, response: heard.set_result(response.status))
    assert await asyncio.wait_for(heard, 3) == 408


async def test_an_invite_that_rings_is_not_sent_again_and_a_refusal_is_acknowledged_each_time(
    wire: Listening, line: Line
) -> None:
    heard: list[int] = []
    wire.request(message("INVITE"), (HOST, line.port), lambda _, response: heard.append(response.status))
    await line.count(1)
    line.send(reply(line.got[0], 180, "t").encode(), wire.port)
    for _ in range(2):
        line.send(reply(line.got[0], 486, "t").encode(), wire.port)
    await line.changes.until(lambda: len(line.acks) == 2, 3.0, "both acknowledgements")
    assert {ack.branch for ack in line.acks} == {line.got[0].branch}
    assert line.acks[0].tag("to") == "t"
    assert heard == [180, 486]
    await nothing_more(line)


async def test_a_request_that_comes_again_is_answered_from_memory(wire: Listening, line: Line) -> None:
    request = message("OPTIONS")
    request.headers.insert(0, ("Via", f"SIP/2.0/UDP {HOST}:{line.port};branch=z9hG4bKq"))
    line.send(request.encode(), wire.port)
    await wire.count(1)
    wire.respond(wire.asked[0], reply(wire.asked[0], 200, "t"))
    line.send(request.encode(), wire.port)
    await line.count(2)
    assert len(wire.asked) == 1
    assert [m.status for m in line.got] == [200, 200]


async def test_the_answer_to_an_invite_is_repeated_until_its_ack(wire: Listening, line: Line) -> None:
    request = message("INVITE")
    request.headers.insert(0, ("Via", f"SIP/2.0/UDP {HOST}:{line.port};branch=z9hG4bKq"))
    line.send(request.encode(), wire.port)
    await wire.count(1)
    wire.respond(wire.asked[0], reply(wire.asked[0], 200, "t"))
    await line.count(3)
    ack = message("ACK")
    ack.headers.insert(0, ("Via", f"SIP/2.0/UDP {HOST}:{line.port};branch=z9hG4bKother"))
    line.send(ack.encode(), wire.port)
    await wire.count(2)
    await nothing_more(line)


async def test_junk_is_counted_and_ignored(wire: Listening, line: Line) -> None:
    for junk in (b"\r\n\r\n", b"\xff" * 30, b"SIP/2.0 200 OK\r\n\r\n"):
        line.send(junk, wire.port)
    request = message("OPTIONS")
    request.headers.insert(0, ("Via", f"SIP/2.0/UDP {HOST}:{line.port};branch=z9hG4bKq"))
    line.send(request.encode(), wire.port)
    await wire.count(1)
    assert wire.junk == 3
