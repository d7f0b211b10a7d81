"""What routing is told of a customer: tier, value among all, owner, last agent."""

from typing import Any

import pytest

from cti_server.business.customers.api import ContactBody
from cti_server.business.customers.standing import CustomerStandings
from cti_server.core.clock import SystemClock
from tests.business.customers.conftest import Room
from tests.business.customers.desk import LI

pytestmark = pytest.mark.database


async def made(room: Room, phone: str, **more: Any) -> int:
    values = {"name": "N", "contacts": [ContactBody("phone", phone, True)], **more}
    customer = await room.customers.add(values, by=1)
    return int(customer.id)


async def test_a_customer_as_routing_sees_him(room: Room) -> None:
    logins = {"li": LI}
    book = CustomerStandings(room.customers, SystemClock(), user_of_login=logins.get)
    for n in range(20):
        fields = {"value": n + 1} if n else {"value": "one"}
        await made(room, f"139{n:08}", fields=fields)
    best = await made(room, "13800001111", tier="gold", fields={"value": "99.5", "owner": "li"})
    for at, user in (("2026-01-01", 1), ("2026-01-02", LI), ("2025-12-01", 1)):
        await room.db.execute(
            "insert into interaction (customer_id, call_id, user_id, at) values ($1, $2, $3, $4::text::timestamptz)",
            best, f"main:{at}", user, at,
        )  # fmt: skip
    facts = await book.facts("138 0000 1111")
    assert facts is not None
    assert (facts.customer_id, facts.tier, facts.value_tier) == (best, "gold", "top1")
    assert (facts.owner, facts.last_agent, facts.fields["owner"]) == (LI, LI, "li")
    tiers = [(await book.facts(f"139{n:08}")) for n in (19, 17, 16, 1, 0)]
    assert [one.value_tier for one in tiers if one] == ["next15", "next15", "rest", "rest", ""]
    assert await book.facts("13700000000") is None
    await made(room, "13800001111")
    assert await book.facts("13800001111") is None, "two share it: nobody knows who calls"
    assert await book.facts("") is None
