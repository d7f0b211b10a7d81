"""espeak-ng of the machine's own, or unpacked."""

from pathlib import Path

import pytest

from cti_server.sandbox.apt import PrivateApt
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage import speech
from cti_server.sandbox.state import SandboxError, State


async def test_the_machines_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech.shutil, "which", lambda _name: "/usr/bin/espeak-ng")
    assert await speech.find_espeak(State.open(tmp_path / "s"), Progress()) == Path("/usr/bin/espeak-ng")


async def test_a_package_without_its_parts_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unpacked(_self: PrivateApt, _selection: object) -> Path:
        return tmp_path

    monkeypatch.setattr(speech.shutil, "which", lambda _name: None)
    monkeypatch.setattr(PrivateApt, "unpacked", unpacked)
    with pytest.raises(SandboxError, match="install it"):
        await speech.find_espeak(State.open(tmp_path / "s"), Progress())
