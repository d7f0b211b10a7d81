"""Sessions and rules on a real PostgreSQL."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest

from cti_server.core.audit.service import AuditLog
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.monitoring import store
from cti_server.monitoring.model import Act, EndReason, Mode, Session, Wanted, Within
from cti_server.monitoring.policy import Rule, Scope
from cti_server.monitoring.service import MonitoringService
from tests.monitoring.people import AskedSpies, KeptHub, KeptJournal, SetLive, Staff, call, leg, signed_in
from tests.monitoring.test_model import SESSION

pytestmark = pytest.mark.database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    await db.execute("insert into app_user (login, name, roles) values ('admin', 'admin', '{admin}')")
    yield db
    await db.close()


async def write(db: Database, *sessions: Session) -> None:
    async with db.transaction() as connection:
        await store.write_sessions(connection, [msgspec.to_builtins(session) for session in sessions])


def life(session: Session) -> list[Session]:
    """A session at each of its changes, with rising revisions."""
    on = session.put_on(110.0)
    switched = on.switched(Mode.BARGE, 120.0)
    steps = [session, on, switched, switched.ended(EndReason.STOPPED, 130.0)]
    return [replace(step, revision=number) for number, step in enumerate(steps, 1)]


async def test_whatever_the_order_and_however_often_a_session_stands_once_as_it_ended(db: Database) -> None:
    steps = life(SESSION)
    for seed in range(8):
        told = [*steps, *steps]
        random.Random(seed).shuffle(told)
        session_id = f"s{seed}"
        for step in told:
            await write(db, replace(step, id=session_id))
    found = await store.page(db, Wanted(), None, 50)
    assert len(found) == 8
    assert {replace(session, id="s1") for _, session in found} == {steps[-1]}
    assert await store.open_sessions(db) == []
    rows = await db.fetch("select mode, seconds from report_monitoring_session where id = 's3' order by mode")
    assert [tuple(row) for row in rows] == [("barge", 10.0), ("listen", 10.0)]


async def test_filters_and_paging(db: Database) -> None:
    for number in range(5):
        step = life(SESSION)[-1]
        await write(db, replace(step, id=f"s{number}", asked_at=100.0 + number, agent_id=number, queue=f"q{number}"))
    first = await store.page(db, Wanted(), None, 2)
    assert [session.id for _, session in first] == ["s4", "s3"]
    assert [session.id for _, session in await store.page(db, Wanted(), first[-1][0], 9)] == ["s2", "s1", "s0"]

    async def ids(**wanted: object) -> list[str]:
        return [session.id for _, session in await store.page(db, Wanted(**wanted), None, 9)]  # type: ignore[arg-type]

    assert await ids(agent_id=2) == ["s2"]
    assert await ids(queue="q1") == ["s1"]
    assert await ids(since=103.0, until=104.0) == ["s3"]
    assert len(await ids(mode="listen")) == 5
    assert await ids(mode="whisper") == []
    assert len(await ids(team="north", supervisor_id=9, call_id=SESSION.call_id)) == 5


def service(db: Database, live: SetLive) -> MonitoringService:
    return MonitoringService(
        bus=Bus(),
        hub=KeptHub(),  # type: ignore[arg-type]
        live=live,
        people=Staff(),
        spies=AskedSpies(),
        journal=KeptJournal(),
        db=db,
        audit=AuditLog(db, SystemClock()),
        clock=SystemClock(),
        tasks=Tasks("test"),
    )


async def test_after_a_restart_who_is_still_on_the_call_is_and_who_is_not_has_ended_unseen(db: Database) -> None:
    on = replace(SESSION.put_on(110.0), revision=1)
    await write(db, on, replace(on, id="gone", leg_id="other"))
    live = SetLive({"main:spy": call(leg("PJSIP/1005", id="spy"), id="main:spy")})
    room = service(db, live)
    await room.start()
    assert [session.id for session in room.sessions] == ["s1"]


async def test_the_rules_are_put_in_place_of_all_with_an_entry_in_the_audit_log(db: Database) -> None:
    room = service(db, SetLive())
    await room.start()
    first = [Rule(Scope.SITE, allow=frozenset({Act.LISTEN}), tell_agent=True), Rule(Scope.QUEUE, "客服")]
    await room.set_policy(replace(signed_in(), user_id=1), first)
    second = [Rule(Scope.TEAM, "north", allow=frozenset(), users=frozenset({4, 5}))]
    assert list(await room.set_policy(replace(signed_in(), user_id=1), second)) == second
    assert await store.rules(db) == second
    entries = await AuditLog(db, SystemClock()).page(action="monitoring.policy")
    assert len(entries) == 2
    assert list(await room.policy()) == second


async def test_a_limited_supervisor_reads_of_his_own_only(db: Database) -> None:
    await write(db, replace(SESSION, id="a", team="north", queue="sales"))
    await write(db, replace(SESSION, id="b", team="south", queue="sales"))
    await write(db, replace(SESSION, id="c", team="north", queue="support"))
    await write(db, replace(SESSION, id="d", team="north", queue=None, agent_id=77))
    await write(db, replace(SESSION, id="e", team="south", queue="support", supervisor_id=5))

    async def found(limit: Within) -> set[str]:
        return {session.id for _, session in await store.page(db, Wanted(within=limit), None, 50)}

    assert await found(Within(0, ("north",), None, ())) == {"a", "c", "d"}
    assert await found(Within(0, ("north",), ("sales",), ())) == {"a"}
    assert await found(Within(0, None, ("sales",), (77,))) == {"a", "b", "d"}
    assert await found(Within(5, ("north",), ("sales",), ())) == {"a", "e"}
