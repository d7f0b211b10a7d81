"""Profiles and stretches on a real PostgreSQL."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cti_server.agents import store
from cti_server.agents.intervals import Interval
from cti_server.agents.model import Profile, QueuePlace
from cti_server.core.errors import Conflict, NotFound
from cti_server.core.storage.database import Database
from tests.calls.made import AT

pytestmark = pytest.mark.database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    for login in ("li", "bob"):
        await db.execute("insert into app_user (login, name, roles) values ($1, $1, '{agent}')", login)
    yield db
    await db.close()


async def save(db: Database, profile: Profile) -> None:
    async with db.transaction() as connection:
        await store.save(connection, profile)


async def test_a_profile_is_kept_changed_and_deleted(db: Database) -> None:
    first = Profile(1, "main", "PJSIP/1001", (QueuePlace("客服", 2),), "一组", True, "北京 3 楼")
    await save(db, first)
    assert await store.profiles(db) == [first]
    await save(db, Profile(1, "main", "PJSIP/1002"))
    assert await store.profiles(db) == [Profile(1, "main", "PJSIP/1002")]
    async with db.transaction() as connection:
        assert await store.delete(connection, 1)
        assert not await store.delete(connection, 1)


async def test_a_device_has_one_owner_who_exists(db: Database) -> None:
    await save(db, Profile(1, "main", "PJSIP/1001"))
    with pytest.raises(Conflict) as taken:
        await save(db, Profile(2, "main", "PJSIP/1001"))
    assert taken.value.code == "device_taken"
    with pytest.raises(NotFound):
        await save(db, Profile(99, "main", "PJSIP/1003"))
    await save(db, Profile(2, "other", "PJSIP/1001"))


def row(start: float, end: float | None, state: str = "ready", **more: Any) -> dict[str, Any]:
    base = {"pbx": "main", "device": "PJSIP/1001", "user_id": 1, "state": state, "reason": "", "exact": True}
    return {**base, "started_at": AT + start, "ended_at": None if end is None else AT + end, **more}


async def test_stretches_stand_once_and_an_end_is_never_taken_back(db: Database) -> None:
    told = [
        row(0, None),
        row(0, 5.123456),
        row(5.123456, None, "alerting"),
        row(5.123456, None, "busy"),
        row(5.123456, 9),
    ]
    told.append(row(9, None, "notReady", reason="午饭"))
    dice = random.Random(3)
    for _ in range(5):
        await db.execute("truncate agent_interval")
        # In their order as the journal gives them, in any batches, and any of them again afterwards.
        rest = [*told, *dice.choices(told[:2] + told[4:5], k=4)]
        while rest:
            size = dice.randint(1, len(rest))
            async with db.transaction() as connection:
                await store.write_intervals(connection, rest[:size])
            rest = rest[size:]
        found = await db.fetch("select state, reason, seconds from report_agents_interval order by started_at")
        assert [(one["state"], one["reason"], one["seconds"]) for one in found] == [
            ("ready", "", pytest.approx(5.123456)),
            (found[1]["state"], "", pytest.approx(9 - 5.123456)),
            ("notReady", "午饭", None),
        ]
        assert await store.open_intervals(db) == [
            Interval("main", "PJSIP/1001", 1, "notReady", "午饭", AT + 9),
        ]
