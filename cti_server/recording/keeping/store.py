"""The only SQL of keeping and deleting."""

from typing import TYPE_CHECKING

from cti_server.recording.keeping.model import Kept

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS = """id, pbx || ':' || linkedid as call_id, object, sha256, size, seconds, state, hold, direction,
    extract(epoch from now() - started_at)::float8 as age"""


async def due(db: "Database", limit: int) -> list[Kept]:
    """Recordings whose time is over and that are not held, the oldest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from recording where state = 'ready' and hold = '' and delete_after < now()"
        " order by delete_after limit $1",
        limit,
    )
    return [Kept(**dict(row)) for row in rows]


async def locked(connection: "Connection", recording_id: int) -> Kept | None:
    """A recording that nobody else changes until the transaction ends."""
    row = await connection.fetchrow(f"select {_COLUMNS} from recording where id = $1 for update", recording_id)
    return None if row is None else Kept(**dict(row))


async def delete(connection: "Connection", recording_id: int) -> None:
    """Keep only that it was there: no sound, no drawing, no figures, no notes."""
    await connection.execute(
        "update recording set state = 'deleted', deleted_at = now(), object = null, peaks = null, talk_customer = null,"
        " talk_agent = null, silence = null, longest_silence = null, talk_over = null, agent_share = null,"
        " loud_customer = null, loud_agent = null, rate_customer = null, rate_agent = null, tags = '{}'"
        " where id = $1",
        recording_id,
    )
    await connection.execute("delete from recording_note where recording_id = $1", recording_id)
    await connection.execute("delete from recording_transcript where recording_id = $1", recording_id)


async def reckon(
    connection: "Connection",
    days_of_queue: list[tuple[str, int]],
    days_of_direction: list[tuple[str, int]],
    days: int,
    least_outbound: int,
) -> None:
    """Set anew until when each recording is kept, by rules that have changed."""
    queues, directions = dict(days_of_queue), dict(days_of_direction)
    await connection.execute(
        "update recording r set delete_after = r.started_at + make_interval(days => greatest(coalesce("
        "   (select q.days from unnest($1::text[], $2::int[]) q(name, days) where q.name = r.queue),"
        "   (select d.days from unnest($3::text[], $4::int[]) d(name, days) where d.name = r.direction), $5),"
        " case when r.direction = 'outbound' then $6 else 0 end)) where r.state = 'ready'",
        list(queues),
        list(queues.values()),
        list(directions),
        list(directions.values()),
        days,
        least_outbound,
    )
