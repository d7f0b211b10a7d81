"""Debian packages without touching the machine: an apt of our own, and unpacking below the state folder.

apt gets its own lists, archives, status file and sources, so it neither reads nor changes what is installed and
needs no root. With an empty status file it resolves the whole closure, glibc included, so packages of a newer suite
run through their own loader (`loader.py`); with the machine's own status it brings only what is missing.

The .deb files are kept in the cache folder with a manifest of their sha256 (as apt's signed lists name them): a later
start, another state folder or a machine without a network takes them from there.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cti_server.sandbox.process import Child, needed, run
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State, locked, private, write_private

HOST_STATUS = Path("/var/lib/dpkg/status")
KEYRINGS = Path("/usr/share/keyrings")
# What the machine's apt configuration says about the way to its mirror; hooks and the rest stay out.
NETWORK_SETTING = re.compile(
    r"Acquire::(http|https|ftp|Retries|ForceIPv\d|Check-Valid-Until|Check-Date|Max-ValidTime)\b.*", re.I
)
PRINTED_URI = re.compile(r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+) (?P<hash>SHA256:[0-9a-f]{64})?")
# Not needed to run anything: two fifths of the files, a fifth of the disk.
LEFT_OUT = (
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
    "./usr/share/lintian/*",
    "./usr/share/info/*",
)
MERGED = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}


@dataclass(frozen=True)
class Package:
    """One .deb: its file name in the cache, size in bytes, sha256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Selection:
    """What to fetch. `name` names the manifest and the prefix; `suite` None means the machine's own suites.

    `on_top` resolves against what the machine has installed, `alone` takes the named packages and nothing that they
    depend on; else the closure is whole.
    """

    name: str
    packages: tuple[str, ...]
    suite: str | None = None
    on_top: bool = False
    alone: bool = False


class PrivateApt:
    """apt with folders of its own below the state folder."""

    def __init__(self, state: State, progress: Progress, host_status: Path = HOST_STATUS) -> None:
        self._state = state
        self._host_status = host_status
        self._progress = progress

    async def architecture(self) -> str:
        """The machine's Debian architecture, such as amd64."""
        asked = [needed("dpkg", "dpkg"), "--print-architecture"]
        return (await run(asked, limit=10, check="Asking dpkg for the architecture")).out.strip()

    async def unpacked(self, selection: Selection) -> Path:
        """The prefix with the selection unpacked; fetched and unpacked now if it is not there yet.

        Raises SandboxError: no apt on this machine, no network, packages that the suite does not have.
        """
        architecture = await self.architecture()
        prefix = self._state.folder("prefix") / f"{selection.name}-{architecture}"
        stamp = prefix / ".complete"
        manifest = self._state.cache / f"{selection.name}-{architecture}.json"
        wanted = hashlib.sha256(repr(selection).encode()).hexdigest()
        if stamp.is_file() and stamp.read_text() == wanted:
            return prefix
        with contextlib.ExitStack() as held:
            lock = locked(self._state.cache / f".{selection.name}.lock")
            await asyncio.to_thread(held.enter_context, lock)
            if stamp.is_file() and stamp.read_text() == wanted:
                return prefix
            archives = private(self._state.cache / "archives")
            packages = await asyncio.to_thread(_from_cache, manifest, wanted, archives)
            if packages is None:
                packages = await self._download(selection, architecture, archives)
                rows = {"selection": wanted, "packages": [asdict(package) for package in packages]}
                write_private(manifest, json.dumps(rows, indent=1), 0o644)
            await self._unpack(selection.name, [archives / package.name for package in packages], prefix)
            write_private(stamp, wanted)
        return prefix

    async def _download(self, selection: Selection, architecture: str, archives: Path) -> list[Package]:
        home = self._state.folder("apt", selection.name)
        environment = await self._configure(home, selection, architecture)
        self._progress.step(f"{selection.name}: asking the package archive …")
        # `download` takes what it is told, into the current folder; `install -d` resolves, into the archives.
        verb = ["download"] if selection.alone else ["-d", "install"]
        hint = "the package archive could not be reached; check the network and the mirror in /etc/apt"
        update = await run([needed("apt-get", "apt"), "-q", "update"], limit=300, env=environment)
        if update.code != 0:
            raise SandboxError(f"{selection.name} cannot be fetched: {hint} ({_complaint(update.err)}).")
        packages = await self._listed(selection, verb, private(home / "empty"), environment)
        private(archives / "partial")
        log = home / "download.log"
        argv = ["apt-get", "-q", "-y", "-o", f"Dir::Cache::archives={archives}/", *verb, *selection.packages]
        child = Child.start("apt-get", argv, log=log, env=environment, cwd=archives)
        try:
            await self._watch(child, selection.name, packages, archives)
        finally:
            await child.kill()
        if child.code != 0:
            complaint = _complaint(log.read_text(errors="replace"))
            raise SandboxError(f"{selection.name} cannot be fetched: {hint} ({complaint}).")
        return packages

    async def _listed(
        self, selection: Selection, verb: Sequence[str], empty: Path, environment: Mapping[str, str]
    ) -> list[Package]:
        """What apt would bring, with sizes and checksums; asked with an empty cache, for it leaves out what it has."""
        argv = ["apt-get", "-qq", "-y", "--print-uris", "-o", f"Dir::Cache::archives={empty}/", *verb]
        asked = await run([*argv, *selection.packages], limit=120, env=environment, cwd=empty)
        packages = [_package(match) for line in asked.out.splitlines() if (match := PRINTED_URI.match(line))]
        if asked.code != 0 or (not packages and not selection.on_top):
            raise SandboxError(f"{selection.name} cannot be fetched: {_complaint(asked.err)}.")
        return packages

    async def _watch(self, child: Child, name: str, packages: Sequence[Package], archives: Path) -> None:
        """Show how much has come in, and give up on a download that stands still for two minutes."""
        total, done, still = sum(package.size for package in packages), -1, 0
        while not await child.ended(0.5):
            before, done = done, _arrived(packages, archives)
            still = still + 1 if done == before else 0
            if still > 240:
                raise SandboxError(f"{name} cannot be fetched: the download has stood still for two minutes.")
            if done < total:
                self._progress.size(f"{name}: downloading", done, total)
        if child.code == 0:
            self._progress.size(f"{name}: downloading", total, total)

    async def _configure(self, home: Path, selection: Selection, architecture: str) -> dict[str, str]:
        """Write apt's configuration and sources; the environment that makes apt use them."""
        for part in ("lists/partial", "parts", "sources"):
            (home / part).mkdir(parents=True, exist_ok=True)
        status = self._host_status if selection.on_top else home / "status"
        if not selection.on_top:
            status.write_text("")
        settings = {
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Debug::NoLocking": "1",
            "Dir::State": f"{home}/",
            "Dir::State::lists": f"{home}/lists/",
            "Dir::State::status": str(status),
            "Dir::State::extended_states": f"{home}/extended_states",
            "Dir::Cache": f"{home}/",
            "Dir::Etc::main": f"{home}/main.conf",
            "Dir::Etc::parts": f"{home}/parts/",
            "Dir::Etc::sourcelist": f"{home}/sources.list",
            "Dir::Etc::sourceparts": f"{home}/sources/",
            "Dir::Etc::preferences": f"{home}/preferences",
            "Dir::Etc::preferencesparts": f"{home}/parts/",
        }
        write_private(home / "sources.list", await _sources(selection))
        lines = [f'{key} "{value}";' for key, value in settings.items()]
        dump = await run([needed("apt-config", "apt"), "dump"], limit=30)
        lines += [line for line in dump.out.splitlines() if NETWORK_SETTING.match(line)]
        write_private(home / "apt.conf", "\n".join(lines) + "\n")
        return {
            **self._state.environment(),
            "APT_CONFIG": str(home / "apt.conf"),
            "LC_ALL": "C",
            "DEBIAN_FRONTEND": "noninteractive",
        }

    async def _unpack(self, name: str, files: Sequence[Path], prefix: Path) -> None:
        self._progress.step(f"{name}: unpacking {len(files)} packages …")
        draft = prefix.with_name(f".{prefix.name}.new")
        await asyncio.to_thread(shutil.rmtree, draft, True)
        private(draft)
        for link, target in MERGED.items():
            (draft / target).mkdir(parents=True, exist_ok=True)
            (draft / link).symlink_to(target)
        await run(["bash", "-c", UNPACK, "unpack", draft, *files], limit=300, check=f"Unpacking {name}")
        await asyncio.to_thread(shutil.rmtree, prefix, True)
        draft.rename(prefix)


# No maintainer script runs, owner and set-id bits stay out, links of the merged /usr are followed.
UNPACK = f"""set -euo pipefail
prefix=$1; shift
for file in "$@"; do
  dpkg-deb --fsys-tarfile "$file" |
    tar -x -C "$prefix" --keep-directory-symlink --no-same-owner --no-same-permissions \\
      {" ".join(f"--exclude='{pattern}'" for pattern in LEFT_OUT)}
done
"""


async def _sources(selection: Selection) -> str:
    """The lines of sources.list: the wanted suite on the machine's own mirror, or the machine's own suites.

    Sources of other makers stay out: one that is broken would stop everything, and nothing here comes from them.
    """
    release = _os_release()
    distribution, codename = release.get("ID", ""), release.get("VERSION_CODENAME", "")
    asked = [needed("apt-get", "apt"), "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"]
    rows = sorted({line for line in (await run(asked, limit=30)).out.splitlines() if line.count("|") == 2})
    own_suites = (codename, f"{codename}-updates", f"{codename}-security", "stable", "testing", "sid", "unstable")
    own = [row.split("|") for row in rows if row.split("|")[1] in own_suites]
    if selection.suite is None:
        wanted = own
    else:
        mirrors = [
            uri
            for uri, suite, component in own
            if component == "main" and not suite.endswith(("-updates", "-security"))
        ]
        mirror = os.environ.get("CTI_DEBIAN_MIRROR") or (mirrors[0] if mirrors and distribution == "debian" else None)
        wanted = [[mirror, selection.suite, "main"]] if mirror else []
        distribution = "debian"
    if not wanted:
        raise SandboxError(
            f"{selection.name} cannot be fetched: this machine's apt knows no Debian mirror; install "
            f"{selection.packages[0]}, or name a mirror in the environment variable CTI_DEBIAN_MIRROR."
        )
    keyring = KEYRINGS / f"{distribution}-archive-keyring.gpg"
    signed = f"[signed-by={keyring}] " if keyring.is_file() else ""
    return "".join(f"deb {signed}{' '.join(row)}\n" for row in wanted)


def _os_release() -> dict[str, str]:
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return {}
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def _package(match: re.Match[str]) -> Package:
    return Package(match["name"], int(match["size"]), (match["hash"] or "").removeprefix("SHA256:"))


def _from_cache(manifest: Path, wanted: str, archives: Path) -> list[Package] | None:
    """The packages of the manifest if every file is there whole, else None."""
    try:
        rows = json.loads(manifest.read_text())
        packages = [Package(**row) for row in rows["packages"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if rows["selection"] != wanted or not all(_whole(archives / package.name, package) for package in packages):
        return None
    return packages


def _whole(file: Path, package: Package) -> bool:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == package.sha256
    except OSError:
        return False


def _arrived(packages: Sequence[Package], archives: Path) -> int:
    total = 0
    for package in packages:
        for file in (archives / package.name, archives / "partial" / package.name):
            with contextlib.suppress(OSError):
                total += file.stat().st_size
    return total


def _complaint(text: str) -> str:
    """apt's own errors, without the noise."""
    lines = [line.strip() for line in text.splitlines() if line.startswith(("E:", "W:"))]
    return " / ".join(line[3:] for line in lines[-2:]) or "apt gave no reason"
