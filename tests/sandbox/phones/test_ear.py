"""The ear hears each channel apart. What it hears of real recordings: tests/recording."""

from pathlib import Path

import pytest

from cti_server.recording.intake.mp3 import Mp3
from cti_server.sandbox.phones.ear import Heard


def test_it_tells_left_from_right_and_refuses_what_is_no_stereo(tmp_path: Path) -> None:
    import array
    import math

    left = array.array("h", (int(9000 * math.sin(math.tau * 700 * n / 8000)) for n in range(8000)))
    with Mp3(tmp_path / "a.mp3", 8000) as file:
        file.add(left, array.array("h", bytes(16000)))
    sound = Heard.mp3((tmp_path / "a.mp3").read_bytes())
    assert sound.levels("left", 0.3, 700)[700] > -15
    assert sound.levels("right", 0.3, 700)[700] < -60
    assert sound.loudest("left", 0.2, 0.8) > 8000
    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever the decoder says of it)
        Heard.mp3(b"no sound")
