"""Words are taken out of the log, and the chain still tells when anything else was altered."""

import pytest

from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.clock import SystemClock
from cti_server.core.storage.database import Database

pytestmark = pytest.mark.database
WHO = Operator()


async def test_redacted_and_still_whole(database_url: str) -> None:
    db = Database(database_url, pool_size=2)
    await db.open()
    try:
        audit = AuditLog(db, SystemClock())
        for n in range(3):
            await audit.note(WHO, "lost.claim", "+8613800138000" if n else "1", {"number": "13800138000", "n": n})
        await audit.note(WHO, "other", "x", {"k": "v"})
        assert await audit.naming("13800138000") == 3
        for _ in range(2):
            async with db.transaction() as connection:
                await audit.redact(connection, WHO, r"\+?(86)?13800138000", "███")
        entries = await audit.page()
        assert [entry.action for entry in entries] == ["audit.redact", "other", *["lost.claim"] * 3]
        assert [dict(entry.details) for entry in entries[2:]] == [{"number": "███", "n": n} for n in (2, 1, 0)]
        assert [entry.subject for entry in entries[2:]] == ["███", "███", "1"]
        assert await audit.first_break() is None
        # Taken out once more, for another person: the last voucher counts.
        async with db.transaction() as connection:
            assert await audit.redact(connection, WHO, "lost|v", "█") == 1
        assert await audit.first_break() is None
        # Nobody else may: neither an update, nor one that pretends.
        with pytest.raises(Exception, match="append-only"):
            await db.execute("update audit_entry set details = '{}' where id = 1")
        async with db.transaction() as connection:
            await connection.execute("select set_config('cti.redacting', 'yes', true)")
            await connection.execute("update audit_entry set details = '{}' where id = 2")
        assert await audit.first_break() == 2
    finally:
        await db.close()


async def test_a_forged_voucher_breaks_the_chain(database_url: str) -> None:
    db = Database(database_url, pool_size=2)
    await db.open()
    try:
        audit = AuditLog(db, SystemClock())
        await audit.note(WHO, "a", "secret", {})
        async with db.transaction() as connection:
            await audit.redact(connection, WHO, "secret", "█")
        async with db.transaction() as connection:
            await connection.execute("select set_config('cti.redacting', 'yes', true)")
            await connection.execute("update audit_entry set subject = 'other' where id = 1")
        assert (await audit.page(before=2))[0].subject == "other"
        assert await audit.first_break() == 1
    finally:
        await db.close()
