"""The state folder: the one place below which a sandbox keeps all that it makes.

<state>/            0700
    venv/           made by ./run
    cache/          downloads (CTI_CACHE points elsewhere, to share it between state folders)
    prefix/<name>/  unpacked packages
    <name>/         one folder per running part (asterisk, postgres, …)
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cti_server.core.errors import Unavailable

# Every process of a sandbox carries its state folder in this variable: that is how `./run clean` finds them.
OWNER_VARIABLE = "CTI_SANDBOX_OWNER"
# sockaddr_un.sun_path holds 108 bytes with the closing zero.
SOCKET_PATH_LIMIT = 107


class SandboxError(Unavailable):
    """A real part cannot be had or does not start; the sentence says what and how to get it."""

    default_code = "sandbox"


@dataclass(frozen=True)
class State:
    """Where a sandbox lives. Make one by `State.open()`."""

    root: Path
    cache: Path

    @classmethod
    def open(cls, root: Path | str | None = None, cache: Path | str | None = None) -> "State":
        """The state folder, made with mode 0700 if absent: the argument, $CTI_STATE, or `.state` beside the package.

        The downloads: the argument, else $CTI_CACHE where the folder was not named either, else `cache` in it.
        """
        base = Path(root or os.environ.get("CTI_STATE") or repository() / ".state").absolute()
        shared = None if root else os.environ.get("CTI_CACHE")
        store = Path(cache or shared or base / "cache").absolute()
        private(base)
        if not store.is_dir():
            private(store)
        return cls(base, store)

    def folder(self, *names: str) -> Path:
        """A private folder below the state folder, made if absent."""
        path = self.root
        for name in names:
            path = private(path / name)
        return path

    def environment(self) -> dict[str, str]:
        """The environment for a process of this sandbox: the machine's own, marked as ours."""
        return {**os.environ, OWNER_VARIABLE: str(self.root)}


def repository() -> Path:
    """The folder that holds the package and `config/`."""
    return Path(__file__).resolve().parents[2]


def private(path: Path) -> Path:
    """Make the folder with mode 0700 (parents as the umask says); an existing one is left as it is."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file; waits for another process of ours. Blocks: call it in a thread."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class ShortFolder:
    """A private folder whose path leaves room for a socket name; the wanted one if that is short enough.

    A long state path (deep checkouts, CI) would make `bind()` fail: then a folder in the machine's temporary
    directory stands in for it until `remove()`, and the wanted path is a link to it, by which `./run clean` finds it
    when nobody came to remove it.
    """

    def __init__(self, wanted: Path, longest_name: str) -> None:
        self._wanted = wanted
        self._temporary = len(os.fsencode(wanted / longest_name)) > SOCKET_PATH_LIMIT
        if not self._temporary:
            self.path = private(wanted)
            return
        if wanted.is_symlink():
            shutil.rmtree(wanted.readlink(), ignore_errors=True)
            wanted.unlink()
        self.path = Path(tempfile.mkdtemp(prefix="cti-", dir="/tmp"))
        wanted.symlink_to(self.path)

    def renew(self) -> None:
        """Make it again after `remove()`, at the same path."""
        private(self.path)
        if self._temporary and not self._wanted.is_symlink():
            self._wanted.symlink_to(self.path)

    def remove(self) -> None:
        """Take away what was made elsewhere than below the state folder. May be called twice."""
        if self._temporary:
            shutil.rmtree(self.path, ignore_errors=True)
            self._wanted.unlink(missing_ok=True)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody uses right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_port_range(count: int, low: int = 20000, high: int = 59000) -> int:
    """The first of `count` UDP ports in a row on 127.0.0.1, even, of which none is in use right now.

    Starts at a random place so that several sandboxes side by side seldom try the same range.
    """
    for _ in range(200):
        first = low + 2 * secrets.randbelow((high - low - count) // 2)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    probe = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise SandboxError(f"No {count} free UDP ports in a row between {low} and {high} on 127.0.0.1 for the audio.")
