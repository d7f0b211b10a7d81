"""The FastAGI server against peers that mean harm (A47): each is cut off, the others never notice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.core.tasks import Tasks
from cti_server.routing.agi.protocol import AgiError, HungUp, as_array, command, header_of, quoted, reply_of
from cti_server.routing.agi.server import AgiServer, AgiSession

HEADER = b"agi_network_script: echo\nagi_uniqueid: 1.1\nagi_arg_1: one\nagi_arg_2: two\n\n"


class Bench:
    def __init__(self) -> None:
        self.tasks = Tasks("agi")
        self.seen: list[AgiSession] = []
        self.server = AgiServer({"echo": self.echo, "deaf": self.deaf}, self.tasks, host="127.0.0.1", port=0, most=20,
                                limit=1.0)  # fmt: skip

    async def echo(self, session: AgiSession) -> None:
        self.seen.append(session)
        await session.set("CTI_X", 'a "quoted" \\ value\nHANGUP')
        await session.set("CTI_ANSWER", "done")

    async def deaf(self, session: AgiSession) -> None:
        await asyncio.Event().wait()

    async def talk(self, sent: bytes, replies: bytes = b"200 result=1\n200 result=1\n") -> bytes:
        """All that the server says to a peer that sends this; b"" when it is cut."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(sent + replies)
            async with asyncio.timeout(5):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.server.start()
    yield bench
    await bench.server.stop()
    await bench.tasks.close()


async def test_a_good_peer_is_served_and_values_are_quoted(bench: Bench) -> None:
    said = await bench.talk(HEADER)
    assert said == (b'SET VARIABLE "CTI_X" "a \\"quoted\\" \\\\ value HANGUP"\nSET VARIABLE "CTI_ANSWER" "done"\n')
    assert bench.seen[0].arguments == ["one", "two"]


@pytest.mark.parametrize(
    "sent",
    [
        b"".join(b"agi_x%d: y\n" % n for n in range(10_000)),
        b"agi_network_script: " + b"e" * 1_000_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 100,
        b"agi_network_script: ../../etc/passwd\n\n",
        b"\n",
        b"",
        HEADER[:-1],
        b"agi_network_script: deaf\n\n",
    ],
)
async def test_a_bad_peer_is_cut_and_a_good_one_is_served_meanwhile(bench: Bench, sent: bytes) -> None:
    bad = asyncio.gather(*(bench.talk(sent, b"") for _ in range(5)))
    good = await bench.talk(HEADER)
    assert good.endswith(b'"done"\n')
    assert await bad == [b""] * 5
    assert bench.server.sessions == 0


@pytest.mark.parametrize("replies", [b"HANGUP\n", b"hello\n", b"200 " + b"x" * 9000 + b"\n", b"510 Invalid\n", b""])
async def test_a_bad_reply_ends_the_session(bench: Bench, replies: bytes) -> None:
    said = await bench.talk(HEADER, replies)
    assert b"CTI_ANSWER" not in said
    assert bench.server.sessions == 0


async def test_more_than_are_allowed_are_refused_at_once(bench: Bench) -> None:
    held = [await asyncio.open_connection("127.0.0.1", bench.server.port) for _ in range(20)]
    async with asyncio.timeout(5):
        while bench.server.sessions < 20:  # noqa: ASYNC110 (what the loop does next)
            await asyncio.sleep(0)
    assert await bench.talk(HEADER) == b""
    assert bench.server.refused == 1
    for _, writer in held:
        writer.close()


async def test_other_addresses_are_refused(bench: Bench) -> None:
    server = AgiServer({}, bench.tasks, host="127.0.0.1", port=0, allowed=["10.0.0.0/8", "::1/128"])
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEADER)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    await server.stop()
    assert server.refused == 1
    assert server.may_speak("::ffff:10.1.2.3")
    assert not server.may_speak("192.0.2.1")
    assert not server.may_speak("nonsense")


def test_lines() -> None:
    assert header_of(b"agi_callerid: 138\r\n") == ("callerid", "138")
    assert header_of(b"\n") is None
    with pytest.raises(AgiError):
        header_of(b"hello\n")
    assert quoted("a\r\nb\0c") == '"a  b c"'
    assert reply_of(b"200 result=1 (a (b) c)\n") == (200, "a (b) c")
    assert reply_of(b"200 result=0\n") == (200, "")
    with pytest.raises(HungUp):
        reply_of(b"511 Command Not Permitted on a dead channel\n")
    with pytest.raises(AgiError):
        command("SET VARIABLE", "X", "y" * 3000)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([("A", "1"), ("B", "")], ("ARRAY(A,B)", "1,")),
        ([("__CTI_DATA", "a=%2C&b=2"), ("B", "x&y")], ("ARRAY(__CTI_DATA,B)", "a=%2C&b=2,x&y")),
        ([("A", "1")], None),
        ([("A", "one, two"), ("B", "")], None),
        ([("A", "客服 (夜)"), ("B", "")], None),
        ([("A", 'say "so"'), ("B", "")], None),
        ([("A", "x" * 1990), ("B", "")], None),
    ],
)
def test_what_may_be_told_in_one_command(values: list[tuple[str, str]], told: tuple[str, str] | None) -> None:
    assert as_array(values) == told
