"""From a call that ended to an item on the screen, and what people do with it, on a real PostgreSQL and journal."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.errors import BadInput, CtiError
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import CallView
from cti_server.live.words import Direction, Outcome
from cti_server.queues.lost.model import LostJson
from cti_server.queues.lost.service import SINKS, LostCalls
from tests.fakes.set_clock import SetClock
from tests.queues.lost.made import answered_call, lost_call, signed_in

pytestmark = pytest.mark.database
BOSS, LI, BOB = signed_in(1), signed_in(2, "agent"), signed_in(3, "agent")


class Hub:
    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.moved = asyncio.Event()
        self.rules: dict[str, Any] = {}

    def register_topic(self, name: str, **rules: Any) -> None:
        self.rules = rules

    def hears(self, topic: str) -> bool:
        return True

    def publish(self, topic: str, type: str, data: Any, ts: float) -> None:
        self.told.append((type, data))
        self.moved.set()

    async def next(self, kind: str = "lost.changed") -> Any:
        async with asyncio.timeout(5):
            while True:
                for place, (type, data) in enumerate(self.told):
                    if type == kind:
                        del self.told[: place + 1]
                        return data
                self.moved.clear()
                await self.moved.wait()


@dataclass(frozen=True)
class GivenUpOne:
    call_id: str
    queue: str
    number: str
    name: str


class Room:
    def __init__(self, url: str, folder: Path, **more: Any) -> None:
        self.bus, self.hub, self.clock = Bus(), Hub(), SetClock()
        self.tasks = Tasks("lost")
        self.db = Database(url, pool_size=4, timeout=5.0)
        self.journal = Journal(folder, self.tasks, db=self.db, sinks=dict(SINKS))
        self.service = LostCalls(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            journal=self.journal,
            db=self.db,
            audit=AuditLog(self.db, SystemClock()),
            clock=self.clock,
            tasks=self.tasks,
            number_key=lambda number: number,
            name_of=lambda user_id: f"U{user_id}",
            **{"agents_may": True, **more},
        )

    async def open(self) -> None:
        await self.db.open()
        await self.db.execute(
            "insert into app_user (login, name, roles)"
            " select 'u' || n, 'U' || n, '{agent}' from generate_series(1, 3) n on conflict do nothing"
        )
        await self.journal.open()
        self.service.start()
        await self.hub.next("lost.list")

    async def close(self) -> None:
        await self.journal.close()
        await self.tasks.close()
        await self.db.close()

    def tell(self, call: CallView) -> None:
        kind = CallKind.ESTABLISHED if call.ended_at is None else CallKind.CLEARED
        self.bus.publish(CallChanged(kind, 0.0, call))

    async def lose(self, n: int = 1, **more: Any) -> LostJson:
        self.tell(lost_call(n, **more))
        item: LostJson = await self.hub.next()
        return item


@pytest.fixture
async def room(database_url: str, tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(database_url, tmp_path / "journal")
    await room.open()
    yield room
    await room.close()


async def refused(asked: Any, code: str) -> None:
    with pytest.raises(CtiError) as fault:
        await asked
    assert fault.value.code == code


async def test_a_lost_caller_is_on_the_screen_and_goes_when_he_gets_through(room: Room) -> None:
    item = await room.lose()
    assert (item.state, item.number, item.calls, item.queues) == ("open", "13800000001", 1, ("support",))
    assert room.service.snapshot() == {"items": [item]}
    assert (await room.lose(2, at=110.0)).calls == 2
    room.tell(answered_call(3, seconds=None))  # at once when they begin to talk
    assert (await room.hub.next()).state == "reached"
    assert room.service.snapshot() == {"items": []}


async def test_a_caller_who_gives_up_on_a_second_line_while_we_talk_with_him_is_not_lost(room: Room) -> None:
    await room.lose()
    room.tell(answered_call(2, seconds=None))
    await room.hub.next()
    room.tell(lost_call(3, at=230.0))
    assert (await room.hub.next()).calls == 1
    room.tell(answered_call(2, seconds=60.0))
    assert (await room.hub.next()).state == "reached"


async def test_calling_back_closes_the_item_when_he_answers(room: Room) -> None:
    item = await room.lose()
    tried = await room.service.call_back(LI, item.id)
    assert (tried.state, tried.claimed_by, tried.claimed_by_name, tried.attempts) == ("claimed", 2, "U2", 1)
    await room.hub.next()
    room.tell(replace(answered_call(5, seconds=None), direction=Direction.OUTBOUND))
    assert (await room.hub.next()).state == "calledBack"


async def test_who_kept_his_place_is_lost_only_when_nobody_reached_him(room: Room) -> None:
    room.service.kept_place = lambda call_id: call_id == "main:1.1"
    room.tell(lost_call(1, outcome=Outcome.LEFT_QUEUE))
    assert (
        await room.lose(2, number="13900000002")
    ).number == "13900000002"  # the first was told before and is not there
    kept = GivenUpOne("main:1.1", "support", "13800000001", "王")
    room.clock.pass_seconds(3600)
    room.service.given_up(kept)
    item = await room.hub.next()
    assert (item.number, item.queues, item.last_at) == ("13800000001", ("support",), room.clock.now())
    assert [one.number for one in room.service.snapshot()["items"]] == ["13900000002", "13800000001"]


async def test_two_who_take_the_same_item_one_gets_it(room: Room) -> None:
    item = await room.lose()
    results = await asyncio.gather(*(room.service.claim(who, item.id) for who in (LI, BOB)), return_exceptions=True)
    (fault,) = [one for one in results if isinstance(one, CtiError)]
    assert fault.code == "already_claimed"
    (winner,) = [one for one in results if isinstance(one, LostJson)]
    other = LI if winner.claimed_by == BOB.user_id else BOB
    await refused(room.service.done(other, item.id, ""), "claimed_by_other")
    await refused(room.service.release(other, item.id), "claimed_by_other")
    assert (await room.service.release(BOSS, item.id)).state == "open"


async def test_dismissing_needs_a_reason_and_can_be_taken_back_for_a_while(room: Room) -> None:
    item = await room.lose()
    with pytest.raises(BadInput):
        await room.service.dismiss(LI, item.id, " ")
    over = await room.service.dismiss(LI, item.id, "wrong number")
    assert (over.state, over.reason, over.ended_by_name) == ("dismissed", "wrong number", "U2")
    assert room.service.snapshot() == {"items": []}
    await refused(room.service.claim(LI, item.id), "lost_is_over")
    await refused(room.service.undo(BOB, item.id), "claimed_by_other")
    back = await room.service.undo(LI, item.id)
    assert (back.state, back.reason, back.ended_at) == ("open", "", None)
    await room.service.dismiss(LI, item.id, "again")
    room.clock.pass_seconds(61)
    await refused(room.service.undo(LI, item.id), "too_late")
    entries = await AuditLog(room.db, SystemClock()).page(action="lost.dismiss")
    assert len(entries) == 2


async def test_what_was_dismissed_is_not_taken_back_over_a_newer_loss(room: Room) -> None:
    item = await room.lose()
    await room.service.dismiss(LI, item.id, "x")
    newer = await room.lose(2, at=120.0)
    while newer.id == item.id:
        newer = await room.hub.next()
    await refused(room.service.undo(LI, item.id), "newer_open")


async def test_a_withheld_number_cannot_be_called_back(room: Room) -> None:
    item = await room.lose(number="")
    assert not item.callable
    await refused(room.service.call_back(LI, item.id), "number_withheld")
    assert (await room.service.done(LI, item.id, "")).state == "done"


async def test_pages_by_state_and_queue(room: Room) -> None:
    ids = [(await room.lose(n, number=f"1380000000{n}")).id for n in range(1, 5)]
    await room.service.done(LI, ids[0], "ok")
    items, more = await room.service.page(LI, ["open"], "support", None, 2)
    assert [item.id for item in items] == [ids[3], ids[2]]
    assert more == ids[2]
    assert [item.id for item in (await room.service.page(LI, ["open"], None, more, 9))[0]] == [ids[1]]
    assert [item.id for item in (await room.service.page(LI, ["done"], None, None, 9))[0]] == [ids[0]]
    assert (await room.service.page(LI, ["open"], "sales", None, 9))[0] == []


async def test_after_a_restart_the_list_is_the_same_and_nothing_is_counted_twice(
    room: Room, database_url: str, tmp_path: Path
) -> None:
    item = await room.lose()
    await room.service.claim(LI, item.id)
    await room.journal.close()
    again = Room(database_url, tmp_path / "journal")
    try:
        await again.open()
        (kept,) = again.service.snapshot()["items"]
        assert (kept.id, kept.state, kept.claimed_by, kept.calls) == (item.id, "claimed", 2, 1)
        again.tell(lost_call())  # the end of the same call, told once more
        assert (await again.lose(2, at=150.0)).calls == 2
    finally:
        await again.close()


async def test_agents_see_it_only_where_the_setting_says_so(database_url: str, tmp_path: Path) -> None:
    room = Room(database_url, tmp_path / "journal", agents_may=False)
    await room.open()
    try:
        item = await room.lose()
        may = room.hub.rules["may"]
        qa = signed_in(3, "qa")
        assert (may(BOSS), may(signed_in(3, "admin")), may(LI), may(qa)) == (True, True, False, False)
        for asked in (
            room.service.page(LI, ["open"], None, None, 5),
            room.service.claim(LI, item.id),
            room.service.release(LI, item.id),
            room.service.call_back(LI, item.id),
            room.service.done(LI, item.id, ""),
            room.service.dismiss(LI, item.id, "x"),
            room.service.undo(LI, item.id),
        ):
            await refused(asked, "forbidden")
    finally:
        await room.close()


async def test_callbacks_are_those_that_i_have_taken(room: Room) -> None:
    first = await room.lose(1, number="13800000001")
    await room.lose(2, number="13800000002", at=110.0)
    third = await room.lose(3, number="13800000003", at=90.0)
    for item in (first, third):
        await room.service.claim(LI, item.id)
    assert [one.number for one in await room.service.callbacks(2)] == ["13800000003", "13800000001"]
    assert await room.service.callbacks(3) == []
    await room.service.done(LI, third.id, "")
    assert [one.ref for one in await room.service.callbacks(2)] == [str(first.id)]


async def test_a_limited_supervisor_has_the_lost_calls_of_his_queues(room: Room) -> None:
    seller = replace(BOSS, roles=frozenset({"supervisor"}), scope=Scope(queues=frozenset({"sales"})))
    helper = replace(seller, scope=Scope(queues=frozenset({"support"})))
    item = await room.lose()
    shown = room.hub.rules["sight"].shown
    assert item.queues == ("support",)
    assert shown(helper.scope, item) is item
    assert shown(seller.scope, item) is None
    assert (await room.service.page(seller, ["open"], None, None, 9))[0] == []
    assert [one.id for one in (await room.service.page(helper, ["open"], None, None, 9))[0]] == [item.id]
    await refused(room.service.claim(seller, item.id), "no_such_lost_call")
    assert (await room.service.claim(helper, item.id)).state == "claimed"
