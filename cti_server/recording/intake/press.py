"""Two files in, one MP3 with peaks, hashes and figures out; block by block, so that memory stays flat.

The one pass over the sound does everything: a two-hour call is read once.
"""

from __future__ import annotations

import array
import base64
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
import webrtcvad

from cti_server.recording.intake.mp3 import Mp3
from cti_server.recording.intake.speech import Figures, Side, figures
from cti_server.recording.intake.wav import BadFile, Wav, open_wav

MOST_PEAKS: Final = 2400
PEAK_SECONDS: Final = 0.05
NOISE_LOUD: Final = -30.0
"""A side that is louder than this (dB) in nearly every moment and holds no voice is noise."""
MOST_APART: Final = 1.0
"""Seconds by which the two sides, or the recording and the call, may differ in length."""
STRICTNESS: Final = 2
"""WebRTC's detector: 0 takes most for a voice, 3 least."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of two files. `notes` are stable codes of what is odd; the recording can be heard nevertheless.

    `peaks`: per side one byte (0 to 255 of full scale) for each `peak_seconds`, first the customer's, then ours.
    """

    lead: float
    """Seconds that were left out before."""
    seconds: float
    rate: int
    size: int
    sha256: str
    sha256_customer: str
    sha256_agent: str
    peaks: str
    peak_seconds: float
    figures: Figures
    notes: tuple[str, ...]


def press(customer: Path, agent: Path, target: Path, lead: float = 0.0) -> Pressed:
    """Make the MP3, without the first `lead` seconds.

    Raises BadFile with the reason (missing: neither file is there), OSError for a full disk.
    """
    sides = [_open(customer), _open(agent)]
    found = [side for side in sides if isinstance(side, Wav)]
    if not found:
        faults = [side for side in sides if isinstance(side, BadFile)]
        raise faults[0]
    rate = found[0].rate
    if any(side.rate != rate for side in found):
        raise BadFile("format")
    notes = _notes(sides)
    if lead > 0:
        sides = [_after(side, lead) for side in sides]
        found = [side for side in sides if isinstance(side, Wav)]
        if not found:
            raise BadFile("noAudio")
    theirs, ours = _Side(rate), _Side(rate)
    with Mp3(target, rate) as file:
        for left, right in _pairs(sides, rate):
            theirs.add(left)
            ours.add(right)
            file.add(left, right)
    told = figures(theirs.speech, ours.speech)
    notes += [note for note, side in (("noiseCustomer", theirs), ("noiseAgent", ours)) if side.is_noise]
    peaks, step = _squeezed(theirs.peaks, ours.peaks)
    return Pressed(
        lead=lead,
        seconds=round(max(side.seconds for side in found), 3),
        rate=rate,
        size=target.stat().st_size,
        sha256=_sha256(target),
        sha256_customer=_sha256(customer) if isinstance(sides[0], Wav) else "",
        sha256_agent=_sha256(agent) if isinstance(sides[1], Wav) else "",
        peaks=base64.b64encode(peaks).decode(),
        peak_seconds=step,
        figures=told,
        notes=tuple(notes),
    )


def plain(pressed: Pressed) -> dict[str, Any]:
    """As it goes through the pipe."""
    made: dict[str, Any] = msgspec.to_builtins(pressed)
    return made


class _Side:
    """One side while it is read."""

    def __init__(self, rate: int) -> None:
        self.speech = Side(rate, webrtcvad.Vad(STRICTNESS))
        self.peaks = bytearray()
        self._step = int(rate * PEAK_SECONDS)

    def add(self, samples: array.array[int]) -> None:
        self.speech.add(samples)
        for at in range(0, len(samples), self._step):
            part = samples[at : at + self._step]
            self.peaks.append(min(255, max(max(part), -min(part)) >> 7))

    @property
    def is_noise(self) -> bool:
        level = self.speech.level
        if len(level) < 100 or sum(self.speech.voice) > len(self.speech.voice) * 0.02:
            return False
        return sum(1 for one in level if one > NOISE_LOUD) > len(level) * 0.9


def _open(path: Path) -> Wav | BadFile:
    try:
        return open_wav(path)
    except FileNotFoundError:
        return BadFile("missing")
    except BadFile as fault:
        return fault


def _after(side: Wav | BadFile, lead: float) -> Wav | BadFile:
    try:
        return side.after(lead) if isinstance(side, Wav) else side
    except BadFile as fault:
        return fault


def _notes(sides: list[Wav | BadFile]) -> list[str]:
    notes = []
    for name, side in zip(("Customer", "Agent"), sides, strict=True):
        if isinstance(side, BadFile):
            notes.append(f"no{name}")
        elif side.unclosed:
            notes.append("unclosed")
        elif side.cut:
            notes.append("cut")
    lengths = [side.seconds for side in sides if isinstance(side, Wav)]
    if len(lengths) == 2 and abs(lengths[0] - lengths[1]) > MOST_APART:
        notes.append("sidesApart")
    return list(dict.fromkeys(notes))


def _pairs(sides: list[Wav | BadFile], rate: int) -> Iterator[tuple[array.array[int], array.array[int]]]:
    """Blocks of one second of both sides, the shorter one filled up with silence."""
    none = array.array("h")
    streams = [side.blocks(rate) if isinstance(side, Wav) else iter(()) for side in sides]
    for left, right in zip_longest(*streams, fillvalue=none):
        length = max(len(left), len(right))
        yield _filled(left, length), _filled(right, length)


def _filled(block: array.array[int], length: int) -> array.array[int]:
    missing = length - len(block)
    return block + array.array("h", bytes(2 * missing)) if missing else block


def _squeezed(theirs: bytearray, ours: bytearray) -> tuple[bytes, float]:
    """At most MOST_PEAKS a side, and how many seconds each stands for."""
    length = max(len(theirs), len(ours))
    group = max(1, math.ceil(length / MOST_PEAKS))
    return b"".join(
        bytes(max(side[at : at + group]) for at in range(0, len(side), group)) for side in (theirs, ours)
    ), group * PEAK_SECONDS


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
