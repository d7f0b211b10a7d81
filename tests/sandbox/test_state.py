"""The state folder: private, short enough for sockets, and nothing left elsewhere."""

import os
import socket
from pathlib import Path

import pytest

from cti_server.sandbox.state import ShortFolder, State, free_port_range, repository, write_private


def test_everything_below_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    state = State.open(tmp_path / "deep" / "state")
    for folder in (state.root, state.cache, state.folder("a", "b")):
        assert folder.stat().st_mode & 0o777 == 0o700
    write_private(state.root / "secret", "x")
    assert (state.root / "secret").stat().st_mode & 0o777 == 0o600


def test_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_STATE", str(tmp_path / "s"))
    monkeypatch.setenv("CTI_CACHE", str(tmp_path / "c"))
    state = State.open()
    assert (state.root, state.cache) == (tmp_path / "s", tmp_path / "c")
    assert state.environment()["CTI_SANDBOX_OWNER"] == str(tmp_path / "s")


def test_without_an_environment_it_is_beside_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CTI_STATE", raising=False)
    assert (repository() / "cti_server").is_dir()


def test_a_short_path_is_used_as_it_is(tmp_path: Path) -> None:
    folder = ShortFolder(tmp_path / "run", "s")
    assert folder.path == tmp_path / "run"
    folder.remove()
    assert folder.path.is_dir()


def test_a_long_path_is_a_link_to_a_short_folder(tmp_path: Path) -> None:
    wanted = tmp_path / ("x" * 100)
    folder = ShortFolder(wanted, "name.of.a.socket")
    assert len(os.fsencode(folder.path / "name.of.a.socket")) <= 107
    assert wanted.readlink() == folder.path
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()
    folder.remove()
    assert not folder.path.exists()
    folder.renew()
    assert wanted.readlink() == folder.path
    folder.remove()


def test_what_a_killed_run_left_is_taken_away_by_the_next(tmp_path: Path) -> None:
    wanted = tmp_path / ("x" * 100)
    left = ShortFolder(wanted, "name").path
    following = ShortFolder(wanted, "name")
    assert not left.exists()
    following.remove()


def test_a_range_of_ports_is_really_free(monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_port_range(10)
    assert first % 2 == 0
    for port in range(first, first + 10):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", port))
