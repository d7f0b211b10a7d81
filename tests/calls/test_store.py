"""The tables of calls on a real PostgreSQL: each thing once, and never older than it was."""

import itertools
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from cti_server.calls import store
from cti_server.calls.model import CallFilter, CustomerRef, digits_of
from cti_server.calls.picture import call_of, row_of
from cti_server.core.storage.database import Database
from cti_server.live.views import CallView
from cti_server.live.words import CallState, Outcome, SegmentResult
from tests.calls.made import AT, People, call, leg, story, waited

pytestmark = pytest.mark.database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    yield db
    await db.close()


def rows_of_story() -> list[dict[str, Any]]:
    return [row_of(view, n, None, People(), digits_of) for n, (_, view) in enumerate(story(), start=1)]


async def write(db: Database, rows: list[dict[str, Any]]) -> None:
    async with db.transaction() as connection:
        await store.write_calls(connection, json.loads(json.dumps(rows)))


async def dump(db: Database) -> list[Any]:
    tables = (
        "select pbx, linkedid, revision, state, outcome, ended_at, talk_seconds from call order by pbx, linkedid",
        "select uniqueid, state, ended_at, user_id from call_leg order by call_id, uniqueid",
        "select n, kind, result, started_at, ended_at, user_id, held_seconds from call_segment order by call_id, n",
    )
    return [[tuple(row) for row in await db.fetch(sql)] for sql in tables]


async def test_any_order_and_any_repetition_ends_in_the_newest_picture(db: Database) -> None:
    rows = rows_of_story()
    await write(db, rows)
    truth = await dump(db)
    assert [len(table) for table in truth] == [1, 3, 5]
    dice = random.Random(5)
    for _ in range(15):
        await db.execute("truncate call cascade")
        told = [*rows, *dice.choices(rows, k=6)]
        dice.shuffle(told)
        while told:
            size = dice.randint(1, len(told))
            await write(db, told[:size])
            told = told[size:]
        assert await dump(db) == truth


async def test_an_open_call_comes_back_as_it_was_last_written(db: Database) -> None:
    for row, (_, view) in itertools.islice(zip(rows_of_story(), story(), strict=True), 8):
        await write(db, [row])
        [kept] = await store.open_rows(db)
        assert call_of(kept) == view
        assert kept["revision"] == row["revision"]
    await write(db, rows_of_story())
    assert await store.open_rows(db) == []


async def test_whose_segment_it_was_stays(db: Database) -> None:
    *_, (_, view) = story()
    await write(db, [row_of(view, 1, None, People(), digits_of)])
    await write(db, [row_of(view, 2, None, People({("main", "PJSIP/1001"): 9}), digits_of)])
    found = await db.fetch("select user_id from call_segment order by n")
    assert [row["user_id"] for row in found] == [None, None, 2, 1, 1]


async def test_a_customer_named_once_is_not_forgotten(db: Database) -> None:
    *_, (_, view) = story()
    await write(db, [row_of(view, 1, CustomerRef(7, "王"), People(), digits_of)])
    await write(db, [row_of(view, 2, None, People(), digits_of)])
    [(row, _)] = await store.page(db, CallFilter(), None, 10)
    assert row.customer == CustomerRef(7, "王")
    async with db.transaction() as connection:
        await store.write_customers(
            connection, [{"pbx": "main", "linkedid": "1.1", "customer_id": n, "name": f"n{n}"} for n in (8, 9)]
        )
    [(row, _)] = await store.page(db, CallFilter(), None, 10)
    assert row.customer == CustomerRef(9, "n9")


def ended(linkedid: str, at: float, **more: Any) -> CallView:
    base = call(linkedid, started_at=AT + at, ended_at=AT + at + 30, state=CallState.CLEARED, outcome=Outcome.ANSWERED)
    return replace(base, **more)


async def test_each_filter_finds_what_it_says_and_nothing_else(db: Database) -> None:
    *_, (_, told) = story()
    views = [
        told,
        ended("2.1", 100, outcome=Outcome.ABANDONED, segments=(waited(1, 100, 130, SegmentResult.ABANDONED, "卖"),)),
        ended("3.1", 200, number="010-5555%", direction="outbound", ended_at=AT + 900),
        call("4.1", started_at=AT + 300),
    ]
    await write(db, [row_of(view, 1, None, People(), digits_of) for view in views])

    async def found(**wanted: Any) -> list[str]:
        return sorted(row.call_id[5:] for row, _ in await store.page(db, CallFilter(**wanted), None, 10))

    assert await found() == ["1.1", "2.1", "3.1", "4.1"]
    assert await found(since=AT + 100, until=AT + 300) == ["2.1", "3.1"]
    assert await found(digits="105555") == ["3.1"]
    assert await found(user_id=2) == ["1.1"]
    assert await found(device="PJSIP/1001") == ["1.1"]
    assert await found(seen_by=1, user_id=2) == ["1.1"]
    assert await found(seen_by=3) == []
    assert await found(queue="卖") == ["2.1"]
    assert await found(outcome="abandoned") == ["2.1"]
    assert await found(direction="outbound") == ["3.1"]
    assert await found(min_seconds=75) == ["1.1", "3.1"]
    assert await found(max_seconds=74.9) == ["2.1"]


async def test_pages_join_without_a_gap_also_among_calls_of_one_moment(db: Database) -> None:
    views = [ended(f"{n}.1", n // 3 + 0.123456) for n in range(20)]
    await write(db, [row_of(view, 1, None, People(), digits_of) for view in views])
    seen: list[int] = []
    after = None
    while page := await store.page(db, CallFilter(), after, 3):
        seen += [row.id for row, _ in page]
        after = (page[-1][1], page[-1][0].id)
    assert len(seen) == len(set(seen)) == 20
    assert seen == [row.id for row, _ in await store.page(db, CallFilter(), None, 100)]


async def test_the_views_for_reports_leave_out_merged_consultations(db: Database) -> None:
    merged = replace(
        ended("2.1", 50, legs=(leg("PJSIP/1001"),), segments=(waited(1, 50, 60, SegmentResult.ANSWERED, "sales"),)),
        outcome=Outcome.MERGED,
        merged_into="main:1.1",
    )
    *_, (_, told) = story()
    await write(db, [row_of(view, 1, None, People(), digits_of) for view in (told, merged)])
    waits = await db.fetch("select queue, result, wait_seconds from report_calls_queue_segment")
    assert [tuple(row) for row in waits] == [("support", "answered", 12.0)]
    assert len(await db.fetch("select 1 from call")) == 2
    agents = await db.fetch("select kind, user_id, seconds, merged from report_calls_agent_segment order by n")
    assert [tuple(row) for row in agents] == [
        ("ring", 2, 5.0, False),
        ("ring", 1, 5.0, False),
        ("talk", 1, 60.0, False),
    ]


async def test_a_search_by_part_of_a_number_has_an_index(db: Database) -> None:
    names = {row["indexname"] for row in await db.fetch("select indexname from pg_indexes where tablename = 'call'")}
    assert {"call_by_part_of_number", "call_by_number", "call_by_time", "call_once"} <= names
