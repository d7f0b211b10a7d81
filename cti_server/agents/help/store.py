"""The only SQL of the room of help."""

import json
from typing import TYPE_CHECKING, Any

import asyncpg

from cti_server.agents.help.model import Hand, Message, Notice, Unread
from cti_server.core.errors import NotFound

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_HAND = """id, user_id, extract(epoch from raised_at)::float8 as raised_at, call_id, number, caller, queue, coming_by,
    extract(epoch from coming_at)::float8 as coming_at, extract(epoch from lowered_at)::float8 as lowered_at,
    lowered_by, lowered_how"""
_UPSERT_HANDS = """
insert into help_hand as kept (id, user_id, call_id, number, caller, queue, raised_at, coming_by, coming_at, lowered_at,
    lowered_by, lowered_how)
select id, user_id, call_id, number, caller, queue, to_timestamp(raised_at), coming_by, to_timestamp(coming_at),
    to_timestamp(lowered_at), lowered_by, lowered_how
from jsonb_to_recordset($1::jsonb) as r(id text, user_id bigint, call_id text, number text, caller text, queue text,
    raised_at float8, coming_by bigint, coming_at float8, lowered_at float8, lowered_by bigint, lowered_how text)
on conflict (id) do update set coming_by = excluded.coming_by, coming_at = excluded.coming_at,
    lowered_at = excluded.lowered_at, lowered_by = excluded.lowered_by, lowered_how = excluded.lowered_how
where kept.lowered_at is null
"""
_MESSAGE = """id, agent_id, sender_id, from_agent, text, extract(epoch from sent_at)::float8 as sent_at,
    extract(epoch from read_at)::float8 as read_at, read_by"""
_NOTICE = """n.id, n.sender_id, n.team, n.text, extract(epoch from n.sent_at)::float8 as sent_at,
    extract(epoch from n.expires_at)::float8 as expires_at, extract(epoch from n.withdrawn_at)::float8 as withdrawn_at,
    coalesce((select jsonb_object_agg(r.user_id, extract(epoch from r.read_at)::float8)
              from help_notice_read r where r.notice_id = n.id), '{}')::text as readers"""


async def write_hands(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal: the last row of each hand stands; a hand that is down stays down."""
    last: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in last or last[row["id"]]["lowered_at"] is None:
            last[row["id"]] = row
    await connection.execute(_UPSERT_HANDS, json.dumps(list(last.values())))


async def hands_up(db: "Database", since: float) -> list[Hand]:
    """Hands that are up and were raised after a moment. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_HAND} from help_hand where lowered_at is null and raised_at > to_timestamp($1) order by raised_at",
        since,
    )
    return [Hand(**dict(row)) for row in rows]


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


async def add_notice(
    connection: "Connection", sender_id: int, team: str, text: str, at: float, expires_at: float
) -> Notice:
    """Keep a notice."""
    number = await connection.fetchval(
        "insert into help_notice (sender_id, team, text, sent_at, expires_at)"
        " values ($1, $2, $3, to_timestamp($4), to_timestamp($5)) returning id",
        sender_id,
        team,
        text,
        at,
        expires_at,
    )
    return Notice(int(number), sender_id, team, text, at, expires_at, None, {})


async def withdraw_notice(connection: "Connection", notice_id: int, at: float) -> bool:
    """Take a notice back; whether it was still there to be taken back."""
    done = await connection.execute(
        "update help_notice set withdrawn_at = to_timestamp($2) where id = $1 and withdrawn_at is null", notice_id, at
    )
    return bool(done == "UPDATE 1")


async def read_notice(connection: "Connection", notice_id: int, user_id: int, at: float) -> None:
    """Somebody has read it; the first time counts."""
    await connection.execute(
        "insert into help_notice_read (notice_id, user_id, read_at) values ($1, $2, to_timestamp($3))"
        " on conflict do nothing",
        notice_id,
        user_id,
        at,
    )


async def notices_that_hold(db: "Database", now: float) -> list[Notice]:
    """Notices that are to be shown. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_NOTICE} from help_notice n where n.withdrawn_at is null and n.expires_at > to_timestamp($1)"
        " order by n.id",
        now,
    )
    return [_notice(row) for row in rows]


async def notices(db: "Database", before: int | None, limit: int) -> list[Notice]:
    """All notices with a number below `before`, newest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_NOTICE} from help_notice n where $1::bigint is null or n.id < $1 order by n.id desc limit $2",
        before,
        limit,
    )
    return [_notice(row) for row in rows]


def _notice(row: Any) -> Notice:
    plain = dict(row)
    readers = {int(user_id): float(at) for user_id, at in json.loads(plain["readers"]).items()}
    return Notice(**{**plain, "readers": readers})
