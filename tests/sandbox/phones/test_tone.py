"""Tones are what they say, and Goertzel tells them apart."""

import itertools
import math

import pytest

from cti_server.sandbox.phones.tone import FRAME, SEND_LEVEL, SILENCE, ULAW, encode_ulaw, level_of, levels, tone_frames

WINDOW = 10


def heard(frequency: int, *asked: int, frames: int = WINDOW) -> dict[int, float]:
    sent = tone_frames(frequency)
    return levels(b"".join(sent[at % len(sent)] for at in range(frames)), asked)


def test_mu_law_is_the_inverse_of_itself() -> None:
    assert encode_ulaw(ULAW) == bytes(0xFF if code == 0x7F else code for code in range(256))  # two codes mean zero


def test_known_values_of_g_711() -> None:
    assert (ULAW[0x00], ULAW[0x80], ULAW[0xFF]) == (-32124, 32124, 0)
    assert encode_ulaw([40000, -40000]) == b"\x80\x00"  # clipped, not wrapped


@pytest.mark.parametrize("frequency", [37, 350, 440, 1000, 3333])
def test_a_tone_is_measured_at_the_level_it_was_sent(frequency: int) -> None:
    assert heard(frequency, frequency)[frequency] == pytest.approx(SEND_LEVEL, abs=0.3)


def test_a_tone_joins_itself_without_a_click() -> None:
    frames = tone_frames(437)
    samples = [ULAW[byte] for byte in b"".join(frames) + frames[0]]
    steps = [abs(b - a) for a, b in itertools.pairwise(samples)]
    seam = len(frames) * FRAME - 1
    assert steps[seam] <= max(steps[:seam])


def test_neighbours_are_told_apart() -> None:
    found = heard(440, 440, 460, 420, 700, 1000)
    assert all(found[other] < SEND_LEVEL - 25 for other in (420, 460, 700, 1000))


def test_a_gap_does_not_make_other_tones() -> None:
    sent = tone_frames(440)
    payload = b"".join(sent[at % len(sent)] for at in range(5)) + SILENCE * 5
    assert levels(payload, [700])[700] < -45


def test_silence_and_nothing_are_not_heard() -> None:
    assert levels(SILENCE * WINDOW, [440]) == {440: -120.0}
    assert levels(b"", [440]) == {440: -120.0}


def test_three_tones_mixed_are_all_there() -> None:
    turn = 2 * math.pi / 8000
    samples = [4000 * sum(math.sin(turn * f * at) for f in (440, 700, 1000)) for at in range(1600)]
    assert all(level_of(samples, f) > -20 for f in (440, 700, 1000))


@pytest.mark.parametrize("frequency", [0, -5, 4000])
def test_a_tone_that_does_not_fit_is_refused(frequency: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        tone_frames(frequency)
