"""The only SQL of notices."""

import json
from typing import TYPE_CHECKING, Any

from cti_server.agents.help.model import Notice
from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_NOTICE = """n.id, n.sender_id, n.team, n.text, n.scope_teams, n.scope_queues,
    extract(epoch from n.sent_at)::float8 as sent_at,
    extract(epoch from n.expires_at)::float8 as expires_at, extract(epoch from n.withdrawn_at)::float8 as withdrawn_at,
    coalesce((select jsonb_object_agg(r.user_id, extract(epoch from r.read_at)::float8)
              from help_notice_read r where r.notice_id = n.id), '{}')::text as readers"""


async def add_notice(
    connection: "Connection", sender: Session, team: str, text: str, at: float, expires_at: float
) -> Notice:
    """Keep a notice."""
    number = await connection.fetchval(
        "insert into help_notice (sender_id, team, text, sent_at, expires_at, scope_teams, scope_queues)"
        " values ($1, $2, $3, to_timestamp($4), to_timestamp($5), $6, $7) returning id",
        sender.user_id,
        team,
        text,
        at,
        expires_at,
        sorted(sender.scope.teams),
        sorted(sender.scope.queues),
    )
    return Notice(int(number), sender.user_id, team, text, at, expires_at, None, {}, sender.scope)


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
    scope = Scope(frozenset(plain.pop("scope_teams")), frozenset(plain.pop("scope_queues")))
    return Notice(**{**plain, "readers": readers, "scope": scope})


async def forget(db: "Database", before: float, most: int) -> int:
    """Delete at most so many notices that were over before a moment; how many. Raises Unavailable."""
    done = await db.execute(
        "delete from help_notice where id in"
        " (select id from help_notice where expires_at < to_timestamp($1) order by id limit $2)",
        before,
        most,
    )
    return int(str(done).rpartition(" ")[2])
