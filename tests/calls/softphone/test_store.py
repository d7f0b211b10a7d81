from dataclasses import asdict, replace

import pytest

from cti_server.calls.softphone import store
from cti_server.calls.softphone.model import PhoneKey, first_sample, next_sample
from cti_server.core.storage.database import Database
from tests.calls.made import AT
from tests.calls.softphone.world import FIGURES

pytestmark = pytest.mark.database
KEY = PhoneKey("main", "PJSIP/1001w", "p1", 1, 1, AT, AT + 3600)


@pytest.fixture
async def db(database_url: str) -> Database:  # type: ignore[misc]
    database = Database(database_url, pool_size=2)
    await database.open()
    yield database  # type: ignore[misc]
    await database.close()


async def open_session(db: Database) -> int:
    user = await db.fetchval("insert into app_user (login, name, roles) values ('li', 'Li', '{agent}') returning id")
    return int(
        await db.fetchval(
            "insert into user_session (token_hash, user_id, address, user_agent)"
            " values (decode(repeat('00', 32), 'hex'), $1, '', '') returning id",
            user,
        )
    )


async def test_keys_are_written_once_told_with_their_session_and_removed(db: Database) -> None:
    session = await open_session(db)
    key = replace(KEY, session_id=session, passed_at=AT + 1)
    other = replace(KEY, device="PJSIP/1002w", session_id=session + 1)
    async with db.transaction() as connection:
        await store.write_keys(connection, [asdict(KEY), asdict(key), asdict(other)])
        await store.write_keys(connection, [asdict(key)])
    assert await store.keys(db) == [(key, True), (other, False)]
    await db.execute("update user_session set ended_at = now()")
    async with db.transaction() as connection:
        await store.write_keys(connection, [asdict(other), {"pbx": "main", "device": "PJSIP/1002w", "key": None}])
    assert await store.keys(db) == [(key, False)]


async def test_quality_stands_once_and_an_older_picture_changes_nothing(db: Database) -> None:
    first = first_sample(KEY, "sip-1", None, FIGURES, AT, False)
    later = next_sample(replace(first, call_id="main:1.1", leg_id="u1"), FIGURES, AT + 10, True)
    async with db.transaction() as connection:
        await store.write_quality(connection, [first.row()])
        await store.write_quality(connection, [later.row()])
        await store.write_quality(connection, [first.row()])
    assert await store.quality(db, "main:1.1", None) == [later]
    assert await store.quality(db, "main:1.1", 1) == [later]
    assert await store.quality(db, "main:1.1", 2) == []
    assert await db.fetchval("select loss from report_softphone_quality") == pytest.approx(5 / 505)
