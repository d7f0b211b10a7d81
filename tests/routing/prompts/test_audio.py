"""From anybody's file to clean sound."""

import array
import math

import pytest

from cti_server.core.errors import BadInput
from cti_server.routing.prompts.audio import refine
from cti_server.routing.prompts.worker import answer
from tests.routing.prompts.made import MP3, read, strength, tone, wav


def level(samples: "array.array[int]") -> float:
    return 20 * math.log10(math.sqrt(sum(one * one for one in samples) / len(samples)) / 32768)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
@pytest.mark.parametrize("loud", [0.02, 0.9])
def test_any_rate_and_loudness_becomes_the_same(rate: int, loud: float) -> None:
    done = refine(tone(rate, 1.0, 440, loud, silence=0.7))
    for data, wanted in ((done.narrow, 8000), (done.wide, 16000)):
        rate_now, channels, samples = read(data)
        assert (rate_now, channels) == (wanted, 1)
        assert 1.0 <= len(samples) / wanted <= 1.3  # the silence is cut, a little of it stays
        middle = samples[wanted // 4 : -wanted // 4]
        assert -21.5 < level(middle) < -18.5
        assert max(map(abs, samples)) < 32767
        assert strength(middle, wanted, 440) > 0.95


def test_mp3_and_stereo() -> None:
    rate, _, samples = read(refine(MP3).wide)
    assert strength(samples[rate // 5 : -rate // 5], rate, 440) > 0.95
    left = read(tone(16000, 1.0, 600, 0.2))[2]
    both = array.array("h", [each for sample in left for each in (sample, 0)])
    _, channels, samples = read(refine(wav(both.tobytes(), 16000, channels=2)).wide)
    assert channels == 1
    assert strength(samples[4000:-4000], 16000, 600) > 0.95


def test_what_a_phone_cannot_carry_does_not_come_back_as_another_tone() -> None:
    """6 kHz would fold to 2 kHz in the narrow file if nothing were filtered."""
    done = refine(tone(16000, 1.0, 6000, 0.3))
    wide, narrow = read(done.wide)[2], read(done.narrow)[2]
    assert strength(wide, 16000, 6000) > 0.9
    assert level(narrow) < level(wide) - 10


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (tone(seconds=1.0, level=0.0), "audio_silent"),
        (wav(bytes(16000 * 310), 8000), "audio_length"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(30), "bad_audio"),
        (b"ID3" + bytes(500), "bad_audio"),
        (tone()[:60], "audio_length"),
    ],
    ids=["silence", "too long", "broken head", "no frames", "cut off"],
)
def test_what_is_no_sound_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as error:
        refine(data)
    assert error.value.code in (code, "bad_audio")
    told = answer(data)
    assert told["code"] == error.value.code
    assert "narrow" not in told
