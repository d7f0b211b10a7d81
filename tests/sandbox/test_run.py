"""The one command of the repository, as far as it goes without a network."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cti_server.sandbox.state import repository


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("CTI_")} | environment
    return subprocess.run(
        ["bash", str(repository() / "run"), *words], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_names_every_command() -> None:
    shown = run("help").stdout
    for command in ("demo", "test", "bench", "lint", "serve", "lock", "clean", "CTI_STATE"):
        assert command in shown


def test_an_unknown_command_is_refused() -> None:
    said = run("dance")
    assert said.returncode == 1
    assert "no such command: dance" in said.stderr


def test_clean_leaves_alone_what_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    said = run("clean", CTI_STATE=str(tmp_path / "mine"))
    assert said.returncode == 1
    assert "was not made by this command" in said.stderr
    assert (tmp_path / "mine").is_dir()


def test_clean_stops_what_runs_and_removes_the_folder_and_the_short_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / ".cti-state").touch()
    short = Path(tempfile.mkdtemp(prefix="cti-", dir="/tmp"))
    (state / "run").symlink_to(short)
    owned = subprocess.Popen(["sleep", "60"], env={**os.environ, "CTI_SANDBOX_OWNER": str(state)})
    other = subprocess.Popen(["sleep", "60"], env={**os.environ, "CTI_SANDBOX_OWNER": f"{state}2"})
    try:
        said = run("clean", CTI_STATE=str(state))
        assert said.returncode == 0, said.stderr
        assert owned.wait(10) < 0
        assert other.poll() is None
        assert not state.exists()
        assert not short.exists()
    finally:
        for child in (owned, other):
            child.kill()
            child.wait()


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    for name in ("bash", "mkdir", "dirname", "flock", "sha256sum", "rm"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\n[ \"$1\" = -V ] && echo 'Python 3.9.2'; exit 1\n")
    old.chmod(0o755)
    said = run("cti", "version", PATH=str(tmp_path), CTI_STATE=str(tmp_path / "state"))
    assert said.returncode == 1
    assert "no Python 3.11 or newer on the PATH (python3 is Python 3.9.2)" in said.stderr


@pytest.mark.parametrize("file", ["run", ".ci/run"])
def test_the_scripts_are_whole(file: str) -> None:
    subprocess.run(["bash", "-n", str(repository() / file)], check=True, timeout=10)
    assert os.access(repository() / file, os.X_OK)
    assert sys.version_info >= (3, 11)
