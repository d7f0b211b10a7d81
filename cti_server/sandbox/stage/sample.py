"""Puts the sample customers into a fresh database; the only SQL of the stage."""

from __future__ import annotations

from random import Random
from typing import Any

import asyncpg

from cti_server.business.customers.numbers import Numbering, normalise
from cti_server.sandbox.stage.people import Customer, past_of

SEED = 20261123
LIMIT = 30.0


async def load_customers(
    url: str, customers: tuple[Customer, ...], agents: dict[int, str], now: float, numbering: Numbering
) -> bool:
    """Write the customers with contacts, notes and past interactions, unless there are some already; whether it did.

    `agents` are user numbers and names of those who are said to have talked with them. All or nothing.
    """
    random = Random(SEED)  # noqa: S311 (sample data, no secret)
    connection = await asyncpg.connect(url, timeout=LIMIT, command_timeout=LIMIT)
    try:
        async with connection.transaction():
            if await connection.fetchval("select exists (select from customer)"):
                return False
            for place, customer in enumerate(customers):
                await _add(connection, place, customer, agents, now, random, numbering)
    finally:
        await connection.close(timeout=5.0)
    return True


async def _add(
    connection: Any,
    place: int,
    customer: Customer,
    agents: dict[int, str],
    now: float,
    random: Random,
    numbering: Numbering,
) -> None:
    number = await connection.fetchval(
        "insert into customer (name, company, tier, language) values ($1, $2, $3, $4) returning id",
        customer.name, customer.company, customer.tier, customer.language,
    )  # fmt: skip
    await connection.executemany(
        "insert into contact (customer_id, kind, value, display, is_primary) values ($1, $2, $3, $4, $5)",
        [(number, *contact) for contact in _contacts(customer, numbering)],
    )
    users = list(agents)
    if customer.note:
        author = random.choice(users)
        await connection.execute(
            "insert into note (customer_id, at, user_id, author, text) values ($1, to_timestamp($2), $3, $4, $5)",
            number, now - random.uniform(1, 20) * 86400, author, agents[author], customer.note,
        )  # fmt: skip
    rows = []
    for n, past in enumerate(past_of(customer, random, now, len(users))):
        user = users[past.agent]
        what = (past.at, past.direction, past.summary, past.outcome)
        rows.append((number, f"sample:{place}.{n}", user, agents[user], *what))
    await connection.executemany(
        "insert into interaction (customer_id, call_id, user_id, agent_name, at, direction, summary, outcome_code)"
        " values ($1, $2, $3, $4, to_timestamp($5), $6, $7, $8)",
        rows,
    )


def _contacts(customer: Customer, numbering: Numbering) -> list[tuple[str, str, str, bool]]:
    numbers = [normalise(phone, numbering) for phone in customer.phones]
    contacts = [("phone", number.value, number.display, at == 0) for at, number in enumerate(numbers)]
    if customer.email:
        contacts.append(("email", customer.email.lower(), customer.email, False))
    if customer.wechat:
        contacts.append(("wechat", customer.wechat, customer.wechat, False))
    return contacts
