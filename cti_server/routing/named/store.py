"""The only SQL of named things and of lists of callers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_NAMED = """kind, name, label, value::text as value, revision, changed_by,
    extract(epoch from changed_at)::float8 as changed_at"""
_LISTED = """list, number_key, number, note, extract(epoch from expires_at)::float8 as expires_at, added_by,
    extract(epoch from added_at)::float8 as added_at"""


async def everything(db: "Database") -> tuple[list[Any], list[Any]]:
    """All named things, and all entries of lists that have not expired. Raises Unavailable."""
    named = await db.fetch(f"select {_NAMED} from flow_named order by kind, name")
    listed = await db.fetch(f"select {_LISTED} from flow_listed where expires_at is null or expires_at > now()")
    return named, listed


async def named(connection: "Connection", kind: str, name: str) -> Any:
    """One thing, locked, or None."""
    return await connection.fetchrow(
        f"select {_NAMED} from flow_named where kind = $1 and name = $2 for update", kind, name
    )


async def put(connection: "Connection", kind: str, name: str, label: str, value: str, by: int) -> None:
    """Make or change a thing."""
    await connection.execute(
        "insert into flow_named as kept (kind, name, label, value, changed_by) values ($1, $2, $3, $4, $5)"
        " on conflict (kind, name) do update set label = excluded.label, value = excluded.value,"
        " changed_by = excluded.changed_by, changed_at = now(), revision = kept.revision + 1",
        kind,
        name,
        label,
        value,
        by,
    )


async def remove(connection: "Connection", kind: str, name: str) -> None:
    """Forget a thing; a list with its entries."""
    await connection.execute("delete from flow_named where kind = $1 and name = $2", kind, name)
    if kind == "list":
        await connection.execute("delete from flow_listed where list = $1", name)


async def entries(db: "Database", name: str) -> list[Any]:
    """The numbers on a list, newest first. Raises Unavailable."""
    return await db.fetch(f"select {_LISTED} from flow_listed where list = $1 order by added_at desc", name)


async def enter(
    connection: "Connection", name: str, key: str, number: str, note: str, expires_at: float | None, by: int
) -> None:
    """Put a number on a list."""
    await connection.execute(
        "insert into flow_listed (list, number_key, number, note, expires_at, added_by)"
        " values ($1, $2, $3, $4, to_timestamp($5), $6)"
        " on conflict (list, number_key) do update set number = excluded.number, note = excluded.note,"
        " expires_at = excluded.expires_at, added_by = excluded.added_by, added_at = now()",
        name,
        key,
        number,
        note,
        expires_at,
        by,
    )


async def strike(connection: "Connection", name: str, key: str) -> bool:
    """Take a number off a list; False when it was not on it."""
    return bool(
        await connection.fetchval("delete from flow_listed where list = $1 and number_key = $2 returning 1", name, key)
    )
