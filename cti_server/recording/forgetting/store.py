"""The SQL by which recordings forget a person."""

from typing import TYPE_CHECKING, Final

from cti_server.core.erasing.model import MARK, Person
from cti_server.recording.forgetting.model import His

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_HIS: Final = """
select r.id, r.pbx, r.name, r.state, r.hold, r.direction, extract(epoch from r.started_at)::float8 as started_at
from recording r where r.id in (
    select id from recording where customer_id = any($1::bigint[])
    union select id from recording where number_key = any($2::text[])
    union select o.id from recording o join unnest($3::text[], $4::text[]) t(pbx, linkedid)
        on t.pbx = o.pbx and t.linkedid = o.linkedid
    union select o.id from recording o join recording_call c on c.id = o.call_id
        join unnest($3::text[], $4::text[]) t(pbx, linkedid) on t.pbx = c.pbx and t.linkedid = c.linkedid)
order by r.id
"""


async def his(db: "Database", person: Person, limit: float) -> list[His]:
    """The recordings of his calls, those that are gone too. Raises Unavailable."""
    rows = await db.fetch(
        _HIS,
        list(person.customers),
        list(person.keys),
        [pbx for pbx, _ in person.calls],
        [linkedid for _, linkedid in person.calls],
        timeout=limit,
    )
    return [His(**dict(row)) for row in rows]


async def notes_of(db: "Database", ids: list[int]) -> int:
    """How many notes were written on these. Raises Unavailable."""
    return int(await db.fetchval("select count(*) from recording_note where recording_id = any($1::bigint[])", ids))


async def blank(connection: "Connection", recording_id: int, person: Person) -> None:
    """Nothing of the row says any more whose it was."""
    await connection.execute(
        "update recording set number = '', number_key = '', customer_id = null, customer_name = null, tags = '{}',"
        " dialled = regexp_replace(dialled, $2, $3, 'gi') where id = $1",
        recording_id,
        person.words,
        MARK,
    )
    await connection.execute("delete from recording_note where recording_id = $1", recording_id)
