"""What stays the same from one start to the next, so that an open browser tab goes on working: ports and passwords."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from cti_server.core.auth.model import new_password
from cti_server.sandbox.state import SandboxError, free_port, write_private

FIRST_WEB_PORT = 8088
MOST_TRIED = 100
_KINDS = {"ami": socket.SOCK_STREAM, "http": socket.SOCK_STREAM, "sip": socket.SOCK_DGRAM, "trunk": socket.SOCK_DGRAM}


def passwords_for(file: Path, logins: list[str]) -> dict[str, str]:
    """A password for each login: the kept one, or a new random one. The file is for its owner's eyes only."""
    kept = _read(file)
    passwords = {login: str(kept.get(login) or new_password()) for login in logins}
    if passwords != kept:
        write_private(file, json.dumps({**kept, **passwords}, indent=1) + "\n")
    return passwords


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
    tries = [kept] if isinstance(kept, int) else []
    for port in [*tries, *range(FIRST_WEB_PORT, FIRST_WEB_PORT + MOST_TRIED)]:
        if _is_free(port, socket.SOCK_STREAM):
            return port
    return free_port()


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
