"""The only SQL of users' keys."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


async def keys(db: "Database", user_id: int) -> dict[str, str] | None:
    """The user's own keys; None when he has none. Raises Unavailable."""
    found = await db.fetchval("select keys from user_shortcut where user_id = $1", user_id)
    return None if found is None else json.loads(found)


async def save(db: "Database", user_id: int, keys: dict[str, str]) -> None:
    """Keep them in place of what was. Raises Unavailable."""
    await db.execute(
        "insert into user_shortcut (user_id, keys) values ($1, $2::jsonb)"
        " on conflict (user_id) do update set keys = excluded.keys, updated_at = now()",
        user_id,
        json.dumps(keys),
    )


async def delete(db: "Database", user_id: int) -> None:
    """He works with the defaults again. Raises Unavailable."""
    await db.execute("delete from user_shortcut where user_id = $1", user_id)
