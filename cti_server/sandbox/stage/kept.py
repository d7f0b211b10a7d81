"""What stays the same from one start to the next, so that an open browser tab goes on working: ports and passwords."""

from __future__ import annotations

import fcntl
import json
import socket
from pathlib import Path
from typing import IO

from cti_server.core.auth.model import new_password
from cti_server.sandbox.state import SandboxError, free_port, write_private

FIRST_WEB_PORT = 8088
MOST_TRIED = 100
_KINDS = {
    "ami": socket.SOCK_STREAM,
    "agi": socket.SOCK_STREAM,
    "http": socket.SOCK_STREAM,
    "sip": socket.SOCK_DGRAM,
    "trunk": socket.SOCK_DGRAM,
}


def hold(folder: Path) -> IO[str]:
    """Keep the folder for ourselves until the returned file is closed. Raises SandboxError when it is in use."""
    file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise SandboxError(
            f"Another {folder.name} runs from {folder} already; stop it first, or set CTI_STATE to another folder."
        ) from None
    return file


def passwords_for(file: Path, logins: list[str]) -> dict[str, str]:
    """A password for each login: the kept one, or a new random one. The file is for its owner's eyes only."""
    kept = _read(file)
    passwords = {login: str(kept.get(login) or _password_for(login)) for login in logins}
    if passwords != kept:
        write_private(file, json.dumps({**kept, **passwords}, indent=1) + "\n")
    return passwords


def _password_for(login: str) -> str:
    # A random one may by chance hold a short login, which the accounts refuse.
    while login in (password := new_password()):
        continue
    return password


def ports_for(file: Path, web: int | None) -> dict[str, int]:
    """Ports of 127.0.0.1 for `web`, `ami`, `http`, `sip` and `trunk`: those of the last time where they are free.

    `web` as asked for, else that of the last time, else the first free one from 8088. Raises SandboxError when the one
    that was asked for is taken.
    """
    kept = _read(file)
    if web is not None and not _is_free(web, socket.SOCK_STREAM):
        raise SandboxError(f"Port {web} on 127.0.0.1 is in use; name another one with --port, or leave it out.")
    ports = {"web": web or _web_port(kept.get("web"))}
    for name, kind in _KINDS.items():
        old = kept.get(name)
        ports[name] = old if isinstance(old, int) and _is_free(old, kind) else free_port(kind)
    write_private(file, json.dumps(ports) + "\n")
    return ports


def _web_port(kept: object) -> int:
    candidates: list[int] = list(range(FIRST_WEB_PORT, FIRST_WEB_PORT + MOST_TRIED))
    if isinstance(kept, int):
        candidates.insert(0, kept)
    free = (port for port in candidates if _is_free(port, socket.SOCK_STREAM))
    return next(free, None) or free_port()


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the last run's connections do not count
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _read(file: Path) -> dict[str, object]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
