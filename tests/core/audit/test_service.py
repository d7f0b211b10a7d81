"""The audit log on a real PostgreSQL: append-only, and a break in the chain shows."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.errors import CtiError
from cti_server.core.storage.database import Database
from tests.fakes.set_clock import SetClock

pytestmark = pytest.mark.database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=4, timeout=5.0, clock=SetClock())
    await db.open()
    yield db
    await db.close()


async def test_entries_written_at_once_stand_in_one_chain(db: Database) -> None:
    audit = AuditLog(db, SetClock())
    await asyncio.gather(*(audit.note(Operator(), "test.note", f"s{n}", {"n": n, "名": "值"}) for n in range(20)))
    page = await audit.page(limit=5)
    assert [entry.id for entry in page] == [20, 19, 18, 17, 16]
    assert [entry.id for entry in await audit.page(before=16, limit=2)] == [15, 14]
    assert await audit.first_break() is None


@pytest.mark.parametrize(
    "sql", ["update audit_entry set login = 'x'", "delete from audit_entry", "truncate audit_entry"]
)
async def test_nothing_can_be_changed(db: Database, sql: str) -> None:
    await AuditLog(db, SetClock()).note(Operator(), "test.note", "s")
    with pytest.raises(Exception, match="append-only"):
        await db.execute(sql)


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("update audit_entry set subject = 'other' where id = 2", 2),
        ("update audit_entry set details = '{\"n\": 9}' where id = 3", 3),
        ("delete from audit_entry where id = 2", 2),
        ("delete from audit_entry where id = 4", 4),
    ],
)
async def test_a_break_shows_even_when_the_trigger_was_switched_off(db: Database, sql: str, broken: int) -> None:
    audit = AuditLog(db, SetClock())
    for n in range(4):
        await audit.note(Operator(), "test.note", f"s{n}", {"n": n})
    await db.execute("alter table audit_entry disable trigger all")
    await db.execute(sql)
    assert await audit.first_break() == broken


async def test_a_failed_deed_leaves_no_entry(db: Database) -> None:
    audit = AuditLog(db, SetClock())

    async def deed() -> None:
        async with db.transaction() as connection:
            await audit.write(connection, Operator(), "test.note", "s")
            raise CtiError("the deed failed")

    with pytest.raises(CtiError, match="the deed failed"):
        await deed()
    assert await audit.page() == []
    assert await audit.first_break() is None
