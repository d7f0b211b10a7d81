"""Files come over a real connection in parts, go on where they broke off, and are filed once."""

import asyncio
import hashlib
import os
import signal
import sys
from pathlib import Path

import pytest

from cti_server.core.errors import Conflict, NotSignedIn
from cti_server.core.storage.database import Database
from cti_server.recording.delivery.model import Piece
from cti_server.recording.delivery.sender import PART, finished, new_token
from cti_server.recording.delivery.service import INCOMING
from tests.recording.archive import PBX, Archive, name_of, until
from tests.recording.intake.sounds import tone, wav
from tests.whole.site import Site

pytestmark = pytest.mark.database


async def test_parts_go_on_where_they_broke_off_and_nothing_is_taken_twice(db: Database, tmp_path: Path) -> None:
    token, digest = new_token()
    archive = Archive(db, tmp_path, deliver={PBX: digest})
    take, door = archive.room.delivery.take, f"Bearer {token}"
    sides = {f"{name_of(1)}-r.wav": wav(tone(2, 1000)), f"{name_of(1)}-t.wav": wav(tone(2, 440))}
    incoming = archive.folder / "pbx" / INCOMING

    def piece(file: str, first: int, last: int, data: bytes | None = None) -> Piece:
        whole = sides[file]
        return Piece(file, len(whole), hashlib.sha256(whole).hexdigest(), first, data or whole[first:last])

    try:
        await archive.call(1)
        await archive.began(1)
        first, second = sides
        with pytest.raises(NotSignedIn):
            await take("Bearer x", piece(first, 0, 1000))
        assert (await take(door, piece(first, 0, 1000))).have == 1000
        assert (await take(door, piece(first, 0, 1000))).have == 1000  # the answer was lost, and it came again
        assert (await take(door, piece(first, 5000, 6000))).have == 1000
        assert (await take(door, piece(first, 0, 0))).have == 1000  # what it asks after a new start
        assert (await take(door, piece(first, 1000, len(sides[first])))).done
        assert not list(archive.files.iterdir()), "one side alone is not put in place"
        with pytest.raises(Conflict) as altered:
            await take(door, piece(second, 0, 0, bytes(len(sides[second]))))
        assert altered.value.code == "delivery_altered"
        assert (await take(door, piece(second, 0, len(sides[second])))).done
        assert sorted(file.name for file in archive.files.iterdir()) == sorted(sides)
        assert not list(incoming.iterdir())
        archive.room.start()
        await archive.settled(1)
        for file in sides:
            assert (await take(door, piece(file, 0, 0))).done
        assert not list(incoming.iterdir())
        row = await db.fetchrow("select state, notes, sha256_customer from recording")
        assert row is not None
        assert (row["state"], row["notes"]) == ("ready", [])
        assert row["sha256_customer"] == hashlib.sha256(sides[first]).hexdigest()
    finally:
        await archive.close()


async def test_the_command_sends_to_a_real_server_and_survives_being_killed(tmp_path: Path, database_url: str) -> None:
    """Sixty seconds of both sides, the sender killed amid the first file, then once more to the end."""
    token, digest = new_token()
    site = Site(tmp_path, database_url, {}, settings=f'[recording]\ndeliver_sha256 = {{ east = "{digest}" }}\n')
    await site.start()
    folder = tmp_path / "monitor" / "cti"
    folder.mkdir(parents=True)
    sound = wav(tone(60, 1000))
    names = [f"{name_of(1)}-r.wav", f"{name_of(1)}-t.wav"]
    for name in names:
        (folder / name).write_bytes(sound)
    assert len(sound) > 3 * PART
    words = ("-m", "cti_server", "deliver", site.url, str(folder.parent), "--once")
    env = {**os.environ, "CTI_DELIVER_TOKEN": token}
    incoming = tmp_path / "var/deliveries/east" / INCOMING
    try:
        first = await asyncio.create_subprocess_exec(sys.executable, *words, env=env)

        async def begun() -> bool | None:
            return True if incoming.exists() and any(incoming.iterdir()) else None

        await until(begun)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        second = await asyncio.create_subprocess_exec(sys.executable, *words, env=env)
        async with asyncio.timeout(30):
            assert await second.wait() == 0
        assert not list(folder.iterdir()), "what was taken in is removed here"
        kept = tmp_path / "var/deliveries/east/cti"
        whole = {*names} == {file.name for file in kept.iterdir()} and all(
            (kept / n).read_bytes() == sound for n in names
        )
        async with Opened(database_url) as db:
            filed = await db.fetch("select state, sha256_customer from recording")
        assert whole or [(row["state"], row["sha256_customer"]) for row in filed] == [
            ("ready", hashlib.sha256(sound).hexdigest())
        ]
        (folder / f"{name_of(2)}-r.wav").write_bytes(sound)
        wrong = await asyncio.create_subprocess_exec(sys.executable, *words, env={**env, "CTI_DELIVER_TOKEN": "x"})
        async with asyncio.timeout(30):
            assert await wrong.wait() == 1
        assert (folder / f"{name_of(2)}-r.wav").exists(), "what was refused stays"
    finally:
        await site.stop()


class Opened:
    def __init__(self, url: str) -> None:
        self.db = Database(url, pool_size=2, timeout=5.0)

    async def __aenter__(self) -> Database:
        await self.db.open()
        return self.db

    async def __aexit__(self, *_: object) -> None:
        await self.db.close()


def test_what_is_finished(tmp_path: Path) -> None:
    open_file, closed = wav(tone(1, 440))[:-50], wav(tone(1, 440))
    for n, side in ((1, "r"), (1, "t"), (2, "r"), (2, "t"), (3, "r")):
        content = open_file if (n, side) == (2, "t") else closed
        (tmp_path / f"{name_of(n)}-{side}.wav").write_bytes(content)
    (tmp_path / "x.wav").write_bytes(closed)
    seen: dict[str, tuple[int, float]] = {}
    assert finished(tmp_path, seen, 100.0) == []
    first = [f"{name_of(1)}-r.wav", f"{name_of(1)}-t.wav", f"{name_of(3)}-r.wav"]
    assert [file.name for file in finished(tmp_path, seen, 103.0)] == first
    (tmp_path / f"{name_of(3)}-r.wav").write_bytes(closed * 2)
    assert [file.name for file in finished(tmp_path, seen, 104.0)] == first[:2]
    assert len(finished(tmp_path, seen, 165.0)) == 5
