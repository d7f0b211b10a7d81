"""A tone as a file is that tone."""

import math
import struct
import wave
from io import BytesIO

from cti_server.sandbox.stage.tones import tone_file


def test_a_tone_of_a_length() -> None:
    with wave.open(BytesIO(tone_file(700, 0.5))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (8000, 1, 4000)
        samples = struct.unpack("<4000h", file.readframes(4000))

    def strength(hz: int) -> float:
        turns = [2 * math.pi * hz * at / 8000 for at in range(len(samples))]
        pairs = list(zip(samples, turns, strict=True))
        return math.hypot(sum(s * math.cos(t) for s, t in pairs), sum(s * math.sin(t) for s, t in pairs))

    assert strength(700) > 100 * strength(800)
