"""Append-only files on local disk: the half of the journal that survives a kill.

A folder holds `id` (who this journal is), `lock`, `dead.jsonl` and the segments `<index>-<first number>.log`.
Each line of a segment is one row, readable by a person:

    <crc32 of the rest, 8 hex digits> [number,unix seconds,"kind",{row}]\\n

Numbers rise by one. A line that is cut short, or whose sum is wrong, was never acknowledged when it is the last; in
the middle it is damage and is reported. After a failed write the same rows are written again into a new segment, so a
reader skips numbers that it has seen.
"""

import binascii
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_FRAME = 9  # eight hex digits and a blank


class _Line(msgspec.Struct, array_like=True, frozen=True):
    number: int
    at: float
    kind: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was appended. `at` is when, in unix seconds."""

    number: int
    at: float
    kind: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Damage:
    """A complete line that is not what was written."""

    segment: str
    offset: int
    raw: bytes


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


def encode(number: int, at: float, kind: str, row: dict[str, Any]) -> bytes:
    """The line of a row. Raises TypeError for what JSON cannot hold.

    NUL and lone surrogates, which PostgreSQL refuses, become U+FFFD: a strange caller name must not cost the row.
    """
    try:
        body = _encoder.encode((number, at, kind, row))
    except UnicodeEncodeError:
        body = _encoder.encode((number, at, kind, _clean(row)))
    if b"\\u0000" in body:
        body = _encoder.encode((number, at, kind, _clean(row)))
    return b"%08x %b\n" % (binascii.crc32(body), body)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    return value


def decode(line: bytes) -> Row | None:
    """The row of a line without its newline; None when the line is damaged."""
    body = line[_FRAME:]
    if line[:_FRAME] != b"%08x " % binascii.crc32(body):
        return None
    try:
        found = _decoder.decode(body)
    except (ValueError, msgspec.DecodeError):
        return None
    return Row(found.number, found.at, found.kind, found.row)


def identity(folder: Path) -> str:
    """The name of this journal, made at its first use: a folder that was thrown away does not continue the old one."""
    path = folder / "id"
    if not path.exists():
        draft = folder / "id.new"
        draft.write_text(secrets.token_hex(16), encoding="ascii")
        draft.replace(path)
        sync_folder(folder)
    return path.read_text(encoding="ascii").strip()


def sync_folder(folder: Path) -> None:
    """Make a new or removed name in the folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def segment_files(folder: Path) -> list[Path]:
    """The segments, oldest first."""
    return sorted(folder.glob("[0-9]*.log"))


def index_of(path: Path) -> int:
    """The number of a segment."""
    return int(path.stem.split("-")[0])


def bytes_used(folder: Path) -> int:
    """The size of all segments."""
    return sum(path.stat().st_size for path in segment_files(folder))


def repair_tail(folder: Path) -> tuple[int, int, int]:
    """Cut what a kill left unfinished at the end of the last segment.

    Returns the lowest number still there (one above the highest if there is no row), the highest number ever given
    out as far as the folder knows, and the bytes cut.
    """
    files = segment_files(folder)
    cut = _cut(files[-1]) if files else 0
    highest = 0
    lowest: int | None = None
    for path in files:
        # The name counts too: the last segment may be empty and all before it removed.
        highest = max(highest, int(path.stem.split("-")[1]) - 1)
        for found, _ in read(path, 0, path.stat().st_size):
            if isinstance(found, Row):
                highest = max(highest, found.number)
                lowest = found.number if lowest is None else min(lowest, found.number)
    return highest + 1 if lowest is None else lowest, highest, cut


def _cut(path: Path) -> int:
    size = path.stat().st_size
    good = 0
    for found, end in read(path, 0, size):
        if isinstance(found, Row):
            good = end
    if good < size:
        with path.open("r+b") as file:
            file.truncate(good)
            os.fsync(file.fileno())
    return size - good


def read(path: Path, start: int, end: int) -> Iterator[tuple[Row | Damage, int]]:
    """The rows of a segment between two offsets, each with the offset after it. A line without its end is left out."""
    with path.open("rb") as file:
        file.seek(start)
        offset = start
        while offset < end:
            line = file.readline()
            if not line.endswith(b"\n") or offset + len(line) > end:
                return
            row = decode(line[:-1])
            found: Row | Damage = row if row is not None else Damage(path.name, offset, line[:-1])
            offset += len(line)
            yield found, offset


def rows_after(folder: Path, kind: str, number: int, durable: tuple[int, int]) -> Iterator[dict[str, Any]]:
    """Rows of a kind with a higher number, each once, in order, and none behind `durable` (segment index, size)."""
    for path in segment_files(folder):
        index = index_of(path)
        if index > durable[0]:
            return
        for found, _ in read(path, 0, durable[1] if index == durable[0] else path.stat().st_size):
            if isinstance(found, Row) and found.number > number:
                number = found.number
                if found.kind == kind:
                    yield found.row


class Appender:
    """Writes lines to the newest segment and makes them last. For one thread at a time."""

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._handle: int | None = None
        files = segment_files(folder)
        self._index, self._size = (index_of(files[-1]), files[-1].stat().st_size) if files else (0, 0)

    @property
    def place(self) -> tuple[int, int]:
        """Index and size of the newest segment; all before it is on the disk."""
        return self._index, self._size

    def write(self, lines: list[bytes], first: int) -> None:
        """Append the lines, the first of which has number `first`, and fsync.

        After an OSError the caller gives the same lines again; they go to a new segment.
        """
        done = 0
        while done < len(lines):
            if self._handle is None or self._size >= self._segment_bytes:
                self.begin_segment(first + done)
            done += self._write_part(lines[done:])

    def _write_part(self, lines: list[bytes]) -> int:
        """Write and fsync as many lines as this segment still takes (at least one); how many."""
        assert self._handle is not None
        count, size = 0, 0
        while count < len(lines) and (not count or self._size + size < self._segment_bytes):
            size += len(lines[count])
            count += 1
        block = memoryview(b"".join(lines[:count]))
        written = 0
        try:
            while written < size:
                written += os.write(self._handle, block[written:])
            os.fsync(self._handle)
        except OSError:
            # After a failed fsync nobody knows what is on the disk: leave this segment behind at its last good size.
            self._abandon()
            raise
        self._size += size
        return count

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def begin_segment(self, first: int) -> None:
        """Go on in a new segment, whatever room the last one has; the next line has number `first`. Raises OSError."""
        self.close()
        path = self._folder / f"{self._index + 1:08d}-{first:016d}.log"
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._index += 1
        self._size = 0
        sync_folder(self._folder)

    def _abandon(self) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            os.ftruncate(handle, self._size)
        except OSError:
            pass  # a reader skips doubled numbers and reports half lines; what counts is the new segment
        finally:
            os.close(handle)


class Reader:
    """Goes through the segments in order, from the first. For one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = 0
        self._index = 0
        self._offset = 0

    def next_batch(self, most: int, durable: tuple[int, int]) -> list[Row | Damage]:
        """At most `most` rows with numbers not seen yet, and nothing behind `durable` (segment index, size)."""
        found: list[Row | Damage] = []
        for path in segment_files(self._folder):
            index = index_of(path)
            if index < self._index or index > durable[0]:
                continue
            if index > self._index:
                self._index, self._offset = index, 0
            end = durable[1] if index == durable[0] else path.stat().st_size
            try:
                self._read_into(found, path, end, most)
            except OSError:
                if not found:
                    raise
                return found
            if len(found) >= most:
                break
        return found

    def _read_into(self, found: list[Row | Damage], path: Path, end: int, most: int) -> None:
        for item, offset in read(path, self._offset, end):
            self._offset = offset
            if isinstance(item, Row):
                if item.number <= self._last:
                    continue
                self._last = item.number
            found.append(item)
            if len(found) >= most:
                return

    def forget_read(self) -> None:
        """Remove the segments that have been read to their end and are no longer written to."""
        removed = False
        for path in segment_files(self._folder):
            if index_of(path) < self._index:
                path.unlink()
                removed = True
        if removed:
            sync_folder(self._folder)
