"""The only SQL of bulk changes."""

from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.agents.moves.model import Move

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database


async def add(connection: "Connection", move: Move) -> int:
    """Keep a new change; its number."""
    return int(
        await connection.fetchval(
            "insert into agent_move (by_user, at, until, data)"
            " values ($1, to_timestamp($2), to_timestamp($3), $4::jsonb) returning id",
            move.by,
            move.at,
            move.until,
            msgspec.json.encode(move).decode(),
        )
    )


async def save(db: "Database | Connection", move: Move) -> None:
    """Keep how a change came out, or that it was taken back."""
    await db.execute(
        "update agent_move set data = $2::jsonb, undone_at = to_timestamp($3) where id = $1",
        move.id,
        msgspec.json.encode(move).decode(),
        move.undone_at,
    )


async def recent(db: "Database", since: float) -> list[Move]:
    """Those since a moment (unix seconds), and those that will take themselves back. Raises Unavailable."""
    rows = await db.fetch(
        "select id, data from agent_move where at >= to_timestamp($1) or (until is not null and undone_at is null)"
        " order by id",
        since,
    )
    return [_move(row) for row in rows]


def _move(row: Any) -> Move:
    return msgspec.convert({**msgspec.json.decode(row["data"]), "id": row["id"]}, Move)
