"""Which calls somebody with a limited scope may know of: live and in the history by the same rule."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from cti_server.calls import store
from cti_server.calls.live_calls import LiveCalls
from cti_server.calls.model import CallFilter, call_json, lies_within, within
from cti_server.calls.picture import row_of
from cti_server.calls.service import CallsService
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.errors import NotFound
from cti_server.core.storage.database import Database
from cti_server.live.views import CallView
from cti_server.live.words import CallState, SegmentKind, SegmentResult
from cti_server.queues.business_day import BusinessDay
from tests.calls.made import AT, Hub, Kept, Live, People, call, leg, part, session, waited
from tests.fakes.set_clock import SetClock

PEOPLE = People(
    owners={("main", "PJSIP/1"): 1, ("main", "PJSIP/2"): 2, ("main", "PJSIP/3"): 3},
    standings={"PJSIP/1": ("north", {"sales"}), "PJSIP/2": ("south", {"sales", "support"}), "PJSIP/3": ("", set())},
)
SCOPES = [
    Scope(frozenset(teams), frozenset(queues))
    for teams, queues in product(([], ["north"], ["south"]), ([], ["sales"], ["support"]))
]


def made(number: int, queue: str | None, devices: tuple[str, ...]) -> CallView:
    waits = (waited(1, 0, 1, SegmentResult.ANSWERED, queue),) if queue else ()
    talks = tuple(
        part(n, SegmentKind.TALK, n, n + 1, device=device, queue=queue, result=SegmentResult.CLEARED)
        for n, device in enumerate(devices, 2)
    )
    legs = (leg(), *(leg(device, n=n) for n, device in enumerate(devices, 2)))
    return call(f"{number}.1", queue=queue, legs=legs, segments=(*waits, *talks), ended_at=AT + 9)


EVERY = [
    made(number, queue, devices)
    for number, (queue, devices) in enumerate(
        product((None, "sales", "support"), ((), ("PJSIP/1",), ("PJSIP/2",), ("PJSIP/3",), ("PJSIP/1", "PJSIP/2"))), 1
    )
]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    rows = [row_of(one, 1, None, PEOPLE, lambda number: number) for one in EVERY]
    async with db.transaction() as connection:
        await store.write_calls(connection, rows)
    yield db
    await db.close()


@pytest.mark.database
async def test_the_history_follows_the_rule_of_the_live_calls(db: Database) -> None:
    for scope in SCOPES:
        wanted = CallFilter(within=within(99, scope, PEOPLE))
        found = {row.call_id for row, _ in await store.page(db, wanted, None, 200)}
        assert found == {one.id for one in EVERY if lies_within(scope, one, PEOPLE)}, scope
        for one in EVERY:
            single = await store.one(db, key=("main", one.linkedid), seen=wanted)
            assert (single is not None) == (one.id in found), (scope, one.id)
    assert len({len([1 for one in EVERY if lies_within(scope, one, PEOPLE)]) for scope in SCOPES}) > 4


@pytest.mark.database
async def test_list_page_and_export_hide_foreign_calls_and_show_own_ones(db: Database) -> None:
    calls = CallsService(
        bus=Bus(),
        hub=Hub(),  # type: ignore[arg-type]
        live=Live(),
        people=PEOPLE,
        journal=Kept(),
        db=db,
        clock=SetClock(AT + 60),
        days=BusinessDay(ZoneInfo("Asia/Shanghai")),
    )
    for role in ("supervisor", "qa"):
        who = session(role, user_id=3, scope=Scope(frozenset({"north"}), frozenset({"sales"})))
        listed, _ = await calls.page(who, CallFilter(), None, 100)
        exported = [row async for row in calls.every(who, CallFilter())]
        assert {row.id for row in listed} == {row.id for row in exported}
        assert all(any(part.user_id in (1, 3) for part in row.agents) or not row.agents for row in listed)
        own = [one for one in EVERY if any(leg.device == "PJSIP/3" for leg in one.legs)]
        assert {one.id for one in own} <= {row.call_id for row in listed}
        seen = {row.call_id for row in listed}
        hidden = next(one for one in EVERY if one.id not in seen)
        with pytest.raises(NotFound):
            await calls.detail(who, hidden.id)
        assert (await calls.detail(who, own[0].id)).call.call_id == own[0].id


def test_the_live_topic_is_cut_by_the_same_rule() -> None:
    hub = Hub()
    LiveCalls(hub, Live(), PEOPLE, None)  # type: ignore[arg-type]
    sight = hub.sights["calls"]
    sales = Scope(queues=frozenset({"sales"}))
    one = replace(made(1, "support", ("PJSIP/1",)), ended_at=None, state=CallState.ESTABLISHED)
    assert sight.shown(sales, call_json(one, None)) is None
    assert sight.shown(Scope(queues=frozenset({"support"})), call_json(one, None)) is not None
    assert sight.gone(call_json(one, None)) == ("call.removed", {"id": one.id, "state": "cleared"})
