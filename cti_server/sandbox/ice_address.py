"""An address that the private Asterisk may offer to a browser on the same machine.

Asterisk never offers 127.x as an ICE candidate. It offers the addresses of the machine's networks, which the sandbox's
rtp.conf turns into 127.0.0.1. A machine that has no network at all needs one more address on its loopback; `IceAddress`
adds it (root only) while a browser phone is in use and takes it away with the last user.
"""

import contextlib
import fcntl
import os
import socket
from typing import Final

from cti_server.sandbox.process import run
from cti_server.sandbox.state import SandboxError, State

EXTRA: Final = "10.255.0.1"
"""Given to the loopback where there is no network."""
_NOWHERE: Final = ("192.0.2.1", 9)


def own_address() -> str | None:
    """The address by which this machine would reach others; None without a network. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def offered_addresses() -> list[str]:
    """What Asterisk would offer and rtp.conf turns into 127.0.0.1."""
    return sorted({EXTRA, own_address() or EXTRA})


class IceAddress:
    """While `open()`, a browser on this machine can exchange audio with a private Asterisk."""

    def __init__(self, state: State) -> None:
        self._path = state.folder("locks") / "ice-address"
        self._file: int | None = None

    async def open(self) -> None:
        """Make sure that there is an address. Raises SandboxError when none can be had."""
        if own_address() is not None:
            return
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_SH)
        if not _ours():
            done = await run(["ip", "address", "add", f"{EXTRA}/32", "dev", "lo"], limit=10)
            if not _ours():
                await self.close()
                raise SandboxError(
                    "This machine has no network, and its loopback could not be given the address by which a browser "
                    f"and Asterisk exchange audio ({done.err.strip()}). As root: ip address add {EXTRA}/32 dev lo"
                )

    async def close(self) -> None:
        """Take the address away if nobody else uses it. May be called twice."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                await run(["ip", "address", "del", f"{EXTRA}/32", "dev", "lo"], limit=10)
        finally:
            os.close(file)


def _ours() -> bool:
    """Whether the loopback has the address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((EXTRA, 0))
        except OSError:
            return False
    return True
