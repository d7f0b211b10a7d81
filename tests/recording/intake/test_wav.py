"""Reading what MixMonitor leaves."""

from pathlib import Path

import pytest

from cti_server.recording.intake.wav import BadFile, open_wav
from tests.recording.intake.sounds import RATE, broken, tone, wav


def test_a_whole_file_is_read_in_blocks_that_give_the_very_samples(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    sound = tone(2.5, 440)
    file.write_bytes(wav(sound))
    found = open_wav(file)
    assert (found.rate, found.seconds, found.unclosed, found.cut) == (RATE, 2.5, False, False)
    blocks = list(found.blocks(RATE))
    assert [len(block) for block in blocks] == [8000, 8000, 4000]
    assert b"".join(block.tobytes() for block in blocks) == sound


def test_a_header_that_was_never_finished_or_says_too_much_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(wav(tone(1.0, 440), said=0))
    assert (open_wav(file).unclosed, open_wav(file).seconds) == (True, 1.0)
    file.write_bytes(wav(tone(1.0, 440))[:-4000])
    assert (open_wav(file).cut, open_wav(file).seconds) == (True, 0.75)


@pytest.mark.parametrize("name", [name for name in broken() if name.startswith("both-")])
def test_what_is_broken_is_named(name: str, tmp_path: Path) -> None:
    content, _, reason = broken()[name]
    file = tmp_path / "a.wav"
    file.write_bytes(content or b"")
    with pytest.raises(BadFile) as refused:
        open_wav(file)
    assert refused.value.reason == reason
