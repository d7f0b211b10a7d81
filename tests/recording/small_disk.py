"""A real disk of a few MiB that can be filled and made read-only: a tmpfs, where this machine lets us mount one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["mount", *map(str, words)], capture_output=True, check=False, timeout=10)


class SmallDisk:
    """Mounted at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no byte."""
        with (self.folder / "filler").open("ab", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        (self.folder / "filler").unlink()

    def read_only(self, on: bool) -> None:
        done = _mount("-o", f"remount,{'ro' if on else 'rw'}", self.folder)
        assert done.returncode == 0, done.stderr


@contextmanager
def small_disk(folder: Path, size: str = "2m") -> Iterator[SmallDisk]:
    """A tmpfs; skips the test where none can be mounted, which takes root."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small disk: mounting one takes root")
    done = _mount("-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder)
    if done.returncode != 0:
        pytest.skip(f"a small disk: it cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, timeout=10)
