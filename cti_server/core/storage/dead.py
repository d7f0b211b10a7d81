"""Rows that nobody takes, kept for a person to look at: one JSON object a line, with the reason."""

import os
from pathlib import Path
from typing import Any

import msgspec

MOST_BYTES = 64 * 1024 * 1024


class DeadLetters:
    """A file that is only added to, up to 64 MB; beyond that an OSError says so. For one thread at a time."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def write(self, letter: dict[str, Any]) -> None:
        """Add a letter and fsync. Raises OSError when the disk or the file is full."""
        line = msgspec.json.encode(letter) + b"\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.fstat(handle).st_size + len(line) > self._most_bytes:
                raise OSError(f"{self._path.name} has reached {self._most_bytes} bytes")
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)
