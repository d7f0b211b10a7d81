"""Sounds go sealed into the store, and come out of it by ranges; keys are wrapped anew under another master key."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cti_server.core.audit.model import Actor
from cti_server.core.audit.service import AuditLog
from cti_server.core.errors import Conflict
from cti_server.recording.model import Sound
from cti_server.recording.sealing import store
from cti_server.recording.sealing.cipher import NotOpened, chunks_of, open_chunk, seal
from cti_server.recording.sealing.ring import Ring
from cti_server.recording.shelf import Shelf

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

BATCH: Final = 500


class Sealing:
    """What is between the recordings and their shelf. Without a master key sounds are kept as they are."""

    def __init__(self, ring: Ring, shelf: Shelf, db: "Database") -> None:
        self._ring = ring
        self._shelf = shelf
        self._db = db

    async def put(self, recording_id: int, name: str, file: Path) -> bytes | None:
        """Keep a file under a name; its wrapped key, for `keep`, or None. Raises Unavailable, OSError."""
        if not self._ring.first:
            await self._shelf.put(name, file)
            return None
        key, wrapped = self._ring.new_key(recording_id)
        sealed = file.with_suffix(".sealed")
        try:
            await asyncio.to_thread(_seal_file, key, recording_id, file, sealed)
            await self._shelf.put(name, sealed)
        finally:
            await asyncio.to_thread(sealed.unlink, True)
        return wrapped

    async def take_back(self, name: str) -> None:
        """Remove what `put` kept under a name; fine when there is nothing. Raises Unavailable."""
        await self._shelf.delete(name)

    async def keep(self, connection: "Connection", recording_id: int, wrapped: bytes | None) -> None:
        """Write what `put` gave, in the transaction that files the recording."""
        if wrapped is None:
            await store.forget(connection, recording_id)
        else:
            await store.keep(connection, recording_id, self._ring.first, wrapped)

    async def forget(self, connection: "Connection", recording_id: int) -> None:
        """Without its key a copy of the sound, wherever it may be, is noise."""
        await store.forget(connection, recording_id)

    async def read(self, sound: Sound, first: int, last: int) -> AsyncIterator[bytes]:
        """Bytes `first` to `last` of a sound. Raises NotFound, Unavailable, NotOpened."""
        found = await store.of(self._db, sound.id)
        if found is None:
            async for part in self._shelf.read(sound.object, first, last):
                yield part
            return
        key = self._ring.key(sound.id, *found)
        for number, begin, end, wanted in chunks_of(first, last, sound.size):
            sealed = b"".join([part async for part in self._shelf.read(sound.object, begin, end)])
            yield open_chunk(key, sound.id, sound.size, number, sealed)[wanted]

    async def rotate(self, who: Actor, audit: AuditLog) -> tuple[int, dict[str, int]]:
        """Wrap every key under the first master key; how many, and what is left under masters that are not there.

        The sounds stay as they are. May be cut off and done again. Raises Conflict, Unavailable.
        """
        if not self._ring.first:
            raise Conflict("No master key is configured: set recording.keys.", code="no_master_key")
        done, after = 0, 0
        while True:
            async with self._db.transaction() as connection:
                rows = await store.under_others(connection, self._ring.first, self._ring.names, after, BATCH)
                for recording_id, master, wrapped in rows:
                    try:
                        fresh = self._ring.again(recording_id, master, wrapped)
                    except NotOpened:
                        continue  # it stays counted under its old master
                    await store.keep(connection, recording_id, self._ring.first, fresh)
                    done += 1
                if not rows:
                    break
                after = rows[-1][0]
        await audit.note(who, "recording.rotate", self._ring.first, {"keys": done})
        counts = await store.counts(self._db)
        return done, {master: count for master, count in counts.items() if master != self._ring.first}


def _seal_file(key: bytes, recording_id: int, source: Path, target: Path) -> None:
    with source.open("rb") as plain, target.open("wb") as sealed:
        for chunk in seal(key, recording_id, source.stat().st_size, plain):
            sealed.write(chunk)
