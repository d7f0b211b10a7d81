"""The shelf at a real S3-speaking server: kept, read by ranges, deleted; away, hung, refusing; nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.core.errors import NotFound, Unavailable
from cti_server.core.storage.database import Database
from cti_server.recording import shelf as shelves
from cti_server.recording.listening import Purpose
from cti_server.recording.model import Wanted
from cti_server.recording.sealing.ring import new_master
from cti_server.recording.shelf import Shelf
from tests.recording.archive import Archive, name_of, signed_in, until
from tests.recording.s3 import S3

BOSS = signed_in(5)


@pytest_asyncio.fixture
async def s3(tmp_path: Path) -> AsyncIterator[S3]:
    server = S3(tmp_path)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits, shorter."""
    for name, value in (("CONNECT", 0.5), ("REQUEST", 1.0), ("TRIES", 1), ("RETRY_FOR", 2.0)):
        monkeypatch.setattr(shelves, name, value)


async def content(shelf: Shelf, name: str, first: int, last: int) -> bytes:
    return b"".join([part async for part in shelf.read(name, first, last)])


async def test_kept_read_by_ranges_and_deleted(s3: S3, tmp_path: Path) -> None:
    shelf = Shelf(s3.url, tmp_path / "unused", s3.options)
    sound = bytes(range(256)) * 40_000  # 10 MB: it goes in parts
    file = tmp_path / "a.mp3"
    file.write_bytes(sound)
    await shelf.put("2026/1.mp3", file)
    assert await shelf.size("2026/1.mp3") == len(sound)
    assert await content(shelf, "2026/1.mp3", 0, len(sound) - 1) == sound
    assert await content(shelf, "2026/1.mp3", 300_000, 300_010) == sound[300_000:300_011]
    file.write_bytes(b"other")
    await shelf.put("2026/1.mp3", file)
    assert await content(shelf, "2026/1.mp3", 0, 4) == b"other"
    await shelf.delete("2026/1.mp3")
    await shelf.delete("2026/1.mp3")
    with pytest.raises(NotFound):
        await shelf.size("2026/1.mp3")
    with pytest.raises(NotFound):
        await content(shelf, "2026/1.mp3", 0, 4)
    assert not (tmp_path / "unused").exists()
    missing = Shelf("s3://nowhere/x", tmp_path, s3.options)
    with pytest.raises(Unavailable, match="bucket"):
        await missing.put("a", file)


@pytest.mark.usefixtures("hasty")
async def test_away_and_hung_are_told_within_their_limits(s3: S3, tmp_path: Path) -> None:
    shelf = Shelf(s3.url, tmp_path, s3.options)
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    await shelf.put("a", file)
    s3.hang()
    try:
        await told(shelf, file, "no_shelf", 8.0)
    finally:
        s3.go_on()
    assert await content(shelf, "a", 0, 2) == b"abc", "it goes on as soon as it answers"
    await s3.stop()
    await told(shelf, file, "no_shelf", 8.0)


@pytest.mark.usefixtures("hasty")
async def test_a_refused_key_is_told_as_such(tmp_path: Path) -> None:
    server = S3(tmp_path, trusting=False)
    await server.start()
    try:
        file = tmp_path / "a"
        file.write_bytes(b"abc")
        await told(Shelf(server.url, tmp_path, server.options), file, "shelf_refused", 8.0)
    finally:
        await server.stop()


async def told(shelf: Shelf, file: Path, code: str, limit: float) -> None:
    """Each thing that may be asked of it ends with this error, and in time.

    Of one that hangs nobody knows whether it does it after all, so nothing is deleted that is asked for later.
    """
    begin = time.monotonic()

    async def fault(work: object) -> str:
        with pytest.raises(Unavailable) as found:
            await work  # type: ignore[misc]
        return found.value.code

    asked = (shelf.put("b", file), content(shelf, "a", 0, 2), shelf.delete("b"), shelf.size("a"))
    assert await asyncio.gather(*map(fault, asked)) == [code] * 4
    assert time.monotonic() - begin < limit


@pytest.mark.database
@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.usefixtures("hasty")
async def test_a_recording_waits_for_its_store_and_is_not_lost(sealed: bool, db: Database, tmp_path: Path) -> None:
    """The store is away when the call ends; the PBX's files stay until it is back, then it is heard and deleted."""
    server = S3(tmp_path)
    keys = {"keys": new_master()} if sealed else {}
    archive = Archive(db, tmp_path, url=server.url, store_options=server.options, **keys)
    try:
        await archive.call(1)
        await archive.began(1)
        archive.leave(1)
        archive.room.start()
        why = "select last_error from recording_job where last_error <> ''"
        assert await until(lambda: db.fetchval(why)) == "no_shelf"
        assert (await archive.states())[name_of(1)][0] == "waiting"
        assert len(list(archive.files.glob("*.wav"))) == 2
        await server.start()
        await db.execute("update recording_job set due_at = now()")
        assert (await archive.settled(1))[name_of(1)] == ("ready", "")
        ((row,), _) = await archive.room.page(BOSS, Wanted(), None, 5)
        key = await archive.room.listen(BOSS, row.id, Purpose.LISTEN, "")
        sound, _ = await archive.room.sound(BOSS, row.id, key)
        heard = b"".join([part async for part in archive.room.read(sound, 0, sound.size - 1)])
        assert (len(heard), heard[:2]) == (sound.size, b"\xff\xe3")
        kept = await content(Shelf(server.url, tmp_path, server.options), sound.object, 0, 1)
        assert (kept == heard[:2]) is not sealed
        server.hang()
        try:
            with pytest.raises(Unavailable):
                await archive.room.delete(BOSS, row.id, "test")
            assert (await archive.states())[name_of(1)][0] == "ready", "never said to be gone while it is there"
        finally:
            server.go_on()
        await archive.room.delete(BOSS, row.id, "test")
        with pytest.raises(NotFound):
            await Shelf(server.url, tmp_path, server.options).size(sound.object)
    finally:
        await archive.close()
        await server.stop()
