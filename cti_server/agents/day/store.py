"""The only SQL of an agent's day."""

from typing import TYPE_CHECKING

from cti_server.agents.day.model import Stretch, Talks

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


async def talks(db: "Database", user_id: int, start: float, end: float) -> Talks:
    """Talks that began between two moments and are over; a consultation that was joined is the hold of another call.

    Raises Unavailable.
    """
    row = await db.fetchrow(
        "select count(distinct call_id) as handled,"
        " coalesce(sum(greatest(seconds - greatest(held_seconds, 0), 0)), 0)::float8 as talk,"
        " coalesce(sum(greatest(held_seconds, 0)), 0)::float8 as hold"
        " from report_calls_agent_segment where user_id = $1 and kind in ('talk', 'conference') and not merged"
        " and ended_at is not null and started_at >= to_timestamp($2) and started_at < to_timestamp($3)",
        user_id,
        start,
        end,
    )
    return Talks(row["handled"], row["talk"], row["hold"])


async def stretches(db: "Database", user_id: int, start: float, now: float) -> list[Stretch]:
    """States from the start of the day until now. One whose end was never seen ended when the next one began.

    Raises Unavailable.
    """
    rows = await db.fetch(
        "select state, reason, extract(epoch from greatest(started_at, to_timestamp($2)))::float8 as started_at,"
        " extract(epoch from least(ended, to_timestamp($3)))::float8 as ended_at from ("
        "  select user_id, state, reason, started_at, coalesce(ended_at,"
        "   lead(started_at) over (partition by pbx, device order by started_at), to_timestamp($3)) as ended"
        "  from agent_interval where (pbx, device) in (select pbx, device from agent_interval where user_id = $1"
        "    and (ended_at is null or ended_at > to_timestamp($2)))"
        "  and (ended_at is null or ended_at > to_timestamp($2))"
        " ) as cut where user_id = $1 and ended > to_timestamp($2) and started_at < to_timestamp($3)"
        " order by started_at",
        user_id,
        start,
        now,
    )
    return [Stretch(**dict(row)) for row in rows]
