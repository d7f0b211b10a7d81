"""The only SQL of skills."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import asyncpg

from cti_server.core.errors import NotFound

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database


async def skills(db: "Database") -> dict[int, dict[str, int]]:
    """Everybody's skills. Raises Unavailable."""
    found: dict[int, dict[str, int]] = {}
    for row in await db.fetch("select user_id, skill, level from agent_skill order by user_id, skill"):
        found.setdefault(row["user_id"], {})[row["skill"]] = row["level"]
    return found


async def put(connection: "Connection", user_id: int, skills: Mapping[str, int]) -> None:
    """Put these in place of a user's skills. Raises NotFound when there is no such user."""
    await connection.execute("delete from agent_skill where user_id = $1", user_id)
    try:
        await connection.execute(
            "insert into agent_skill (user_id, skill, level) select $1, * from unnest($2::text[], $3::smallint[])",
            user_id,
            list(skills),
            list(skills.values()),
        )
    except asyncpg.ForeignKeyViolationError as unknown:
        raise NotFound("There is no such user.", code="no_such_user") from unknown
