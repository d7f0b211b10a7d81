import pytest

from cti_server.business.customers import store
from tests.business.customers.conftest import Room

pytestmark = pytest.mark.database

FILL = """
insert into customer (name, company) select 'Customer ' || n, 'Company ' || n from generate_series(1, 20000) n
"""
NUMBERS = """
insert into contact (customer_id, kind, value, display)
select id, 'phone', '+861' || lpad((3000000000 + id)::text, 10, '0'), 'x' from customer
"""


async def test_the_look_up_uses_its_index(room: Room) -> None:
    await room.db.execute(FILL)
    await room.db.execute(NUMBERS)
    await room.db.execute("analyze customer, contact")
    value = await room.db.fetchval("select value from contact order by id limit 1 offset 9999")
    plan = await room.db.fetch("explain " + store.STATEMENTS["look_up"].replace("$1", f"'{value}'"))
    text = "\n".join(row[0] for row in plan)
    assert "Index Only Scan using contact_value" in text
    assert "Seq Scan on contact" not in text
    assert len(await room.customers.find(room.customers.number(value))) == 1


async def test_long_histories_are_cut(room: Room) -> None:
    async with room.db.transaction() as connection:
        customer = await store.add(connection, name="Li")
        for n in range(30):
            await store.add_note(connection, customer, 1, "Han", f"note {n}", n < 3)
            await store.save_interaction(
                connection,
                customer_id=customer,
                call_id=f"main:{n}",
                user_id=1,
                agent_name="Han",
                at=1000.0 + n,
                direction="inbound",
                outcome=None,
                summary="",
            )
        found = await store.by_id(connection, customer)
    assert found is not None
    assert [one.at for one in found.interactions] == [1029.0 - n for n in range(store.INTERACTIONS)]
    assert len(found.notes) == store.NOTES
    assert [note.open for note in found.notes[:4]] == [True, True, True, False]


async def test_all_come_in_steps(room: Room) -> None:
    await room.db.execute("insert into customer (name) select 'c' || n from generate_series(1, 25) n")
    assert len([one async for one in store.all_in_order(room.db, step=10)]) == 25
