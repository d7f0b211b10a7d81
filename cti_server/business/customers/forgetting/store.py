"""The SQL by which customers are forgotten, and by which it is found out who somebody is."""

from typing import TYPE_CHECKING, Final

from cti_server.core.erasing.model import Part

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

_MINE = "person p where x.customer_id = any(p.customers)"
_OTHERS = "person p where not x.customer_id = any(p.customers)"

PARTS: Final = (
    Part(
        "contacts",
        f"select count(*) from contact x, {_MINE}",
        f"delete from contact x using {_MINE} returning 1",
    ),
    Part("customerNotes", f"select count(*) from note x, {_MINE}", f"delete from note x using {_MINE} returning 1"),
    Part(
        "interactions",
        f"select count(*) from interaction x, {_MINE}",
        f"delete from interaction x using {_MINE} returning 1",
    ),
    Part(
        "accesses",
        f"select count(*) from customer_access x, {_MINE}",
        f"delete from customer_access x using {_MINE} returning 1",
    ),
    Part(
        "customers",
        "select count(*) from customer x, person p where x.id = any(p.customers)",
        "delete from customer x using person p where x.id = any(p.customers) returning 1",
    ),
    Part(
        "othersNotes",
        "",
        "update note x set text = regexp_replace(x.text, p.own_words, p.mark, 'gi')"
        f" from {_OTHERS} and x.text ~* p.own_words returning 1",
    ),
    Part(
        "othersInteractions",
        "",
        "update interaction x set summary = regexp_replace(x.summary, p.own_words, p.mark, 'gi')"
        f" from {_OTHERS} and x.summary ~* p.own_words returning 1",
    ),
    Part(
        "othersFields",
        "",
        "update customer x set fields = regexp_replace(x.fields::text, p.own_words, p.mark, 'gi')::jsonb,"
        " version = x.version + 1 from person p where not x.id = any(p.customers)"
        " and x.fields::text ~* p.own_words returning 1",
    ),
)


async def of_value(db: "Database", value: str) -> list[int]:
    """The customers with this number. Raises Unavailable."""
    rows = await db.fetch("select distinct customer_id from contact where value = $1 and kind = 'phone'", value)
    return sorted(row["customer_id"] for row in rows)


async def record(db: "Database", customer_id: int) -> tuple[str, str] | None:
    """Name and status of a customer; None when there is none. Raises Unavailable."""
    row = await db.fetchrow("select name, status from customer where id = $1", customer_id)
    return None if row is None else (row["name"], row["status"])


async def contacts(db: "Database", customer_id: int) -> list[tuple[str, str, str, bool]]:
    """(kind, value, as shown, whether another customer has it too) of a customer's contacts. Raises Unavailable."""
    rows = await db.fetch(
        "select k.kind, k.value, k.display, exists (select 1 from contact o where o.value = k.value"
        " and o.kind = k.kind and o.customer_id <> k.customer_id) as shared from contact k where k.customer_id = $1"
        " order by k.is_primary desc, k.id",
        customer_id,
    )
    return [(row["kind"], row["value"], row["display"], row["shared"]) for row in rows]


async def name_is_shared(db: "Database", name: str, customer_id: int) -> bool:
    """Whether another customer is called the same. Raises Unavailable."""
    return bool(
        await db.fetchval(
            "select exists (select 1 from customer where lower(name) = lower($1) and id <> $2)", name, customer_id
        )
    )
