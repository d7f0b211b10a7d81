"""A ZIP that is sent while it is made: nothing of it is ever held whole."""

import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from cti_server.core.errors import CtiError
from cti_server.core.web.csv_lines import BOM, line
from cti_server.recording.model import RecordingRow, Sound

HEADER: Final = (
    "file", "id", "call_id", "started_at", "seconds", "number", "customer", "queue", "agents", "bytes", "sha256",
    "fault",
)  # fmt: skip
Read = Callable[[Sound], AsyncIterator[bytes]]


class _Pipe:
    """What a ZipFile writes, until it is taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


async def bundle(found: Sequence[tuple[RecordingRow, Sound]], read: Read) -> AsyncIterator[bytes]:
    """The bytes of the ZIP: each sound, then manifest.csv, which names those that could not be read too."""
    pipe = _Pipe()
    lines = [line(HEADER)]
    # Sounds are compressed already. Sizes come after each file (a data descriptor): the output cannot go back.
    with zipfile.ZipFile(cast("Any", pipe), "w", zipfile.ZIP_STORED) as archive:
        for row, sound in found:
            began = datetime.fromtimestamp(row.started_at, UTC)
            name, fault = f"{began:%Y%m%d-%H%M%S}-{row.id}.mp3", ""
            parts = read(sound)
            try:
                first = await anext(parts, b"")
            except CtiError as error:
                name, fault = "", error.code
            else:
                info = zipfile.ZipInfo(name, began.timetuple()[:6])
                with archive.open(info, "w", force_zip64=sound.size > 2**31) as entry:
                    entry.write(first)
                    async for part in parts:
                        entry.write(part)
                        yield pipe.take()
                yield pipe.take()
            cells = (name, row.id, row.call_id, began.isoformat(timespec="seconds"), row.seconds, row.number,
                     row.customer_name, row.queue, "; ".join(row.agents), sound.size, sound.sha256, fault)  # fmt: skip
            lines.append(line(cells))
        archive.writestr("manifest.csv", BOM + b"".join(lines))
    yield pipe.take()
