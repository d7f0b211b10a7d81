"""Which Asterisk is taken."""

import shutil
from pathlib import Path

import pytest

from cti_server.sandbox import asterisk_program
from cti_server.sandbox.asterisk_program import AsteriskProgram, find_asterisk
from cti_server.sandbox.progress import QUIET
from cti_server.sandbox.state import SandboxError, State


@pytest.mark.parametrize(
    ("version", "named"),
    [
        ((22, 10, 1), True),
        ((22, 0, 0), False),
        ((21, 6), True),
        ((20, 10), False),
        ((20, 11), True),
        ((18, 26), False),
        ((23, 0), True),
    ],
)
def test_event_filters_by_name_came_with_these_versions(version: tuple[int, ...], named: bool) -> None:
    assert AsteriskProgram(Path("x"), version, Path("m"), Path("d")).has_named_event_filters is named


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    (folder / "modules").mkdir()
    program = folder / "asterisk"
    program.write_text(f"#!/bin/sh\necho 'Asterisk {version}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: str(program) if name == "asterisk" else None)
    monkeypatch.setattr(asterisk_program, "_places", lambda: (folder / "modules", folder))


async def test_an_installed_one_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "18.10.0~dfsg+~cs6.10.40431411-2")
    found = await find_asterisk(State.open(tmp_path / "s"), QUIET)
    assert (found.command, found.version) == (tmp_path / "asterisk", (18, 10, 0))


async def test_an_old_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "16.28.0")
    with pytest.raises(SandboxError, match="No Asterisk 18 or newer is installed"):
        await find_asterisk(State.open(tmp_path / "s"), QUIET, fetch=False)


@pytest.mark.pbx
async def test_what_was_found_runs_and_has_its_parts(asterisk_program: AsteriskProgram) -> None:
    assert asterisk_program.version >= (18,)
    assert (asterisk_program.modules / "app_queue.so").is_file()
    assert (asterisk_program.data / "documentation").is_dir()
