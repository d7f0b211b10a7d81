"""Tells a person what takes long: one line per step, and a moving size for downloads."""

import sys
import time
from typing import TextIO

MEGABYTE = 1_000_000


class Progress:
    """Writes steps to a stream; on a terminal a moving line, in a log one line per quarter of the way."""

    def __init__(self, stream: TextIO | None = None, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._moving = self._stream.isatty()
        self._open = False
        self._shown = (-1, 0.0)

    def step(self, text: str) -> None:
        """A step begins, or something worth knowing happened."""
        self._close_line()
        self._write(f"{text}\n")

    def size(self, text: str, done: int, total: int) -> None:
        """`done` of `total` bytes have come in so far."""
        line = f"{text}: {done / MEGABYTE:.0f} of {total / MEGABYTE:.0f} MB"
        quarter, now = (4 * done // total if total else 4), time.monotonic()
        if self._moving:
            if quarter == 4 or now - self._shown[1] > 0.2:
                self._write(f"\r\x1b[K{line}")
                self._open = True
                self._shown = (quarter, now)
        elif quarter != self._shown[0]:
            self._write(f"{line}\n")
            self._shown = (quarter, now)
        if quarter == 4:
            self._close_line()
            self._shown = (-1, 0.0)

    def _close_line(self) -> None:
        if self._open:
            self._write("\n")
            self._open = False

    def _write(self, text: str) -> None:
        if not self._quiet:
            self._stream.write(text)
            self._stream.flush()


QUIET = Progress(quiet=True)
