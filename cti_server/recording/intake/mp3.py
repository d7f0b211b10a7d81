"""Two sides made one stereo MP3 that every browser plays: left the other side, right our agents.

A constant bit rate, so that a place in time is a place in the file and a browser can jump without reading all of it.
"""

from __future__ import annotations

import array
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

import lameenc

BIT_RATE: Final = {8000: 48, 16000: 64, 32000: 96, 48000: 128}
"""kbit/s for both sides; the most that MPEG 2.5 knows is 64 at 8 kHz."""
QUALITY: Final = 5
"""LAME's own scale, 0 slowest to 9 fastest; 5 is its standard."""


class Mp3:
    """An MP3 that is being written. Use as a context manager; raises OSError when the disk is full."""

    def __init__(self, path: Path, rate: int) -> None:
        self._path = path
        self._encoder = lameenc.Encoder()
        self._encoder.set_bit_rate(BIT_RATE[rate])
        self._encoder.set_in_sample_rate(rate)
        self._encoder.set_out_sample_rate(rate)
        self._encoder.set_channels(2)
        self._encoder.set_quality(QUALITY)
        self._encoder.silence()
        self._file: BinaryIO | None = None

    def __enter__(self) -> Mp3:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        with self._file:
            if kind is None:
                self._file.write(self._encoder.flush())
                self._file.flush()

    def add(self, left: array.array[int], right: array.array[int]) -> None:
        """Samples of both sides, as many of one as of the other."""
        assert self._file is not None
        both = array.array("h", bytes(4 * len(left)))
        both[0::2], both[1::2] = left, right
        if sys.byteorder == "big":
            both.byteswap()
        self._file.write(self._encoder.encode(both.tobytes()))
