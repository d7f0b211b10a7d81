"""Which Asterisk to run: one that is installed (18 or newer, only its binary), else Debian's packages of 22."""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.process import run
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State, write_private

OLDEST = 18
# Debian's testing suite has 22; CTI_ASTERISK_SUITE names another one once this has moved on.
SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-en-wav")
# Debian architecture -> the library folder's name and the loader below the prefix.
LOADERS = {
    "amd64": ("x86_64-linux-gnu", "usr/lib64/ld-linux-x86-64.so.2"),
    "arm64": ("aarch64-linux-gnu", "usr/lib/ld-linux-aarch64.so.1"),
}


@dataclass(frozen=True)
class AsteriskProgram:
    """An Asterisk that can be started: `command` with asterisk's own arguments after it."""

    command: Path
    version: tuple[int, ...]
    modules: Path
    data: Path

    @property
    def has_named_event_filters(self) -> bool:
        """Whether manager.conf understands `eventfilter(action(exclude),name(…))`."""
        since = {20: 11, 21: 6, 22: 1}
        major, minor = self.version[0], self.version[1] if len(self.version) > 1 else 0
        return major > 22 or minor >= since.get(major, 1_000)


async def find_asterisk(
    state: State, progress: Progress, *, fetch: bool | None = None, suite: str = SUITE
) -> AsteriskProgram:
    """The machine's own Asterisk, else the fetched one. `fetch` True or False allows only one of the two."""
    if not fetch:
        installed = await _installed()
        if installed is not None:
            return installed
        if fetch is False:
            raise SandboxError(
                f"No Asterisk {OLDEST} or newer is installed on this machine; install the package asterisk."
            )
    return await _fetched(state, progress, suite)


async def _installed() -> AsteriskProgram | None:
    found = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    version = await _version(Path(found)) if found else None
    if found is None or version is None or version[0] < OLDEST:
        return None
    modules, data = _places()
    return AsteriskProgram(Path(found), version, modules, data) if modules and data else None


def _places() -> tuple[Path | None, Path | None]:
    """Where an installed Asterisk keeps its modules and its data."""
    roots = [Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"), *Path("/usr/lib").glob("*-linux-gnu")]
    modules = next(
        (root / "asterisk/modules" for root in roots if (root / "asterisk/modules/app_queue.so").is_file()), None
    )
    places = (Path("/usr/share/asterisk"), Path("/var/lib/asterisk"), Path("/usr/local/share/asterisk"))
    data = next((place for place in places if (place / "documentation").is_dir()), None)
    return modules, data


async def _fetched(state: State, progress: Progress, suite: str) -> AsteriskProgram:
    apt = PrivateApt(state, progress)
    architecture = await apt.architecture()
    if architecture not in LOADERS:
        raise SandboxError(
            f"No Asterisk can be fetched for the architecture {architecture}; "
            f"install Asterisk {OLDEST} or newer on this machine."
        )
    prefix = await apt.unpacked(Selection("asterisk", PACKAGES, suite))
    triplet, loader = LOADERS[architecture]
    wrapper = prefix / "asterisk"
    libraries = f"{prefix}/usr/lib/{triplet}:{prefix}/usr/lib"
    # `core restart now` runs argv[0] again: that must be this script, for the program alone would take the machine's
    # loader.
    script = f"""#!/bin/sh
exec {shlex.quote(f"{prefix}/{loader}")} --argv0 "$0" --library-path {shlex.quote(libraries)} \\
  {shlex.quote(f"{prefix}/usr/sbin/asterisk")} "$@"
"""
    if not wrapper.is_file() or wrapper.read_text() != script:
        write_private(wrapper, script, 0o700)
    version = await _version(wrapper)
    if version is None:
        raise SandboxError(f"The fetched Asterisk does not run on this machine; try it by hand: {wrapper} -V")
    return AsteriskProgram(
        wrapper, version, prefix / f"usr/lib/{triplet}/asterisk/modules", prefix / "usr/share/asterisk"
    )


async def _version(command: Path) -> tuple[int, ...] | None:
    said = await run([command, "-V"], limit=20)
    match = re.search(r"Asterisk (?:GIT-)?(\d+(?:\.\d+)*)", said.out)
    return tuple(int(part) for part in match[1].split(".")) if match else None
