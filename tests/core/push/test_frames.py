import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from cti_server.core.push.frames import Encoded


def parsed(raw: bytes) -> Frame:
    """The frame as websockets itself reads it, with compression agreed."""
    reader = StreamReader()
    reader.feed_data(raw)
    deflate = PerMessageDeflate(True, True, 15, 15)
    parser = Frame.parse(reader.read_exact, mask=False, max_size=None, extensions=[deflate])
    with pytest.raises(StopIteration) as done:
        next(parser)
    frame: Frame = done.value.value
    return frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 1023, 1024, 65535, 65536])
def test_the_bytes_are_a_frame_and_hold_the_message(size: int) -> None:
    payload = ("号" * size).encode()[:size].decode("utf-8", "ignore").encode()
    encoded = Encoded(payload)
    for raw in (encoded.plain, encoded.packed):
        frame = parsed(raw)
        assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)


def test_a_short_message_is_not_packed_and_a_long_one_gets_small() -> None:
    assert Encoded(b"x" * 100).packed == Encoded(b"x" * 100).plain
    assert len(Encoded(b'{"state":"ready"},' * 500).packed) < 500


def test_a_message_is_packed_once() -> None:
    encoded = Encoded(b"a" * 5000)
    assert encoded.packed is encoded.packed
