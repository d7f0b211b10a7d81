"""From anybody's file to sound that a phone plays well. Runs in a process of its own (`worker`), never beside calls.

Decoding and resampling by miniaudio (dr_wav, minimp3), silence and loudness by pydub.
"""

import io
import math
import warnings
import wave
from typing import Final

import miniaudio

from cti_server.core.errors import BadInput
from cti_server.routing.prompts.model import MOST_SECONDS, Format, Refined, check_seconds, format_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for ffmpeg when it is imported, which nothing here needs
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

NARROW: Final = 8000
WIDE: Final = 16000
LOUDNESS: Final = -20.0
"""Decibels below full scale of the spoken parts (root mean square): as loud as people speak on a phone line."""
CEILING: Final = -1.0
"""Decibels below full scale that no peak may pass."""
MOST_GAIN: Final = 30.0
SILENCE: Final = -50.0
"""Decibels below full scale that count as silence, after the loudest part was brought to the ceiling."""
KEPT_SILENCE: Final = 80
"""Milliseconds of silence left at both ends, so that no sound begins cut."""
_PART: Final = 50


def refine(data: bytes) -> Refined:
    """Decode, cut silence, make equally loud. Raises BadInput (bad_audio, audio_too_large, audio_length)."""
    samples = _decoded(data)
    segment = AudioSegment(data=samples, sample_width=2, frame_rate=WIDE, channels=1)
    segment = _trimmed(segment)
    check_seconds(len(segment) / 1000)
    gain = _gain(segment)
    loud = segment.apply_gain(gain).fade_in(5).fade_out(5)
    wide: bytes = loud.raw_data
    narrow = miniaudio.convert_frames(
        miniaudio.SampleFormat.SIGNED16, 1, WIDE, wide, miniaudio.SampleFormat.SIGNED16, 1, NARROW
    )
    return Refined(_wav(bytes(narrow), NARROW), _wav(wide, WIDE), round(len(loud) / 1000, 2), round(gain, 1))


def _decoded(data: bytes) -> bytes:
    """One channel of 16 bit at WIDE. The length is asked before anything is unpacked."""
    kind = format_of(data)
    try:
        told = miniaudio.wav_get_info(data) if kind is Format.WAV else miniaudio.mp3_get_info(data)
        if told.duration > MOST_SECONDS + 5:
            check_seconds(told.duration)
        decoded = miniaudio.decode(data, miniaudio.SampleFormat.SIGNED16, 1, WIDE)
    except (miniaudio.MiniaudioError, ValueError, MemoryError) as error:
        raise BadInput(
            "This file cannot be decoded.", field="data", allowed="a whole WAV or MP3 file", code="bad_audio"
        ) from error
    return bytes(decoded.samples)


def _trimmed(segment: AudioSegment) -> AudioSegment:
    """Without the silence at both ends. Raises BadInput when there is nothing else."""
    if len(segment) == 0 or segment.max_dBFS == float("-inf") or segment.max_dBFS < SILENCE - 20:
        raise BadInput("There is only silence.", field="data", allowed="a sound that can be heard", code="audio_silent")
    threshold = SILENCE + min(0.0, segment.max_dBFS - CEILING)
    start = detect_leading_silence(segment, threshold, 10)
    end = detect_leading_silence(segment.reverse(), threshold, 10)
    return segment[max(0, start - KEPT_SILENCE) : len(segment) - max(0, end - KEPT_SILENCE)]


def _gain(segment: AudioSegment) -> float:
    """Decibels to add: pauses do not count as softness, and no peak passes the ceiling."""
    floor = segment.max_dBFS - 30
    parts = [segment[at : at + _PART] for at in range(0, len(segment), _PART)]
    spoken = [part.rms for part in parts if part.dBFS > floor] or [segment.rms]
    mean = (sum(rms * rms for rms in spoken) / len(spoken)) ** 0.5
    level = 20 * math.log10(max(mean, 1.0) / segment.max_possible_amplitude)
    return float(min(LOUDNESS - level, CEILING - segment.max_dBFS, MOST_GAIN))


def _wav(samples: bytes, rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return out.getvalue()
