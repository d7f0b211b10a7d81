"""Tones: how a phone says who it is and measures whom it hears.

Each phone sends one sine. A listener runs Goertzel's filter on the frequencies it asks about, so "who hears
whom" becomes a number (also in recordings). G.711 µ-law is done by tables (ITU-T G.711), as Python's audioop
is gone from 3.13.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

RATE = 8000
FRAME = 160
"""Samples in 20 ms, which is one RTP packet."""
SEND_LEVEL = -12.0
"""dB below full scale at which a phone sends: three of them mixed still do not clip."""
HEARD = -26.0
"""dB below full scale from which a tone counts as heard: well under SEND_LEVEL, far above any leak."""
FULL_SCALE = 32768.0
_BIAS, _CLIP = 0x84, 32635


def _expand(code: int) -> int:
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + _BIAS) << ((code & 0x70) >> 4)
    return _BIAS - value if code & 0x80 else value - _BIAS


ULAW: tuple[int, ...] = tuple(_expand(code) for code in range(256))
"""µ-law byte → 16 bit sample."""
SILENCE = b"\xff" * FRAME


def encode_ulaw(samples: Iterable[float]) -> bytes:
    """16 bit samples → µ-law bytes; what is too loud is clipped."""
    return bytes(_compress(int(sample)) for sample in samples)


def _compress(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    value = min(abs(sample), _CLIP) + _BIAS
    exponent = value.bit_length() - 8
    return ~(sign | (exponent << 4) | ((value >> (exponent + 3)) & 0x0F)) & 0xFF


@lru_cache(maxsize=128)
def tone_frames(frequency: int, level: float = SEND_LEVEL) -> tuple[bytes, ...]:
    """One endless tone as µ-law frames of 20 ms to be sent round and round; it joins without a click.

    `frequency` in Hz (1 to 3999), `level` in dB below full scale. Made once per tone, so sending costs nothing.
    """
    if not 0 < frequency < RATE // 2:
        raise ValueError(f"a tone of {frequency} Hz does not fit into {RATE} samples a second")
    count = 50 // math.gcd(50, frequency)  # after so many frames the sine is at its start again
    peak = FULL_SCALE * 10 ** (level / 20)
    turn = 2 * math.pi * frequency / RATE
    stream = encode_ulaw(peak * math.sin(turn * at) for at in range(count * FRAME))
    return tuple(stream[at : at + FRAME] for at in range(0, len(stream), FRAME))


def level_of(samples: Sequence[float], frequency: float, rate: int = RATE) -> float:
    """Goertzel with a Hann window: how loud a frequency is, in dB below full scale of a sine (-120 = nothing).

    A window of 200 ms tells tones apart that are 15 Hz from each other; the Hann window keeps a gap in the
    stream from smearing one tone over its neighbours.
    """
    count = len(samples)
    if count < 2:
        return -120.0
    coefficient = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for sample, weight in zip(samples, _hann(count), strict=True):
        before, last = last, sample * weight + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    amplitude = 2 * math.sqrt(max(power, 0.0)) / (count * 0.5)  # 0.5: the mean of a Hann window
    return 20 * math.log10(max(amplitude / FULL_SCALE, 1e-6))


@lru_cache(maxsize=8)
def _hann(count: int) -> tuple[float, ...]:
    return tuple(0.5 - 0.5 * math.cos(2 * math.pi * at / count) for at in range(count))


def levels(payload: bytes, frequencies: Iterable[int]) -> dict[int, float]:
    """Each asked frequency's level in µ-law audio, in dB below full scale."""
    samples = [ULAW[byte] for byte in payload]
    return {frequency: level_of(samples, frequency) for frequency in frequencies}
