"""Disks that are full, read-only or gone: told before a call is lost; what waits for room goes on later."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from cti_server.core.clock import SystemClock
from cti_server.core.health import Health
from cti_server.core.tasks import Tasks
from cti_server.recording.intake.disks import Disks
from cti_server.recording.intake.model import Trouble, reason_of
from tests.recording.archive import Archive, name_of, until
from tests.recording.small_disk import small_disk


def watched(told: list[Any], pbx: Path, state: Path, least: int = 0) -> tuple[Disks, Health]:
    health = Health()
    disks = Disks(
        {"main": pbx}, [state], least=least, health=health, clock=SystemClock(), tasks=Tasks("disks"), tell=told.append
    )
    return disks, health


def link(health: Health) -> tuple[bool, str]:
    (one,) = health.readiness().links
    return one.up, one.detail


async def test_a_folder_that_is_gone_and_one_that_is_not_made_yet(tmp_path: Path) -> None:
    told: list[Any] = []
    disks, health = watched(told, tmp_path / "pbx", tmp_path / "not" / "there")
    assert link(health) == (True, "")
    await disks.look()
    assert (disks.trouble("main"), disks.trouble("other")) == (Trouble.GONE, Trouble.NONE)
    assert link(health) == (False, f"{tmp_path}/pbx is not there")
    (tmp_path / "pbx").mkdir()
    await disks.look()
    await disks.look()
    assert link(health)[0]
    assert [one["trouble"] for one in told] == ["noFolder", ""]


async def test_less_than_wanted_is_a_warning_and_no_trouble(tmp_path: Path) -> None:
    told: list[Any] = []
    disks, health = watched(told, tmp_path, tmp_path, least=2**60)
    await disks.look()
    assert (disks.low, disks.trouble("main")) == (True, Trouble.NONE)
    up, words = link(health)
    assert not up
    assert "MiB free of" in words
    assert (told[0]["disk_low"], told[0]["trouble"]) == (True, "")


async def test_a_full_and_a_read_only_disk(tmp_path: Path) -> None:
    (tmp_path / "pbx").mkdir()
    told: list[Any] = []
    with small_disk(tmp_path / "small") as disk:
        disks, health = watched(told, disk.folder, tmp_path)
        disk.fill()
        await disks.look()
        assert disks.trouble("main") is Trouble.FULL
        disk.make_room()
        disk.read_only(True)
        await disks.look()
        assert disks.trouble("main") is Trouble.READ_ONLY
        assert link(health) == (False, f"{disk.folder} cannot be written")
        disk.read_only(False)
        await disks.look()
        assert [one["trouble"] for one in told] == ["diskFull", "readOnly", ""]
        disks, _ = watched(told, tmp_path, disk.folder)
        disk.fill()
        await disks.look()
        assert told[-1]["trouble"] == "waits", "the PBX records on; only the filing waits"


def test_a_folder_in_which_the_server_may_not_write_is_read_only() -> None:
    """Asked by an ordinary user, which a test as root becomes for it in a process of its own."""
    code = (
        "import os, sys; from pathlib import Path; from cti_server.recording.intake.disks import disk_of;"
        "os.geteuid() or os.setuid(65534); print(disk_of(Path(sys.argv[1]), 0, False).trouble.value)"
    )
    with tempfile.TemporaryDirectory() as folder:
        for mode, due in ((0o555, "readOnly"), (0o777, "")):
            Path(folder).chmod(mode)
            done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
            assert done.stdout.strip() == due
        Path(folder).chmod(0o700)


def test_trouble_of_the_disk_explains_files_that_are_not_there_and_nothing_else() -> None:
    assert reason_of("missing", "readOnly") == reason_of("empty", "readOnly") == "readOnly"
    assert reason_of("notWav", "readOnly") == "notWav"
    assert reason_of("missing", "") == "missing"


@pytest.mark.database
async def test_the_filing_waits_for_room_and_goes_on(archive: Archive) -> None:
    with small_disk(archive.folder / "state") as disk:
        disk.fill()
        await archive.call(1)
        archive.leave(1)
        archive.room.start()
        waits = await until(lambda: archive.db.fetchval("select last_error from recording_job where last_error <> ''"))
        assert waits == "noRoom"
        assert (await archive.states())[name_of(1)] == ("waiting", "")
        disk.make_room()
        await archive.db.execute("update recording_job set due_at = now()")
        assert await archive.settled(1) == {name_of(1): ("ready", "")}
        await archive.close()


@pytest.mark.database
async def test_while_the_folder_is_gone_nothing_is_given_up(archive: Archive) -> None:
    room, folder = archive.room, archive.folder / "pbx"
    await archive.call(1)
    await archive.began(1)
    folder.rename(archive.folder / "unmounted")
    await room.disks.look()
    await room.intake.look_for_missing()
    assert await archive.states() == {name_of(1): ("recording", "")}
    (archive.folder / "unmounted").rename(folder)
    await room.disks.look()
    await room.intake.look_for_missing()
    assert await archive.states() == {name_of(1): ("failed", "missing")}


@pytest.mark.database
async def test_from_a_read_only_folder_it_is_filed_once_and_removed_later(archive: Archive) -> None:
    archive.leave(1)
    await archive.call(1)
    content = {file.name: file.read_bytes() for file in archive.files.iterdir()}
    with small_disk(archive.folder / "pbx") as disk:
        archive.files.mkdir()
        for name, sound in content.items():
            (archive.files / name).write_bytes(sound)
        disk.read_only(True)
        archive.room.start()
        assert await archive.settled(1) == {name_of(1): ("ready", "")}
        await until(lambda: _stuck(archive))
        disk.read_only(False)
        archive.room.intake._later.clear()
        await until(lambda: _empty(archive))
        assert archive.room.intake.filed == 1


async def _stuck(archive: Archive) -> bool | None:
    return name_of(1) in archive.room.intake._later or None


async def _empty(archive: Archive) -> bool | None:
    return not list(archive.files.iterdir()) or None
