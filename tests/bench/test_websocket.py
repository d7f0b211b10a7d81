import pytest

from bench.websocket import Frames, masked
from cti_server.core.push.frames import Encoded


@pytest.mark.parametrize("size", [0, 125, 126, 70_000])
def test_frames_are_cut_wherever_the_packets_end(size: int) -> None:
    payloads = [b"x" * size, b"{}"]
    whole = b"".join(Encoded(payload).plain for payload in payloads)
    for cut in {1, 2, 3, 5, 11, len(whole) // 2, len(whole) - 1}:
        frames = Frames()
        assert frames.feed(whole[:cut]) + frames.feed(whole[cut:]) == payloads


def test_a_clients_frame_is_masked() -> None:
    frame = masked({"type": "pong"})
    assert frame[0] == 0x81
    assert frame[1] == 0x80 | 16
    mask, payload = frame[2:6], frame[6:]
    assert bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload)) == b'{"type": "pong"}'
