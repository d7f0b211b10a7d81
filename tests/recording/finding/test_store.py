"""Whatever way a search takes, it finds what fits and nothing else, in order, page by page."""

import random
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest

from bench.archive import FIRST, fill
from cti_server.core.storage.database import Database
from cti_server.recording.finding import store
from cti_server.recording.model import Wanted, Within

ROWS = 600
pytestmark = pytest.mark.database


def fits(row: Any, wanted: Wanted) -> bool:
    """The rules of a search, over a row of the table."""
    at, users = row["at"], frozenset(row["users"])
    tests = {
        "since": lambda v: at >= v, "until": lambda v: at < v, "call_id": lambda v: f"main:{row['linkedid']}" == v,
        "extension": lambda v: v in row["devices"], "user_id": lambda v: v in users,
        "queue": lambda v: row["queue"] == v,
        "digits": lambda v: v in row["number_key"], "customer_id": lambda v: row["customer_id"] == v,
        "customer": lambda v: v.lower() in (row["customer_name"] or "").lower(),
        "direction": lambda v: row["direction"] == v, "outcome": lambda v: row["outcome"] == v,
        "state": lambda v: row["state"] == v, "tag": lambda v: v in row["tags"],
        "min_seconds": lambda v: row["seconds"] >= v, "max_seconds": lambda v: row["seconds"] <= v,
        "min_held": lambda v: row["held_seconds"] >= v, "min_silence": lambda v: row["longest_silence"] >= v,
        "min_talk_over": lambda v: row["talk_over"] >= v, "within": lambda v: v.holds(row["queue"], users),
        "said": lambda v: v in said(row["id"]).split(),
    }  # fmt: skip
    assert set(tests) == {field.name for field in fields(Wanted)}
    return row["state"] not in ("dropped", "deleted") and all(
        test(value) for name, test in tests.items() if (value := getattr(wanted, name)) is not None
    )


def said(number: int) -> str:
    """What was said in a recording."""
    return "hello refund" if number % 7 == 0 else "hello"


def some_search(chance: random.Random, rows: list[Any]) -> Wanted:
    """One to four filters, with values that some row has, and sometimes a scope."""
    row = chance.choice(rows)
    values: dict[str, Any] = {
        "since": FIRST + chance.random() * ROWS * 20, "until": FIRST + chance.random() * ROWS * 20,
        "call_id": f"main:{row['linkedid']}", "extension": row["devices"][0], "user_id": row["users"][0],
        "queue": row["queue"], "digits": row["number_key"][chance.randint(3, 8):], "customer_id": row["customer_id"],
        "customer": chance.choice(["王", "客户1", row["customer_name"] or "%"]), "direction": row["direction"],
        "outcome": row["outcome"], "state": row["state"], "tag": chance.choice(["投诉", "无"]),
        "min_seconds": row["seconds"], "max_seconds": row["seconds"], "min_held": row["held_seconds"],
        "min_silence": row["longest_silence"], "min_talk_over": row["talk_over"],
        "said": chance.choice(["refund", "hello", "nothing"]),
    }  # fmt: skip
    names = chance.sample(sorted(values), chance.randint(1, 4))
    within = None
    if chance.random() < 0.3:
        some = tuple(range(chance.randint(1, 300), 400))
        queues = chance.choice([None, (), ("queue0", "queue5"), (row["queue"],)])
        within = Within(row["users"][0], queues, chance.choice([(), some]), chance.choice([None, some]))
    return Wanted(**{name: values[name] for name in names}, within=within)


@pytest.mark.parametrize(("near", "few"), [(100_000, 5_000), (60, 20), (5, 2)])
async def test_every_way_finds_the_same(
    near: int, few: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small numbers make searches go on to the whole where the large ones end among the newest."""
    monkeypatch.setattr(store, "NEAR", near)
    monkeypatch.setattr(store, "FEW", few)
    monkeypatch.setattr(store, "ASKED", few)
    monkeypatch.setattr(store, "ROWS", few)
    await fill(database_url, ROWS)
    db = Database(database_url, pool_size=2, timeout=10.0)
    await db.open()
    try:
        await db.execute("update recording set state = 'deleted' where id % 17 = 0")
        await db.execute("insert into recording_agent select 400, started_at, id from recording where id % 5 = 0")
        numbers = [row["id"] for row in await db.fetch("select id from recording")]
        await db.execute(
            "insert into recording_transcript (recording_id, state, language, words) select id, 'ready', 'en',"
            " to_tsvector('simple', words) from unnest($1::bigint[], $2::text[]) as t(id, words)",
            numbers, [said(number) for number in numbers],
        )  # fmt: skip
        rows = await db.fetch(
            "select r.*, extract(epoch from r.started_at)::float8 as at, array(select a.user_id from recording_agent a"
            " where a.recording_id = r.id order by 1) as users from recording r order by started_at desc, id desc"
        )
        chance, ways = random.Random(near), set()
        for _ in range(60):
            wanted = some_search(chance, rows)
            found, after = [], None
            async with db.transaction() as connection:
                while page := await store.page(connection, wanted, after, 7):
                    found += page
                    after = await place(connection, page[-1])
            assert found == [row["id"] for row in rows if fits(row, wanted)], wanted
            ways.add(bool(found))
        assert ways == {True, False}
    finally:
        await db.close()


async def place(connection: Any, number: int) -> tuple[datetime, int]:
    return await connection.fetchval("select started_at from recording where id = $1", number), number


async def test_an_agents_own_are_read_from_his_list() -> None:
    """Not passed over among everybody's: his are few."""
    (wanted,) = store._parts(Wanted(within=Within(7)))
    assert (wanted.user_id, wanted.within) == (7, None)
    (both,) = store._parts(Wanted(user_id=8, within=Within(7)))
    assert (both.user_id, both.within) == (8, Within(7))
    own, queue = store._parts(Wanted(within=Within(7, ("vip",))))
    assert (own.user_id, own.within, queue.within) == (7, None, Within(7, ("vip",)))
