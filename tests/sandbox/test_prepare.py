"""Bringing in everything beforehand."""

import io
from pathlib import Path

import pytest

from cti_server.sandbox import prepare
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State


async def test_one_missing_part_does_not_keep_the_other_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    async def no_asterisk(_state: State, _progress: Progress) -> None:
        raise SandboxError("No Asterisk here.")

    async def chromium(_state: State, _progress: Progress) -> None:
        found.append("chromium")

    monkeypatch.setattr(prepare, "find_asterisk", no_asterisk)
    monkeypatch.setattr(prepare, "find_chromium", chromium)
    monkeypatch.setattr(prepare, "find_espeak", chromium)
    stream = io.StringIO()
    assert await prepare.prepare(State.open(tmp_path / "s"), Progress(stream)) == ["No Asterisk here."]
    assert found == ["chromium", "chromium"]
    assert stream.getvalue() == "No Asterisk here.\n"
