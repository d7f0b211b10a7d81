"""Shifts in PostgreSQL."""

from dataclasses import replace

import pytest

from cti_server.agents.shift import store
from cti_server.agents.shift.model import Acw, Duty, Talk, Target, row_of
from cti_server.agents.shift.reasons import QueueSetting, Reason
from cti_server.core.storage.database import Database
from cti_server.live.words import AgentState
from tests.calls.made import AT

pytestmark = pytest.mark.database

PLAIN = Duty(
    1, "main", "PJSIP/1001", ("support", "客服"), AgentState.NOT_READY, "break", AT + 0.123457, AT + 900.123457
)
FULL = replace(
    PLAIN,
    user_id=2,
    overrun=True,
    missed=1,
    next=Target(AgentState.READY),
    talk=Talk("main:1.1", "support", 20.0, True),
    acw=Acw("main:1.1", "support", AT + 0.25, AT + 20.25),
    console=True,
)


async def test_duties_come_back_as_they_were_and_the_last_word_stands(database_url: str) -> None:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    try:
        async with db.transaction() as connection:
            old = row_of(replace(PLAIN, state=AgentState.READY))
            await store.write_duties(connection, [old, row_of(FULL), row_of(PLAIN)])
        assert await store.duties(db) == [PLAIN, FULL]
        off = replace(FULL, state=AgentState.LOGGED_OFF, queues=(), next=None, talk=None, acw=None, limit_at=None)
        async with db.transaction() as connection:
            await store.write_duties(connection, [row_of(off)])
        assert await store.duties(db) == [PLAIN, off]
        assert await db.fetchval("select count(*) from agent_duty where next is null and talk is null") == 2
    finally:
        await db.close()


async def test_reasons_and_settings(database_url: str) -> None:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    try:
        seeded = await store.reasons(db)
        assert {"break", "lunch", "meeting", "training", "outbound"} <= {one.code for one in seeded}
        reasons = [Reason("gym", "健身", "Gym", None, False), Reason("a", "甲", "A", 60)]
        settings = [QueueSetting("main", "support", 0), QueueSetting("main", "客服", 30, True)]
        async with db.transaction() as connection:
            await store.put_reasons(connection, reasons)
            await store.put_queue_settings(connection, settings)
        assert await store.reasons(db) == reasons
        assert await store.queue_settings(db) == settings
        async with db.transaction() as connection:
            await store.put_queue_settings(connection, [QueueSetting("main", "support", 5)])
        assert [one.acw_seconds for one in await store.queue_settings(db)] == [5, 30]
    finally:
        await db.close()
