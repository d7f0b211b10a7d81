"""The only SQL of customers."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from cti_server.business.customers.model import Contact, CustomerJson, NoteJson, OutcomeJson, StandingRow
from cti_server.core.storage.database import Connection, Database

INTERACTIONS: Final = 10
NOTES: Final = 20
MOST_FOUND: Final = 20

# One customer as one JSON text, made by PostgreSQL: a single round trip and a single decode for the pop.
_RECORD: Final = """
json_build_object(
  'id', c.id, 'name', c.name, 'company', c.company, 'tier', c.tier, 'language', c.language, 'status', c.status,
  'fields', c.fields, 'version', c.version,
  'contacts', coalesce((select json_agg(json_build_object('id', k.id, 'kind', k.kind, 'value', k.value,
      'display', k.display, 'primary', k.is_primary) order by k.is_primary desc, k.id)
      from contact k where k.customer_id = c.id), '[]'::json),
  'interactions', coalesce((select json_agg(json_build_object('id', i.id, 'kind', i.kind,
      'at', extract(epoch from i.at)::float8, 'agent_name', i.agent_name, 'direction', i.direction,
      'summary', i.summary, 'outcome', i.outcome_code, 'call_id', i.call_id) order by i.at desc, i.id desc)
      from (select * from interaction where customer_id = c.id order by at desc limit 10) i), '[]'::json),
  'notes', coalesce((select json_agg(json_build_object('id', n.id, 'at', extract(epoch from n.at)::float8,
      'author', n.author, 'text', n.text, 'open', n.open) order by n.open desc, n.at desc, n.id desc)
      from (select * from note where customer_id = c.id order by open desc, at desc limit 20) n), '[]'::json)
)::text
"""
_LOOK_UP: Final = (
    f"select {_RECORD} from customer c where c.id in"
    " (select customer_id from contact where value = $1 and kind = 'phone' limit 20) order by c.updated_at desc, c.id"
)
_BY_ID: Final = f"select {_RECORD} from customer c where c.id = $1"
_NOTE: Final = "id, extract(epoch from at)::float8 as at, author, text, open"

STATEMENTS: Final = {"look_up": _LOOK_UP}
"""What the pop's own connection prepares."""

_decoder = msgspec.json.Decoder(CustomerJson)
_BY_ACCOUNT = "select id from customer where fields->>'account' = $1 or fields->>'card' = $1 limit 2"


def decoded(rows: Sequence[Any]) -> tuple[CustomerJson, ...]:
    """The customers in the rows of a look-up."""
    return tuple(_decoder.decode(row[0]) for row in rows)


async def by_id(connection: Connection | Database, customer_id: int) -> CustomerJson | None:
    """A whole record."""
    row = await connection.fetchrow(_BY_ID, customer_id)
    return None if row is None else _decoder.decode(row[0])


async def by_account(connection: Connection | Database, account: str) -> CustomerJson | None:
    """The customer whose field `account` or `card` is this; None when nobody's, or not one alone."""
    found = await connection.fetch(_BY_ACCOUNT, account)
    return await by_id(connection, found[0]["id"]) if len(found) == 1 else None


async def by_phone(connection: Connection, value: str) -> tuple[CustomerJson, ...]:
    """The customers with this number."""
    return decoded(await connection.fetch(_LOOK_UP, value))


async def lock_value(connection: Connection, value: str) -> None:
    """Until the transaction ends nobody else makes a customer of this number."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('customer:' || $1, 0))", value)


async def version_locked(connection: Connection, customer_id: int) -> int | None:
    """The version of a customer whose row is held until the transaction ends."""
    found = await connection.fetchval("select version from customer where id = $1 for update", customer_id)
    return None if found is None else int(found)


async def add(
    connection: Connection,
    *,
    name: str,
    company: str = "",
    tier: str = "",
    language: str = "",
    status: str = "known",
    fields: dict[str, Any] | None = None,
    by: int | None = None,
) -> int:
    """A new customer; its number."""
    return int(
        await connection.fetchval(
            "insert into customer (name, company, tier, language, status, fields, updated_by)"
            " values ($1, $2, $3, $4, $5, $6, $7) returning id",
            name,
            company,
            tier,
            language,
            status,
            msgspec.json.encode(fields or {}).decode(),
            by,
        )
    )


async def change(connection: Connection, customer_id: int, values: dict[str, Any], by: int) -> None:
    """Set what is given (name, company, tier, language, fields), count the version up, and call it known."""
    fields = msgspec.json.encode(values["fields"]).decode() if values.get("fields") is not None else None
    await connection.execute(
        "update customer set name = coalesce($2, name), company = coalesce($3, company), tier = coalesce($4, tier),"
        " language = coalesce($5, language), fields = coalesce($6::jsonb, fields), status = 'known',"
        " version = version + 1, updated_at = now(), updated_by = $7 where id = $1",
        customer_id,
        values.get("name"),
        values.get("company"),
        values.get("tier"),
        values.get("language"),
        fields,
        by,
    )


async def set_contacts(connection: Connection, customer_id: int, contacts: Sequence[Contact]) -> None:
    """Make these the customer's contacts; those that stay keep their number."""
    keep = [(contact.kind, contact.value) for contact in contacts]
    await connection.execute(
        "delete from contact where customer_id = $1"
        " and (kind, value) not in (select * from unnest($2::text[], $3::text[]))",
        customer_id,
        [kind for kind, _ in keep],
        [value for _, value in keep],
    )
    await connection.executemany(
        "insert into contact (customer_id, kind, value, display, is_primary) values ($1, $2, $3, $4, $5)"
        " on conflict (customer_id, kind, value) do update"
        " set display = excluded.display, is_primary = excluded.is_primary",
        [(customer_id, one.kind, one.value, one.display, one.primary) for one in contacts],
    )


async def search(db: Database, text: str, value: str, tail: str, after: int, limit: int) -> list[CustomerJson]:
    """Customers by a part of name or company (`text`), by whole number (`value`) or by its last digits (`tail`).

    Empty arguments do not count. By id from above `after`. A part shorter than three characters must be a beginning,
    for which there is an index.
    """
    pattern = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await db.fetch(
        _SEARCH,
        "%" + pattern + "%" if len(text) >= 3 else None,
        pattern + "%" if 0 < len(text) < 3 else None,
        value or None,
        tail[::-1] + "%" if tail else None,
        after,
        limit,
    )
    return list(decoded(rows))


_SEARCH: Final = f"""
select {_RECORD} from customer c where c.id > $5 and c.id in (
  select id from customer where $1::text is not null and search like $1
  union select id from customer where $2::text is not null and lower(name) like $2
  union select id from customer where $2::text is not null and lower(company) like $2
  union select customer_id from contact where $3::text is not null and value = $3
  union select customer_id from contact where $4::text is not null and kind = 'phone' and reverse(value) like $4
) order by c.id limit $6
"""
_ALL: Final = f"select {_RECORD} from customer c where c.id > $1 order by c.id limit $2"


async def page(db: Database, after: int, limit: int) -> list[CustomerJson]:
    """Customers by number from above `after`."""
    return list(decoded(await db.fetch(_ALL, after, limit, timeout=30.0)))


async def all_in_order(db: Database, step: int = 500) -> AsyncIterator[CustomerJson]:
    """Every customer, read in steps."""
    last = 0
    while found := await page(db, last, step):
        for customer in found:
            yield customer
        last = found[-1].id


async def add_note(
    connection: Connection, customer_id: int, user_id: int, author: str, text: str, is_open: bool
) -> None:
    """Add a note to a customer who is there."""
    await connection.execute(
        "insert into note (customer_id, user_id, author, text, open) values ($1, $2, $3, $4, $5)",
        customer_id,
        user_id,
        author,
        text,
        is_open,
    )


async def change_note(
    connection: Connection, note_id: int, text: str | None, is_open: bool | None
) -> tuple[int, NoteJson] | None:
    """Change a note; the customer's number and the note, or None when there is no such note."""
    row = await connection.fetchrow(
        "update note set text = coalesce($2, text), open = coalesce($3, open), changed_at = now()"
        f" where id = $1 returning customer_id, {_NOTE}",
        note_id,
        text,
        is_open,
    )
    if row is None:
        return None
    return row["customer_id"], NoteJson(row["id"], row["at"], row["author"], row["text"], row["open"])


async def outcomes(db: Database) -> list[OutcomeJson]:
    """The codes that are in use."""
    rows = await db.fetch("select code, label_zh, label_en from outcome where active order by place, code")
    return [OutcomeJson(row["code"], row["label_zh"], row["label_en"]) for row in rows]


async def outcome_known(connection: Connection, code: str) -> bool:
    """Whether the code may be used."""
    return bool(await connection.fetchval("select exists (select 1 from outcome where code = $1 and active)", code))


async def customer_of_call(connection: Connection, call_id: str, user_id: int) -> int | None:
    """With which customer this agent talked in this call."""
    found = await connection.fetchval(
        "select customer_id from interaction where call_id = $1 and user_id = $2", call_id, user_id
    )
    return None if found is None else int(found)


async def save_interaction(
    connection: Connection,
    *,
    customer_id: int,
    call_id: str,
    user_id: int,
    agent_name: str,
    at: float,
    direction: str,
    outcome: str | None,
    summary: str,
) -> None:
    """One row per call and agent; saved again it is changed, also to another customer."""
    await connection.execute(
        "insert into interaction (customer_id, call_id, user_id, agent_name, at, direction, outcome_code, summary)"
        " values ($1, $2, $3, $4, to_timestamp($5), $6, $7, $8)"
        " on conflict (call_id, user_id) do update set customer_id = excluded.customer_id,"
        " outcome_code = excluded.outcome_code, summary = excluded.summary",
        customer_id,
        call_id,
        user_id,
        agent_name,
        at,
        direction,
        outcome,
        summary,
    )


async def write_talks(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Sink: that an agent has talked with a customer. What he has saved himself stays; a later choice counts."""
    await connection.executemany(
        "insert into interaction (customer_id, call_id, user_id, agent_name, at, direction)"
        " select id, $2, $3, $4, to_timestamp($5), $6 from customer where id = $1"
        " on conflict (call_id, user_id) do update set customer_id = excluded.customer_id"
        " where interaction.outcome_code is null and interaction.summary = ''",
        [
            (row["customer_id"], row["call_id"], row["user_id"], row["agent_name"], row["at"], row["direction"])
            for row in rows
        ],
    )


async def write_accesses(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Sink: who opened which record."""
    await connection.executemany(
        "insert into customer_access (user_id, customer_id, at, how) values ($1, $2, to_timestamp($3), $4)"
        " on conflict do nothing",
        [(row["user_id"], row["customer_id"], row["at"], row["how"]) for row in rows],
    )


_VALUE: Final = (
    "case when jsonb_typeof(c.fields -> $2) = 'number' or c.fields ->> $2 ~ '^-?[0-9]{1,15}([.][0-9]{1,6})?$'"
    " then (c.fields ->> $2)::float8 end"
)


async def standings(db: Database, value: str, value_field: str) -> list[StandingRow]:
    """The customers of a number (at most two are told), each with the agent who spoke with him last."""
    rows = await db.fetch(
        f"select c.id, c.tier, {_VALUE} as value, c.fields::text as fields,"
        " (select user_id from interaction i where i.customer_id = c.id and i.user_id is not null"
        " order by i.at desc limit 1) as last_agent"
        " from contact k join customer c on c.id = k.customer_id where k.value = $1 and k.kind = 'phone' limit 2",
        value,
        value_field,
    )
    return [
        StandingRow(
            row["id"],
            row["tier"],
            row["value"],
            row["last_agent"],
            {name: str(one) for name, one in msgspec.json.decode(row["fields"]).items() if one is not None},
        )
        for row in rows
    ]


async def value_borders(db: Database, value_field: str, shares: Sequence[float]) -> tuple[float, ...]:
    """The least values of the top shares of all customers who have a value; empty when nobody has."""
    rows = await db.fetchval(
        "select percentile_disc($1::float8[]) within group (order by v desc) from"
        f" (select {_VALUE} as v from customer c where c.fields ? $2) as valued where v is not null",
        list(shares),
        value_field,
    )
    return tuple(rows) if rows is not None and None not in rows else ()
