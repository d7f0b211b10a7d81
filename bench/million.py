"""A database with a million customers and the people of a large call centre, for `end_to_end`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from cti_server.core.storage.migrate import migrate
from cti_server.sandbox.state import repository

CUSTOMERS: Final = 1_000_000
_UNUSED: Final = ("customer_search", "customer_name_prefix", "customer_company_prefix", "contact_value_end")

# Half are 138…, half 139…: whom the marked calls and the load come from. Every fifth has a second number, the first
# twenty thousand of each half have a history.
_FILL: Final = (
    "insert into customer (name, company, tier, language, fields) select '客户 ' || n, '公司 ' || n % 50000,"
    " (array['gold', 'silver', ''])[1 + n % 3], '', jsonb_build_object('合同', 'C' || n)"
    " from generate_series(0, $1::int - 1) n",
    "insert into contact (customer_id, kind, value, display, is_primary) select id, 'phone',"
    " '+86' || (case when (id - 1) % 2 = 0 then 138 else 139 end) || lpad(((id - 1) / 2)::text, 8, '0'),"
    " '1380000', true from customer",
    "insert into contact (customer_id, kind, value, display) select id, 'phone',"
    " '+86137' || lpad(id::text, 8, '0'), '1370000' from customer where id % 5 = 0",
    "insert into interaction (customer_id, call_id, user_id, agent_name, at, summary, outcome_code)"
    " select id, 'old:' || id || '.' || k, 1, 'Alice', now() - k * interval '3 days', '咨询账单，已说明。', 'resolved'"
    " from customer, generate_series(1, 5) k where id <= 40000",
    "insert into note (customer_id, author, text, open) select id, 'Alice', '请下午联系。', id % 2 = 0 from customer"
    " where id <= 40000",
)


@dataclass(frozen=True)
class Person:
    """A user with a device, and the token of his session."""

    user_id: int
    device: str
    token: str


async def fill(dsn: str, customers: int = CUSTOMERS) -> None:
    """Migrate the empty database and put the customers in. Raises what asyncpg raises."""
    await migrate(dsn, repository() / "cti_server/migrations")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set maintenance_work_mem = '512MB'; set synchronous_commit = off")
        # What a million rows make slow and no look-up of a caller uses: checks of what is right by construction, and
        # the indexes for searching by name.
        await connection.execute("set session_replication_role = replica")
        for name in _UNUSED:
            await connection.execute(f"drop index {name}")
        for statement in _FILL:
            await connection.execute(statement, *([customers] if "$1" in statement else []), timeout=300)
        for table in ("customer", "contact", "interaction", "note"):
            await connection.execute(f"vacuum analyze {table}", timeout=300)
    finally:
        await connection.close()


async def add_people(dsn: str, pbx: str, devices: Sequence[str], roles: Sequence[str] = ("agent",)) -> list[Person]:
    """One signed-in user for each device; without a device for an empty name."""
    connection = await asyncpg.connect(dsn)
    people = []
    try:
        for number, device in enumerate(devices):
            login = f"{roles[0]}{number}"
            user_id = await connection.fetchval(
                "insert into app_user (login, name, roles) values ($1, $1, $2) returning id", login, list(roles)
            )
            token = f"{login}-{hashlib.sha256(login.encode()).hexdigest()}"
            await connection.execute(
                "insert into user_session (token_hash, user_id, address, user_agent) values ($1, $2, '127.0.0.1', '')",
                hashlib.sha256(token.encode()).digest(),
                user_id,
            )
            if device:
                await connection.execute(
                    "insert into agent_profile (user_id, pbx, device) values ($1, $2, $3)", user_id, pbx, device
                )
            people.append(Person(user_id, device, token))
    finally:
        await connection.close()
    return people
