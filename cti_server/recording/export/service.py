"""Taking many recordings away at once."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, NotFound
from cti_server.recording.export.bundle import bundle
from cti_server.recording.export.sheet import MOST_ROWS, Sheet
from cti_server.recording.model import RecordingRow, Sound, Wanted, checked_text

MOST_SOUNDS: Final = 1000
MOST_BYTES: Final = 8 * 2**30
KEY_SECONDS: Final = 120.0
MOST_KEYS: Final = 200
STEP: Final = 500
CHUNK: Final = 256 * 1024

Every = Callable[[Session, Wanted], AsyncIterator[RecordingRow]]


@dataclass(frozen=True, slots=True)
class _Bundle:
    session_id: int
    until: float
    found: tuple[tuple[RecordingRow, Sound], ...]


class Exports:
    """`every`: what somebody may find; `sound(id)`: where it is, or None; `read`: bytes of a sound."""

    def __init__(
        self,
        *,
        every: Every,
        sound: Callable[[int], Awaitable[Sound | None]],
        read: Callable[[Sound, int, int], AsyncIterator[bytes]],
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._every = every
        self._sound = sound
        self._read = read
        self._audit = audit
        self._clock = clock
        self._bundles: dict[str, _Bundle] = {}

    async def prepare(self, who: Session, wanted: Wanted, why: str) -> tuple[str, int, int]:
        """A key for the ZIP of all that fits and can be heard, how many sounds, and bytes.

        Who takes what away and why is in the audit log before the first byte. Raises BadInput, NotFound, Unavailable.
        """
        reason = checked_text(why, "why")
        found: list[tuple[RecordingRow, Sound]] = []
        async for row in self._every(who, wanted):
            sound = await self._sound(row.id) if row.state == "ready" else None
            if sound is not None:
                found.append((row, sound))
            if len(found) > MOST_SOUNDS:
                raise BadInput("Too many recordings for one file.", code="bundle_too_big", allowed=str(MOST_SOUNDS))
        size = sum(sound.size for _, sound in found)
        if not found:
            raise NotFound("None of these can be heard.", code="nothing_to_take")
        if size > MOST_BYTES:
            raise BadInput("Too many bytes for one file.", code="bundle_too_big", allowed=f"{MOST_BYTES} bytes")
        ids = [row.id for row, _ in found]
        await self._audit.note(who, "recording.bundle", f"{len(ids)}", {"why": reason[:200], "ids": ids})
        return self._give(_Bundle(who.session_id, self._clock.monotonic() + KEY_SECONDS, tuple(found))), len(ids), size

    def _give(self, one: _Bundle) -> str:
        now = self._clock.monotonic()
        self._bundles = {key: each for key, each in self._bundles.items() if each.until > now}
        while len(self._bundles) >= MOST_KEYS:
            del self._bundles[next(iter(self._bundles))]
        key = secrets.token_urlsafe(24)
        self._bundles[key] = one
        return key

    def forget(self) -> None:
        """Drop what was prepared and not taken yet: it holds names and numbers."""
        self._bundles.clear()

    def open(self, who: Session, key: str) -> AsyncIterator[bytes]:
        """The ZIP of a key, once. Raises NotFound."""
        one = self._bundles.get(key)
        if one is None or one.session_id != who.session_id or one.until <= self._clock.monotonic():
            raise NotFound("This address is not good any more. Ask for the file again.", code="listen_key_over")
        del self._bundles[key]
        return bundle(one.found, lambda sound: self._read(sound, 0, sound.size - 1))

    async def sheet(
        self, header: Sequence[str], cells: AsyncIterator[Sequence[object]], folder: Path | None = None
    ) -> AsyncIterator[bytes]:
        """An XLSX of at most MOST_ROWS rows. Raises what reading them raises."""
        with tempfile.TemporaryDirectory(prefix="cti-sheet-", dir=folder) as place:
            path = Path(place) / "list.xlsx"
            sheet = await asyncio.to_thread(Sheet, path, header)
            rows: list[Sequence[object]] = []
            count = 0
            async for row in cells:
                rows.append(row)
                count += 1
                if len(rows) >= STEP or count >= MOST_ROWS:
                    await asyncio.to_thread(sheet.add, rows)
                    rows = []
                if count >= MOST_ROWS:
                    break
            await asyncio.to_thread(sheet.add, rows)
            await asyncio.to_thread(sheet.close)
            with path.open("rb") as file:
                while part := await asyncio.to_thread(file.read, CHUNK):
                    yield part
