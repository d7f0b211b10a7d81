"""Brings the tables up to date: numbered .sql files, each applied once, whole or not at all.

A file is known by the number at the start of its name and by the SHA-256 of its text. Which were applied stands in
table `schema_migration`.
"""

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from cti_server.core.errors import Conflict, CtiError
from cti_server.core.storage.connecting import Bare, Way
from cti_server.core.storage.faults import spoken

log = structlog.get_logger(__name__)

# Any number that no other program takes: "cti" and the year of the first table.
LOCK = 0x637469_2026
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ENDS_TRANSACTION = re.compile(r"^\s*(begin|start transaction|commit|rollback)\s*;", re.IGNORECASE | re.MULTILINE)
_TABLE = """
create table if not exists schema_migration (
    number     integer primary key,
    name       text not null,
    sha256     text not null,
    applied_at timestamptz not null default now()
)
"""


class MigrationError(CtiError):
    """A file cannot be applied; the sentence names it and says why."""

    default_code = "migration_failed"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the folder."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The hash by which an edited file is known."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_folder(folder: Path) -> list[Migration]:
    """The files in order.

    Raises MigrationError for a name that is not `NNNN_room_what.sql`, a number used twice and a file that ends the
    transaction in which it runs.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        if (name := _NAME.fullmatch(path.name)) is None:
            raise MigrationError(f"{path.name} is not called NNNN_room_what.sql.")
        number = int(name[1])
        if number in found:
            raise MigrationError(f"{path.name} and {found[number].name} carry the same number.")
        sql = path.read_text(encoding="utf-8")
        if _ENDS_TRANSACTION.search(sql):
            raise MigrationError(f"{path.name} begins or ends a transaction; each file runs in one of its own.")
        found[number] = Migration(number, path.name, sql)
    if not found:
        raise MigrationError(f"There are no .sql files in {folder}.")
    return list(found.values())


async def migrate(db_url: str, folder: Path, *, wait: float = 60.0, limit: float = 600.0) -> list[str]:
    """Apply what is missing and return the names of the files applied, in order.

    Waits at most `wait` seconds for another process that is migrating (then Conflict) and `limit` for each file.
    Raises MigrationError when an applied file was edited since or a file fails (nothing of that file stays), and
    Unavailable when the database is away.
    """
    files = read_folder(folder)
    async with _connected(db_url, limit) as connection:
        await _lock(connection, wait)
        await connection.execute(_TABLE)
        missing = await _missing(connection, files)
        for file in missing:
            await _apply(connection, file)
            log.info("migrated", file=file.name)
        return [file.name for file in missing]


async def pending(db_url: str, folder: Path) -> list[str]:
    """The names of the files not applied yet; changes nothing. Raises as `migrate`."""
    files = read_folder(folder)
    async with _connected(db_url, 10.0) as connection:
        if await connection.fetchval("select to_regclass('schema_migration')") is None:
            return [file.name for file in files]
        return [file.name for file in await _missing(connection, files)]


@contextlib.asynccontextmanager
async def _connected(db_url: str, limit: float) -> AsyncIterator[Bare]:
    try:
        connection = await Way(db_url, 10.0, limit, "cti-server migrate").connect()
        try:
            yield connection
        finally:
            # A dead peer would let close() wait; the lock goes with the connection either way.
            try:
                await connection.close(timeout=2.0)
            except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise spoken(error) or error from error


async def _lock(connection: Bare, wait: float) -> None:
    """Take the lock by asking again: one who waits inside PostgreSQL would block a CREATE INDEX CONCURRENTLY."""
    until = time.monotonic() + wait
    while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
        if time.monotonic() >= until:
            raise Conflict(f"Another process has been migrating for more than {wait:.0f} s.", code="migration_running")
        await asyncio.sleep(0.1)


async def _missing(connection: Bare, files: list[Migration]) -> list[Migration]:
    applied = {
        row["number"]: row for row in await connection.fetch("select number, name, sha256 from schema_migration")
    }
    for file in files:
        row = applied.get(file.number)
        if row is not None and row["sha256"] != file.sha256:
            raise MigrationError(
                f"{file.name} was changed after it had been applied (as {row['name']})."
                " Applied files stay as they are; put the change into a new file.",
                code="migration_edited",
            )
    if unknown := sorted(row["name"] for number, row in applied.items() if number not in {f.number for f in files}):
        # A newer release has been here; during a rolling upgrade that is as it should be.
        log.warning("migrations_of_another_release", files=unknown)
    return [file for file in files if file.number not in applied]


async def _apply(connection: Bare, file: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute("set local lock_timeout = '10s'")
            await connection.execute(file.sql)
            await connection.execute(
                "insert into schema_migration (number, name, sha256) values ($1, $2, $3)",
                file.number,
                file.name,
                file.sha256,
            )
    except asyncpg.PostgresError as error:
        if isinstance(error, asyncpg.PostgresConnectionError):
            raise
        raise MigrationError(f"{file.name}{_line(file, error)} failed: {error}. Nothing of it was kept.") from error


def _line(file: Migration, error: asyncpg.PostgresError) -> str:
    position = getattr(error, "position", None)
    if not position:
        return ""
    return f", line {file.sql.count(chr(10), 0, int(position) - 1) + 1},"
