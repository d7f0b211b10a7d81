"""The only SQL of the audit log."""

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from cti_server.core.audit.model import AuditEntry

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS = "id, extract(epoch from at)::float8 as at, user_id, login, address, action, subject, details, hash"


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(**{**dict(row), "details": json.loads(row["details"])})


async def lock_head(connection: "Connection") -> tuple[int, bytes]:
    """The number and hash of the last entry; nobody else adds one until the transaction ends."""
    row = await connection.fetchrow("select id, hash from audit_head for update")
    assert row is not None, "migration 0002 puts the one row there"
    return row["id"], row["hash"]


async def append(connection: "Connection", entry: AuditEntry) -> None:
    """Add `entry` and move the head to it."""
    await connection.execute(
        "insert into audit_entry (id, at, user_id, login, address, action, subject, details, hash)"
        " values ($1, to_timestamp($2), $3, $4, $5, $6, $7, $8, $9)",
        entry.id,
        entry.at,
        entry.user_id,
        entry.login,
        entry.address,
        entry.action,
        entry.subject,
        json.dumps(entry.details),
        entry.hash,
    )
    await connection.execute("update audit_head set id = $1, hash = $2", entry.id, entry.hash)


async def page(db: "Database", *, before: int | None, action: str | None, limit: int) -> list[AuditEntry]:
    """The newest entries with a number below `before`, newest first."""
    rows = await db.fetch(
        f"select {_COLUMNS} from audit_entry"
        " where ($1::bigint is null or id < $1) and ($2::text is null or action = $2) order by id desc limit $3",
        before,
        action,
        limit,
    )
    return [_entry(row) for row in rows]


async def in_order(db: "Database", *, step: int = 1000) -> AsyncIterator[AuditEntry]:
    """All entries from the first to the last, read in steps."""
    last = 0
    while rows := await db.fetch(f"select {_COLUMNS} from audit_entry where id > $1 order by id limit $2", last, step):
        for row in rows:
            yield _entry(row)
        last = rows[-1]["id"]


SLOW = 300.0


async def of_action(db: "Database", action: str) -> list[AuditEntry]:
    """All entries of an action, from the first to the last. Raises Unavailable."""
    return [
        _entry(row)
        for row in await db.fetch(f"select {_COLUMNS} from audit_entry where action = $1 order by id", action)
    ]


async def naming(db: "Database", words: str) -> int:
    """How many entries have what a regular expression fits. Raises Unavailable."""
    return int(
        await db.fetchval(
            "select count(*) from audit_entry where subject ~* $1 or details::text ~* $1", words, timeout=SLOW
        )
    )


async def redact(connection: "Connection", words: str, mark: str, limit: int) -> list[AuditEntry]:
    """Put the mark where entries have what a regular expression fits; those that were changed, as they are now."""
    await connection.execute("select set_config('cti.redacting', 'yes', true)")
    rows = await connection.fetch(
        "update audit_entry set subject = regexp_replace(subject, $1, $2, 'gi'),"
        " details = regexp_replace(details::text, $1, $2, 'gi')::jsonb where id in (select id from audit_entry"
        f" where subject ~* $1 or details::text ~* $1 order by id limit $3) returning {_COLUMNS}",
        words,
        mark,
        limit,
        timeout=SLOW,
    )
    await connection.execute("select set_config('cti.redacting', '', true)")
    return sorted((_entry(row) for row in rows), key=lambda entry: entry.id)
