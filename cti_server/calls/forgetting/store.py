"""The SQL by which the history of calls forgets a person, and by which his calls are found."""

from typing import TYPE_CHECKING, Final

from cti_server.core.erasing.model import Part

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

_HIS = "call c join told t on t.pbx = c.pbx and t.linkedid = c.linkedid"
_CALL = "person p, told t where t.pbx = c.pbx and t.linkedid = c.linkedid"
_PART = "person p, call c, told t where t.pbx = c.pbx and t.linkedid = c.linkedid and s.call_id = c.id"

PARTS: Final = (
    Part(
        "calls",
        f"select count(*) from {_HIS} where c.number <> '' or c.customer_id is not null",
        "update call c set number = '', number_key = '', name = '', customer_id = null, customer_name = null,"
        " data = '{}', dialled = regexp_replace(c.dialled, p.words, p.mark, 'gi')"
        f" from {_CALL} and (c.number <> '' or c.number_key <> '' or c.name <> '' or c.customer_id is not null"
        " or c.data <> '{}' or c.dialled ~* p.words) returning 1",
    ),
    Part(
        "legs",
        "",
        "update call_leg s set number = case when s.role = 'customer' then '' else regexp_replace(s.number, p.words,"
        " p.mark, 'gi') end, name = case when s.role = 'customer' then '' else regexp_replace(s.name, p.words, p.mark,"
        " 'gi') end, channel = regexp_replace(s.channel, p.words, p.mark, 'gi'),"
        f" device = regexp_replace(s.device, p.words, p.mark, 'gi') from {_PART} returning 1",
    ),
    Part(
        "segments",
        "",
        "update call_segment s set device = regexp_replace(s.device, p.words, p.mark, 'gi')"
        f" from {_PART} and s.device ~* p.words returning 1",
    ),
    # Legs of other people's calls that went to his number: a conference, a transfer outside.
    Part(
        "otherLegs",
        "",
        "update call_leg s set number = regexp_replace(s.number, p.own_words, p.mark, 'gi'),"
        " name = regexp_replace(s.name, p.own_words, p.mark, 'gi'),"
        " channel = regexp_replace(s.channel, p.own_words, p.mark, 'gi'),"
        " device = regexp_replace(s.device, p.own_words, p.mark, 'gi')"
        " from person p where s.number ~* p.own_words or s.name ~* p.own_words or s.channel ~* p.own_words"
        " or s.device ~* p.own_words returning 1",
    ),
)


async def calls_of(
    db: "Database", customers: list[int], keys: list[str], limit: float
) -> list[tuple[str, str, str, str]]:
    """(PBX, Linkedid, number, name) of the calls of these customers and numbers. Raises Unavailable."""
    rows = await db.fetch(
        "select pbx, linkedid, number, name from call where customer_id = any($1::bigint[])"
        " union select pbx, linkedid, number, name from call where number_key = any($2::text[])",
        customers,
        keys,
        timeout=limit,
    )
    return [(row["pbx"], row["linkedid"], row["number"], row["name"]) for row in rows]
