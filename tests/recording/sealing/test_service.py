"""Sealed on the shelf, heard by ranges, wrapped anew; without the right master key it is noise."""

from pathlib import Path

import pytest

from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.clock import SystemClock
from cti_server.core.errors import BadInput, Conflict
from cti_server.core.storage.database import Database
from cti_server.recording.listening import Purpose
from cti_server.recording.model import Wanted
from cti_server.recording.sealing.cipher import NotOpened
from cti_server.recording.sealing.ring import Ring, new_master, ring_of
from cti_server.recording.sealing.service import Sealing
from cti_server.recording.sealing.store import counts
from tests.recording.archive import Archive, signed_in

BOSS = signed_in(5)


def test_the_ring_of_a_setting() -> None:
    old, new = new_master(), new_master()
    ring = ring_of(f"{new}\n{old}\n")
    assert (ring.first, len(ring.names)) == (ring_of(new).first, 2)
    assert ring_of(" ").first == ""
    for wrong in ("abc", new[:-8], f"{old} x!"):
        with pytest.raises(BadInput) as fault:
            ring_of(wrong)
        assert wrong not in fault.value.sentence


@pytest.mark.database
async def test_a_recording_sealed_heard_and_its_key_rotated(db: Database, tmp_path: Path) -> None:
    old, new = new_master(), new_master()
    archive = Archive(db, tmp_path, keys=old)
    try:
        await archive.call(1)
        await archive.began(1)
        archive.leave(1)
        archive.room.start()
        await archive.settled(1)
        ((row,), _) = await archive.room.page(BOSS, Wanted(), None, 5)
        key = await archive.room.listen(BOSS, row.id, Purpose.LISTEN, "")
        sound, _ = await archive.room.sound(BOSS, row.id, key)
        heard = b"".join([part async for part in archive.room.read(sound, 0, sound.size - 1)])
        assert len(heard) == sound.size
        assert heard[:2] == b"\xff\xe3"  # MPEG 2.5, layer III
        assert b"".join([part async for part in archive.room.read(sound, 100, 250)]) == heard[100:251]
        (kept,) = [file for file in (tmp_path / "state").rglob("*") if file.is_file()]
        assert kept.stat().st_size == sound.size + 16
        assert heard[:32] not in kept.read_bytes()

        def sealing(ring: Ring) -> Sealing:
            return Sealing(ring, archive.room._shelf, db)

        audit = AuditLog(db, SystemClock())
        with pytest.raises(Conflict):
            await sealing(ring_of("")).rotate(Operator(), audit)
        with pytest.raises(NotOpened) as stranger:
            await anext(sealing(ring_of(new)).read(sound, 0, 9))
        assert stranger.value.code == "no_master_key"
        assert await sealing(ring_of(new)).rotate(Operator(), audit) == (0, {ring_of(old).first: 1})
        before = kept.read_bytes()
        assert await sealing(ring_of(f"{new} {old}")).rotate(Operator(), audit) == (1, {})
        again = [part async for part in sealing(ring_of(new)).read(sound, 0, sound.size - 1)]
        assert (b"".join(again), kept.read_bytes()) == (heard, before)
        with pytest.raises(NotOpened):
            await anext(sealing(ring_of(old)).read(sound, 0, 9))
        await archive.room.delete(BOSS, row.id, "asked")
        assert await counts(db) == {}
    finally:
        await archive.close()
