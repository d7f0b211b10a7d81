"""The SQL that all rooms share which forget a person by statements."""

from typing import TYPE_CHECKING, Final

from cti_server.core.erasing.model import MARK, Part, Person

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

GIVEN: Final = """
with person as (
    select $1::bigint[] as customers, $2::text[] as keys, $5::text as words, $6::text as own_words, $7::text as mark
), told as (
    select pbx, linkedid, pbx || ':' || linkedid as id from unnest($3::text[], $4::text[]) as t(pbx, linkedid)
)
"""
"""Who he is (`person`, one row) and which calls were his (`told`), for the statements behind it."""


async def count(db: "Database", part: Part, person: Person, limit: float) -> int:
    """How many there are. Raises Unavailable."""
    return int(await db.fetchval(GIVEN + part.count, *_given(person), timeout=limit))


async def forget(connection: "Connection", part: Part, person: Person, limit: float) -> int:
    """Remove or blank them; how many."""
    text = f"{GIVEN}, gone as (" + part.forget + ") select count(*) from gone"
    return int(await connection.fetchval(text, *_given(person), timeout=limit))


def _given(person: Person) -> tuple[object, ...]:
    return (
        list(person.customers),
        list(person.keys),
        [pbx for pbx, _ in person.calls],
        [linkedid for _, linkedid in person.calls],
        person.words,
        person.own_words,
        MARK,
    )
