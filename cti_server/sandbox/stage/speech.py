"""espeak-ng without installing it: Debian's packages below the state folder, and a small program that starts it."""

import shutil
from pathlib import Path

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State, write_private

PACKAGE = "espeak-ng"
STARTER = """#!/bin/sh
export LD_LIBRARY_PATH="{libraries}:{libraries}/pulseaudio${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export ESPEAK_DATA_PATH="{data}"
exec "{program}" "$@"
"""


async def find_espeak(state: State, progress: Progress) -> Path:
    """The machine's espeak-ng, else one of our own. Raises SandboxError when neither can be had."""
    installed = shutil.which(PACKAGE)
    if installed:
        return Path(installed)
    prefix = await PrivateApt(state, progress).unpacked(Selection("espeak-ng", (PACKAGE,), on_top=True))
    program = prefix / "usr/bin/espeak-ng"
    library = next(prefix.glob("usr/lib/*/libespeak-ng.so.1"), None)
    data = next(prefix.glob("usr/lib/*/espeak-ng-data"), None)
    if not program.is_file() or library is None or data is None:
        raise SandboxError(f"The package {PACKAGE} is not made as expected; install it on this machine.")
    starter = prefix / "espeak-ng"
    write_private(starter, STARTER.format(libraries=library.parent, data=data, program=program), 0o755)
    return starter
