"""`python -m cti_server.sandbox.node_libraries`: fetch what Node needs and a bare Debian lacks; print its folder.

For LD_LIBRARY_PATH of the console's checks and of the browser tests (playwright's driver is a Node program too).
"""

import asyncio
import sys
from pathlib import Path

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State

PACKAGE = "libatomic1"
LIBRARY = "libatomic.so.1"


async def fetch_node_libraries(state: State, progress: Progress) -> Path:
    """The folder with the libraries. Raises SandboxError when they cannot be had."""
    try:
        prefix = await PrivateApt(state, progress).unpacked(Selection("node-libraries", (PACKAGE,), alone=True))
    except SandboxError as error:
        raise SandboxError(f"{error.sentence} Or install the package {PACKAGE}.") from error
    found = next(prefix.glob(f"usr/lib/*/{LIBRARY}"), None)
    if found is None:
        raise SandboxError(f"The package {PACKAGE} holds no {LIBRARY}; install it on this machine.")
    return found.parent


def main() -> int:
    """Print the folder, or say on standard error why there is none."""
    try:
        sys.stdout.write(f"{asyncio.run(fetch_node_libraries(State.open(), Progress()))}\n")
    except SandboxError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
