"""The list on a real PostgreSQL: once each, in any order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_server.core.storage.database import Database
from cti_server.queues.lost import store
from tests.queues.lost.made import AT

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


def nobody(user_id: int) -> str:
    return f"U{user_id}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(postgres: Any, migrated_template: str) -> AsyncIterator[str]:
    name = "test_lost_store"
    yield await postgres.create_database(name, migrated_template)
    await postgres.drop_database(name)


@pytest_asyncio.fixture(loop_scope="module")
async def db(url: str) -> AsyncIterator[Database]:
    db = Database(url, pool_size=4, timeout=5.0)
    await db.open()
    await db.execute("truncate lost_caller, lost_contact, lost_reached restart identity cascade")
    yield db
    await db.close()


def row(kind: str, n: int, at: float, key: str = "86138", **more: Any) -> dict[str, Any]:
    base = {"kind": kind, "pbx": "main", "linkedid": f"1.{n}", "number_key": key, "number": key, "name": "",
            "queue": "support", "at": AT + at, "waited": 30.0}  # fmt: skip
    return {**base, **more}


async def write(db: Database, *rows: dict[str, Any]) -> None:
    async with db.transaction() as connection:
        await store.write_contacts(connection, list(rows))


async def work(db: Database) -> list[Any]:
    return await store.work(db, nobody, 100)


async def test_calls_of_one_number_are_one_item(db: Database) -> None:
    await write(db, row("lost", 1, 10), row("lost", 2, 20, queue="sales", waited=50.0, name="王"), row("lost", 3, 15))
    (item,) = await work(db)
    assert (item.calls, item.first_at, item.last_at) == (3, AT + 10, AT + 20)
    assert (item.queues, item.longest_wait, item.name, item.callable) == (("support", "sales"), 50.0, "王", True)


async def test_told_twice_counts_once(db: Database) -> None:
    await write(db, row("lost", 1, 10), row("lost", 1, 10))
    await write(db, row("lost", 1, 10))
    (item,) = await work(db)
    assert item.calls == 1


async def test_withheld_numbers_are_items_of_their_own_that_nobody_can_call(db: Database) -> None:
    await write(db, row("lost", 1, 10, key=""), row("lost", 2, 11, key=""), row("reached", 3, 12, key=""))
    items = await work(db)
    assert [(item.calls, item.callable) for item in items] == [(1, False), (1, False)]


@pytest.mark.parametrize(("kind", "ends"), [("reached", "reached"), ("calledBack", "calledBack")])
async def test_a_later_talk_closes_the_item_and_a_later_loss_opens_a_new_one(
    db: Database, kind: str, ends: str
) -> None:
    await write(db, row("lost", 1, 10), row("lost", 2, 11, key="other"), row(kind, 3, 12))
    assert [item.number for item in await work(db)] == ["other"]
    (closed,) = await store.page(db, [ends], None, None, 10, nobody)
    assert (closed.number, closed.ended_at) == ("86138", AT + 12)
    await write(db, row("lost", 4, 13))
    assert sorted(item.calls for item in await work(db)) == [1, 1]


TOLD = st.lists(
    st.tuples(
        st.sampled_from(["lost", "lost", "reached", "calledBack"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 12),
    ),
    max_size=12,
)


@given(told=TOLD, data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_in_any_order_a_number_has_one_open_item_exactly_when_it_was_lost_later_than_spoken_with(
    db: Database, told: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    for table in ("lost_contact", "lost_caller", "lost_reached"):
        await db.execute("delete from " + table)
    rows = [row(kind, n, at, key) for n, (kind, key, at) in enumerate(told)]
    order = data.draw(st.permutations([*rows, *rows[:3]]))
    cut = data.draw(st.integers(0, len(order)))
    await write(db, *order[:cut])
    await write(db, *order[cut:])
    wanted = set()
    for key in ("a", "b"):
        spoken = max((at for kind, of, at in told if of == key and kind != "lost"), default=-1)
        if any(kind == "lost" and of == key and at > spoken for kind, of, at in told):
            wanted.add(key)
    found = [item.number for item in await work(db)]
    assert len(found) == len(set(found))
    assert set(found) == wanted


async def test_changes_are_followed_by_revisions_that_are_committed_in_order(db: Database) -> None:
    await write(db, *(row("lost", n, n, key=str(n)) for n in range(1, 6)))
    before = await store.newest(db)

    async def touch(lost_id: int) -> None:
        async with db.transaction() as connection:
            item = await store.locked(connection, lost_id, nobody)
            assert item is not None
            await store.claim(connection, lost_id, 7, nobody)

    await asyncio.gather(*(touch(n) for n in range(1, 6)), write(db, row("lost", 9, 9, key="9")))
    changed = await store.changed_since(db, before, nobody)
    assert sorted(item.revision for item in changed) == list(range(before + 1, before + 7))
    assert [item.claimed_by_name for item in changed if item.claimed_by] == ["U7"] * 5
