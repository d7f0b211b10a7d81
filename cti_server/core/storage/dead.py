"""Rows that nobody takes, kept for a person to look at: one JSON object a line, with the reason."""

import os
import re
import threading
from pathlib import Path
from typing import Any

import msgspec

MOST_BYTES = 64 * 1024 * 1024


class DeadLetters:
    """A file that is only added to, up to 64 MB; beyond that an OSError says so. For any thread."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    def write(self, letter: dict[str, Any]) -> None:
        """Add a letter and fsync. Raises OSError when the disk or the file is full."""
        line = msgspec.json.encode(letter) + b"\n"
        with self._lock:
            self._add(line)

    def forget(self, words: str, mark: str) -> int:
        """Put `mark` where letters have what a regular expression fits; how many letters. Raises OSError."""
        with self._lock:
            if not self._path.exists():
                return 0
            before = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
            after = [re.sub(words, mark, line, flags=re.IGNORECASE) for line in before]
            if after != before:
                new = self._path.with_suffix(".new")
                with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                    file.writelines(after)
                    file.flush()
                    os.fsync(file.fileno())
                new.replace(self._path)
            return sum(one != other for one, other in zip(before, after, strict=True))

    def _add(self, line: bytes) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.fstat(handle).st_size + len(line) > self._most_bytes:
                raise OSError(f"{self._path.name} has reached {self._most_bytes} bytes")
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)
