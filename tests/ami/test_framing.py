import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.ami.framing import MAX_LINE, MAX_LINES, MAX_MESSAGE, Framer, FramingError

TALKS = sorted((Path(__file__).parents[1] / "talks").rglob("*.ami"))
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
NAMES = "客服 𠮷野家 Zoë 🙂"
STREAM = (
    BANNER
    + (
        f"Event: A\r\nQueue: {NAMES}\r\n\r\n\r\nEvent: B\r\nCallerIDName: {NAMES}\r\n\r\n"
        "Response: Success\r\nMessage: Park successful\n\r\n\r\n"
    ).encode()
)
MESSAGES = [
    f"Event: A\r\nQueue: {NAMES}".encode(),
    f"Event: B\r\nCallerIDName: {NAMES}".encode(),
    b"Response: Success\r\nMessage: Park successful\n",
]


def started() -> Framer:
    framer = Framer()
    assert framer.feed(BANNER) == []
    return framer


def in_pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    framer = Framer()
    borders = [0, *sorted(cuts), len(stream)]
    return [message for a, b in itertools.pairwise(borders) for message in framer.feed(stream[a:b])]


def test_no_cut_between_two_packets_changes_anything() -> None:
    for cut in range(len(STREAM) + 1):
        assert in_pieces(STREAM, [cut]) == MESSAGES, cut


def test_one_byte_at_a_time() -> None:
    assert in_pieces(STREAM, list(range(len(STREAM)))) == MESSAGES


@pytest.mark.parametrize("talk", TALKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_talk_reads_the_same_whole_and_in_bytes(talk: Path) -> None:
    stream = talk.read_bytes()
    whole = in_pieces(stream, [])
    assert whole
    assert in_pieces(stream, list(range(len(stream)))) == whole
    assert all(message.startswith((b"Event: ", b"Response: ")) for message in whole)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 23_000), max_size=200))
def test_any_chunking_of_a_talk(cuts: list[int]) -> None:
    stream = TALKS[-1].read_bytes()
    assert in_pieces(stream, [min(cut, len(stream)) for cut in cuts]) == in_pieces(stream, [])


def test_the_banner_is_kept_apart() -> None:
    framer = Framer()
    assert framer.feed(BANNER[:7]) == []
    assert framer.banner is None
    assert framer.feed(BANNER[7:] + b"Event: A\r\n\r\n") == [b"Event: A"]
    assert framer.banner == b"Asterisk Call Manager/11.0.0"


def test_empty_lines_alone_are_no_messages() -> None:
    framer = started()
    assert framer.feed(b"\r\n" * 9) == []
    assert framer.feed(b"\r\n") == []
    assert framer.feed(b"Event: A\r\n\r\n") == [b"Event: A"]


def test_a_peer_without_a_banner_is_refused() -> None:
    with pytest.raises(FramingError, match="banner"):
        Framer().feed(b"x" * 2_000)


def feed_all(data: bytes, size: int) -> None:
    framer = started()
    for start in range(0, len(data), size):
        framer.feed(data[start : start + size])


@pytest.mark.parametrize("size", [1_000, 65_536, 20 << 20])
def test_a_header_without_end_is_refused(size: int) -> None:
    with pytest.raises(FramingError, match="bytes"):
        feed_all(b"Event: A\r\nX: " + b"x" * (10 << 20), size)


@pytest.mark.parametrize("size", [1_000, 65_536, 20 << 20])
@pytest.mark.parametrize("ending", [b"", b"\r\n\r\n"])
def test_too_many_headers_are_refused(size: int, ending: bytes) -> None:
    with pytest.raises(FramingError, match="lines"):
        feed_all(b"Event: A\r\n" + b"Variable: abcdef\r\n" * 5_000 + ending, size)


@pytest.mark.parametrize("size", [1_000, 65_536, 20 << 20])
def test_a_message_over_the_limit_is_refused(size: int) -> None:
    line = b"Output: " + b"x" * 1_000 + b"\r\n"
    with pytest.raises(FramingError):
        feed_all(line * (2 * MAX_MESSAGE // len(line)), size)


def test_a_refused_stream_never_holds_much_more_than_the_limit() -> None:
    framer = started()
    held = 0
    try:
        while held < 10_000_000:
            framer.feed(b"x" * 10_000)
            held += 10_000
    except FramingError:
        pass
    assert held <= MAX_LINE + 30_000


def test_long_but_lawful_messages_pass() -> None:
    framer = started()
    lines = [b"Event: A", *(b"Output: %d %s" % (i, b"y" * 300) for i in range(MAX_LINES - 10))]
    message = b"\r\n".join(lines)
    assert framer.feed(message + b"\r\n\r\n") == [message]
    assert [m for i in range(0, len(message) + 4, 999) for m in framer.feed((message + b"\r\n\r\n")[i : i + 999])] == [
        message
    ]
