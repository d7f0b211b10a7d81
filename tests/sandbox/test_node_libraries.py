"""What Node needs on a bare machine."""

from pathlib import Path

import pytest

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.node_libraries import LIBRARY, fetch_node_libraries
from cti_server.sandbox.progress import QUIET
from cti_server.sandbox.state import SandboxError, State


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    async def unpacked(_apt: PrivateApt, selection: Selection) -> Path:
        assert selection.alone, "what the library depends on is on every machine"
        return tmp_path

    monkeypatch.setattr(PrivateApt, "unpacked", unpacked)
    return tmp_path


async def test_the_folder_of_the_library(tmp_path: Path, prefix: Path) -> None:
    folder = prefix / "usr/lib/x86_64-linux-gnu"
    folder.mkdir(parents=True)
    (folder / LIBRARY).touch()
    assert await fetch_node_libraries(State.open(tmp_path / "s"), QUIET) == folder


async def test_a_package_without_it_says_what_to_install(tmp_path: Path, prefix: Path) -> None:
    with pytest.raises(SandboxError, match="libatomic1 holds no"):
        await fetch_node_libraries(State.open(tmp_path / "s"), QUIET)
