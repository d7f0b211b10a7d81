"""Reading the files that MixMonitor leaves: RIFF WAVE, PCM, one channel of 16 bit, in blocks.

Asterisk writes the header's sizes when it closes a file (formats/format_wav.c). A PBX that was killed leaves them 0, so
the length is taken from the file where the header does not say it.
"""

from __future__ import annotations

import array
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

RATES: Final = (8000, 16000, 32000, 48000)
LONGEST: Final = 12 * 3600
"""Seconds; a file that says more is none of ours."""
_MOST_CHUNKS: Final = 64


class BadFile(Exception):
    """A file that cannot be taken in; `reason` is a stable code (empty, noAudio, notWav, format, unreadable)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wav:
    """What a file holds. `unclosed`: its header was never finished; `cut`: it is shorter than its header says."""

    path: Path
    rate: int
    start: int
    """First byte of the sound."""
    frames: int
    unclosed: bool = False
    cut: bool = False

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.frames / self.rate

    def after(self, seconds: float) -> Wav:
        """The same without its first seconds. Raises BadFile when nothing is left."""
        skipped = int(seconds * self.rate)
        if skipped >= self.frames:
            raise BadFile("noAudio")
        return replace(self, start=self.start + 2 * skipped, frames=self.frames - skipped)

    def blocks(self, frames: int) -> Iterator[array.array[int]]:
        """The sound in blocks of so many samples, the last one shorter."""
        left = self.frames
        with self.path.open("rb") as file:
            file.seek(self.start)
            while left > 0:
                raw = file.read(min(frames, left) * 2)
                if len(raw) < 2:
                    return
                block = array.array("h", raw[: len(raw) // 2 * 2])
                if sys.byteorder == "big":
                    block.byteswap()
                left -= len(block)
                yield block


def open_wav(path: Path) -> Wav:
    """Look at a file. Raises BadFile; FileNotFoundError when there is none."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise BadFile("empty")
            return _read(path, file, size)
    except FileNotFoundError:
        raise
    except OSError as fault:
        raise BadFile("unreadable") from fault


def _read(path: Path, file: BinaryIO, size: int) -> Wav:
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise BadFile("notWav")
    rate = 0
    for _ in range(_MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < 8:
            raise BadFile("noAudio")
        name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
        if name == b"data":
            return _sound(path, rate, file.tell(), length, size)
        if name == b"fmt ":
            rate = _rate(file.read(min(length, 40)))
            length = max(0, length - 40)
        file.seek(length + length % 2, os.SEEK_CUR)
    raise BadFile("notWav")


def _rate(fmt: bytes) -> int:
    if len(fmt) < 16:
        raise BadFile("notWav")
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", fmt[:16])
    if code != 1 or channels != 1 or bits != 16 or rate not in RATES:
        raise BadFile("format")
    return int(rate)


def _sound(path: Path, rate: int, start: int, said: int, size: int) -> Wav:
    if not rate:
        raise BadFile("notWav")
    there = max(0, size - start)
    unclosed = said == 0 and there > 0
    length = there if unclosed else min(said, there)
    frames = length // 2
    if frames == 0:
        raise BadFile("noAudio")
    if frames / rate > LONGEST:
        raise BadFile("tooLong")
    return Wav(path, rate, start, frames, unclosed, cut=not unclosed and said > there)
