"""The only SQL of raised hands."""

import json
from typing import TYPE_CHECKING, Any

from cti_server.agents.help.model import Hand

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
