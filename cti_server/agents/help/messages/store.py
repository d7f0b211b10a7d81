"""The only SQL of messages."""

from typing import TYPE_CHECKING

import asyncpg

from cti_server.agents.help.model import Message, Unread
from cti_server.core.errors import NotFound

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_MESSAGE = """id, agent_id, sender_id, from_agent, text, extract(epoch from sent_at)::float8 as sent_at,
    extract(epoch from read_at)::float8 as read_at, read_by"""


async def add_message(
    connection: "Connection", agent_id: int, sender_id: int, *, from_agent: bool, text: str, at: float
) -> Message:
    """Keep a message. Raises NotFound when there is no such user."""
    try:
        row = await connection.fetchrow(
            "insert into help_message (agent_id, sender_id, from_agent, text, sent_at)"
            f" values ($1, $2, $3, $4, to_timestamp($5)) returning {_MESSAGE}",
            agent_id,
            sender_id,
            from_agent,
            text,
            at,
        )
    except asyncpg.ForeignKeyViolationError as unknown:
        raise NotFound("There is no such user.", code="no_such_user") from unknown
    return Message(**dict(row or {}))


async def thread(db: "Database", agent_id: int, before: int | None, limit: int) -> list[Message]:
    """Messages of a thread with a number below `before`, newest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_MESSAGE} from help_message where agent_id = $1 and ($2::bigint is null or id < $2)"
        " order by id desc limit $3",
        agent_id,
        before,
        limit,
    )
    return [Message(**dict(row)) for row in rows]


async def mark_read(
    connection: "Connection", agent_id: int, up_to: int, reader: int, *, by_agent: bool, at: float
) -> int:
    """The other side's messages up to a number are read; how many that were."""
    done = await connection.execute(
        "update help_message set read_at = to_timestamp($4), read_by = $3"
        " where agent_id = $1 and id <= $2 and read_at is null and from_agent <> $5",
        agent_id,
        up_to,
        reader,
        at,
        by_agent,
    )
    return int(str(done).rpartition(" ")[2])


async def unread(db: "Database | Connection", agent_id: int | None = None) -> dict[int, Unread]:
    """By agent, of threads in which something is unread. Raises Unavailable."""
    rows = await db.fetch(
        "select agent_id, count(*) filter (where not from_agent) as by_agent,"
        " count(*) filter (where from_agent) as by_supervisors from help_message"
        " where read_at is null and ($1::bigint is null or agent_id = $1) group by agent_id",
        agent_id,
    )
    return {row["agent_id"]: Unread(row["by_agent"], row["by_supervisors"]) for row in rows}


async def forget(connection: "Connection", before: float, most: int) -> tuple[int, set[int]]:
    """Delete at most so many messages from before a moment: how many, and the threads with unread ones among them."""
    rows = await connection.fetch(
        "delete from help_message where id in"
        " (select id from help_message where sent_at < to_timestamp($1) order by id limit $2)"
        " returning agent_id, read_at is null as unread",
        before,
        most,
    )
    return len(rows), {row["agent_id"] for row in rows if row["unread"]}
