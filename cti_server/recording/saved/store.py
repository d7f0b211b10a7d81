"""The only SQL of kept searches."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from cti_server.core.erasing.model import Part
from cti_server.recording.saved.model import SavedJson

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS: Final = "id, name, filters::text as filters, roles, owner_id, extract(epoch from updated_at)::float8 as at"
_SEEN: Final = "(owner_id = $1 or roles && $2::text[])"
_NAMES_HIM: Final = "recording_search s using person p where s.name ~* p.own_words or s.filters::text ~* p.own_words"
Names = Callable[[int], str]

PARTS: Final = (
    Part(
        "searches",
        "select count(*) from recording_search s, person p where s.name ~* p.own_words"
        " or s.filters::text ~* p.own_words",
        f"delete from {_NAMES_HIM} returning 1",
    ),
)
"""A search for somebody who is forgotten would find nothing."""


async def seen(db: "Database", user_id: int, roles: list[str], names: Names) -> list[SavedJson]:
    """What a user keeps, then what is shared with his roles, by name. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from recording_search where {_SEEN} order by owner_id <> $1, lower(name), id",
        user_id,
        roles,
    )
    return [_item(row, user_id, names) for row in rows]


async def one(
    db: "Connection | Database", search_id: int, user_id: int, roles: list[str], names: Names
) -> SavedJson | None:
    """One that a user may see. Raises Unavailable."""
    row = await db.fetchrow(
        f"select {_COLUMNS} from recording_search where {_SEEN} and id = $3", user_id, roles, search_id
    )
    return None if row is None else _item(row, user_id, names)


async def count(connection: "Connection", user_id: int) -> int:
    """How many a user keeps."""
    return int(await connection.fetchval("select count(*) from recording_search where owner_id = $1", user_id))


async def taken(connection: "Connection", user_id: int, name: str, but: int | None) -> bool:
    """Whether another of his searches has this name."""
    return bool(
        await connection.fetchval(
            "select exists (select 1 from recording_search where owner_id = $1 and lower(name) = lower($2)"
            " and id is distinct from $3)",
            user_id,
            name,
            but,
        )
    )


async def add(connection: "Connection", user_id: int, name: str, filters: dict[str, str], roles: list[str]) -> int:
    """Keep it; its number."""
    return int(
        await connection.fetchval(
            "insert into recording_search (owner_id, name, filters, roles) values ($1, $2, $3, $4) returning id",
            user_id,
            name,
            json.dumps(filters, ensure_ascii=False),
            roles,
        )
    )


async def change(
    connection: "Connection",
    search_id: int,
    name: str | None,
    filters: dict[str, str] | None,
    roles: list[str] | None,
) -> None:
    """Set what is given."""
    await connection.execute(
        "update recording_search set name = coalesce($2, name), filters = coalesce($3::jsonb, filters),"
        " roles = coalesce($4, roles), updated_at = now() where id = $1",
        search_id,
        name,
        None if filters is None else json.dumps(filters, ensure_ascii=False),
        roles,
    )


async def remove(connection: "Connection", search_id: int) -> None:
    """Keep it no longer."""
    await connection.execute("delete from recording_search where id = $1", search_id)


def _item(row: Any, user_id: int, names: Names) -> SavedJson:
    return SavedJson(
        row["id"],
        row["name"],
        json.loads(row["filters"]),
        tuple(row["roles"]),
        row["owner_id"],
        names(row["owner_id"]),
        row["owner_id"] == user_id,
        row["at"],
    )
