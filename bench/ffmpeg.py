"""ffmpeg for a comparison: the machine's own, else Debian's packages below the state folder; nothing else uses it."""

import asyncio
import os
import shutil
from pathlib import Path

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State

PACKAGE = "ffmpeg"


async def find_ffmpeg() -> tuple[Path, dict[str, str]] | str:
    """The program and the environment that it needs; or why it cannot be had, in one line."""
    installed = shutil.which(PACKAGE)
    if installed:
        return Path(installed), dict(os.environ)
    try:
        prefix = await PrivateApt(State.open(), Progress()).unpacked(Selection(PACKAGE, (PACKAGE,), on_top=True))
    except SandboxError as error:
        return f"ffmpeg: not on this machine, and it cannot be fetched: {error.sentence}"
    # BLAS and LAPACK lie in folders of their own, to which a link of an installed package would point.
    folders = {library.parent for library in prefix.glob("usr/lib/**/*.so*")}
    path = ":".join(str(folder) for folder in sorted(folders))
    return prefix / "usr/bin/ffmpeg", {**os.environ, "LD_LIBRARY_PATH": path}


async def cpu_of_join(program: Path, env: dict[str, str], sides: list[Path], target: Path) -> float:
    """CPU seconds for both sides made one stereo MP3 of 48 kbit/s on one thread. Raises OSError when it fails."""
    words = ["-v", "error", "-y", "-threads", "1", "-i", str(sides[0]), "-i", str(sides[1]), "-filter_complex",
             "[0:a][1:a]join=inputs=2:channel_layout=stereo", "-b:a", "48k", str(target)]  # fmt: skip
    pid = await asyncio.to_thread(os.posix_spawn, program, ["ffmpeg", *words], env)
    _, status, used = await asyncio.to_thread(os.wait4, pid, 0)
    if status != 0:
        raise OSError(f"ffmpeg ended with {status}")
    return used.ru_utime + used.ru_stime
