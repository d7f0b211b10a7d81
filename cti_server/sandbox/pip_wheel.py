"""`python -m cti_server.sandbox.pip_wheel`: fetch pip's wheel and print its path, for Debian's bare python3 has no pip.

Runs before any package is installed: standard library only. Debian's pip trusts the machine's certificates; where those
are absent too, they are fetched likewise and written as one file, `<state>/pip/certificates.pem`.
"""

import asyncio
import sys
from pathlib import Path

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State, write_private

MACHINE_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


async def fetch_pip(state: State, progress: Progress) -> Path:
    """The path of pip's wheel, which Python runs as it is. Raises SandboxError when it cannot be had."""
    apt = PrivateApt(state, progress)
    try:
        prefix = await apt.unpacked(Selection("pip", ("python3-pip-whl",), alone=True))
        if not machine_has_certificates():
            certificates = await apt.unpacked(Selection("certificates", ("ca-certificates",), alone=True))
            write_bundle(certificates, state.folder("pip") / "certificates.pem")
    except SandboxError as error:
        raise SandboxError(f"{error.sentence} Or install the package python3-venv.") from error
    wheels = sorted((prefix / "usr/share/python-wheels").glob("pip-*.whl"))
    if not wheels:
        raise SandboxError("Debian's python3-pip-whl holds no pip wheel; install the package python3-venv.")
    return wheels[-1]


def machine_has_certificates() -> bool:
    """Whether pip can trust what the machine trusts."""
    return MACHINE_CERTIFICATES.exists()


def write_bundle(prefix: Path, target: Path) -> None:
    """Join the certificates of the unpacked package, as its own installation would have done."""
    files = sorted((prefix / "usr/share/ca-certificates").rglob("*.crt"))
    write_private(target, "\n".join(file.read_text(encoding="ascii") for file in files), 0o644)


def main() -> int:
    """Print the path, or say on standard error why there is none."""
    try:
        sys.stdout.write(f"{asyncio.run(fetch_pip(State.open(), Progress()))}\n")
    except SandboxError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
