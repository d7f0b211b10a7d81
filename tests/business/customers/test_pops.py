import asyncio
from pathlib import Path
from typing import Any

import pytest

from cti_server.agents.events import AgentProfileChanged
from cti_server.business.customers.api import ContactBody
from cti_server.business.customers.model import HideReason, PopState, PopStatus
from cti_server.core.errors import Conflict, NotFound
from cti_server.live.changes import CallKind, LinkChanged
from cti_server.live.views import LinkView
from cti_server.live.words import Direction, LegState, Outcome, SegmentResult
from tests.business.customers.conftest import Room, room_at
from tests.business.customers.desk import HAN, LI, PHONES

pytestmark = pytest.mark.database

PHONE = "13800001111"


async def known(room: Room, name: str = "王小明", phone: str = PHONE) -> Any:
    return await room.customers.add({"name": name, "contacts": [ContactBody("phone", phone, True)]}, by=1)


async def count(room: Room, sql: str = "select count(*) from customer") -> Any:
    return await room.db.fetchval(sql)


async def test_a_known_caller_pops_only_at_the_agent_who_is_rung(room: Room) -> None:
    customer = await known(room)
    await room.customers.add_note(customer.id, "calls about the invoice", True, by=1, author="Han")
    call = room.calls.begin(number="+86 138 0000 1111", data={"vip": "1"})
    room.calls.ring(call.id, LI)
    pop = await room.told.shown(LI)
    assert (pop.status, pop.state, pop.customer.name) == (PopStatus.MATCHED, PopState.RINGING, "王小明")
    assert [note.text for note in pop.customer.notes] == ["calls about the invoice"]
    assert (pop.call_id, pop.queue, pop.dialled, pop.data) == ("main:1", "support", "4001", {"vip": "1"})
    assert pop.number.e164 == "+8613800001111"
    assert room.told.to(HAN) == []
    assert room.pops.of_user(LI) == [pop]
    assert room.pops.of_user(HAN) == []
    assert [(event.call_id, event.customer_id) for event in room.identified] == [("main:1", customer.id)]


async def test_a_stranger_becomes_one_new_customer_whoever_rings(room: Room) -> None:
    one, two = room.calls.begin("1"), room.calls.begin("2", "008613800001111")
    room.calls.ring(one.id, LI)
    room.calls.ring(one.id, HAN)
    room.calls.ring(two.id, LI)
    await room.told.shown(LI, 2)
    pop = await room.told.shown(HAN)
    assert pop.status is PopStatus.NEW
    assert pop.customer.status == "new"
    assert pop.customer.name == "138 0000 1111"
    assert {each.customer.id for each in room.pops.of_user(LI)} == {pop.customer.id}
    assert await count(room) == 1


async def test_a_storm_of_calls_from_one_number_makes_one_customer(room: Room) -> None:
    for n in range(40):
        room.calls.ring(room.calls.begin(str(n)).id, LI if n % 2 else HAN)
    await room.told.shown(LI, 20)
    await room.told.shown(HAN, 20)
    number = room.customers.number("13900002222")
    made = await asyncio.gather(*(room.customers.find(number) for _ in range(20)))
    assert len({found[0].id for found in made}) == 1
    assert await count(room) == 2


async def test_province_and_carrier_come_with_a_new_record(room: Room) -> None:
    await room.customers._places.load()
    room.calls.ring(room.calls.begin().id, LI)
    pop = await room.told.shown(LI)
    assert pop.customer.fields == {"province": "北京市", "carrier": "中国移动"}
    assert (pop.number.province, pop.number.carrier) == ("北京市", "中国移动")
    assert pop.number.places["en"] == {"province": "Beijing", "carrier": "China Mobile"}


async def test_several_are_offered_and_one_is_chosen(room: Room) -> None:
    first, second = await known(room), await known(room, "Xiao Hong")
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    pop = await room.told.shown(LI)
    assert pop.status is PopStatus.SEVERAL
    assert pop.customer is None
    assert {one.id for one in pop.candidates} == {first.id, second.id}
    assert room.identified == []
    chosen = room.pops.choose(LI, call.id, second)
    assert (chosen.status, chosen.customer.id) == (PopStatus.MATCHED, second.id)
    assert room.told.kinds(LI)[-1] == "pop.update"
    assert room.identified[-1].customer_id == second.id
    with pytest.raises(NotFound):
        room.pops.choose(HAN, call.id, second)


@pytest.mark.parametrize(
    ("number", "status"), [("", PopStatus.WITHHELD), ("anonymous", PopStatus.WITHHELD), ("abc", PopStatus.NUMBER_ONLY)]
)
async def test_callers_without_a_number(room: Room, number: str, status: PopStatus) -> None:
    call = room.calls.begin(number=number)
    room.calls.ring(call.id, LI)
    assert room.told.to(LI)[0].data.status is status  # at once, without a look-up
    assert await count(room) == 0


async def test_calls_inside_the_house_pop_nothing(room: Room) -> None:
    room.calls.ring(room.calls.begin(number="1002", direction=Direction.INTERNAL).id, LI)
    assert room.told.messages == []


async def test_an_unknown_extension_makes_no_customer(room: Room) -> None:
    room.calls.ring(room.calls.begin(number="1005").id, LI)
    assert (await room.told.shown(LI)).status is PopStatus.NUMBER_ONLY
    assert await count(room) == 0


async def test_it_goes_when_somebody_else_takes_the_call(room: Room) -> None:
    await known(room)
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    room.calls.ring(call.id, HAN)
    await room.told.shown(LI)
    await room.told.shown(HAN)
    room.calls.answer(call.id, HAN)
    room.calls.ring_ended(call.id, LI, SegmentResult.ELSEWHERE)
    assert room.told.to(LI)[-1].type == "pop.hide"
    assert room.told.to(LI)[-1].data == {"call_id": call.id, "reason": HideReason.ELSEWHERE}
    assert room.told.to(HAN)[-1].data.state is PopState.TALKING
    assert room.pops.of_user(LI) == []


async def test_an_end_that_is_told_counts_also_without_its_leg(room: Room) -> None:
    call = room.calls.begin()
    room.calls.tell(CallKind.DELIVERED, call.id, PHONES[LI])
    room.calls.change(call.id, data={"vip": "1"})
    assert len(room.pops.of_user(LI)) == 1
    room.calls.tell(CallKind.RING_ENDED, call.id, PHONES[LI])
    assert room.pops.of_user(LI) == []


async def test_a_colleagues_extension_does_not_hide_the_customer(room: Room) -> None:
    await known(room)
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    await room.told.shown(LI)
    room.calls.change(call.id, number="1002")
    assert room.pops.of_user(LI)[0].customer.name == "王小明"


async def test_no_answer_then_rung_again(room: Room) -> None:
    await known(room)
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    await room.told.shown(LI)
    room.calls.ring_ended(call.id, LI, SegmentResult.NO_ANSWER)
    assert room.told.to(LI)[-1].data["reason"] is HideReason.NO_ANSWER
    room.calls.ring(call.id, LI)
    assert (await room.told.shown(LI, 2)).status is PopStatus.MATCHED


async def test_after_the_talk_it_stays_until_closed(room: Room) -> None:
    customer = await known(room)
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    await room.told.shown(LI)
    room.calls.answer(call.id, LI)
    with pytest.raises(Conflict):
        room.pops.dismiss(LI, call.id)
    room.calls.hang_up(call.id, LI)
    room.calls.end(call.id, outcome=Outcome.ANSWERED)
    assert [pop.state for pop in room.pops.of_user(LI)] == [PopState.AFTER]
    room.pops.dismiss(LI, call.id)
    assert room.told.kinds(LI) == ["pop.show", "pop.update", "pop.update", "pop.hide"]
    await room.journal.drained()
    row = await room.db.fetchrow("select * from interaction")
    assert (row["customer_id"], row["call_id"], row["user_id"], row["agent_name"]) == (customer.id, call.id, LI, "李雷")
    access = await room.db.fetchrow("select user_id, customer_id, how from customer_access")
    assert tuple(access) == (LI, customer.id, "pop")


async def test_the_next_pop_takes_the_place_of_an_old_one(room: Room) -> None:
    one, two = room.calls.begin("1"), room.calls.begin("2", "13900002222")
    room.calls.ring(one.id, LI)
    room.calls.answer(one.id, LI)
    await room.told.shown(LI)
    room.calls.end(one.id)
    room.calls.ring(two.id, LI)
    await room.told.shown(LI, 2)
    assert [pop.call_id for pop in room.pops.of_user(LI)] == [two.id]


async def test_a_caller_who_gives_up_takes_the_pop_along(room: Room) -> None:
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    await room.told.shown(LI)
    room.calls.end(call.id, outcome=Outcome.ABANDONED)
    assert room.told.to(LI)[-1].data["reason"] is HideReason.ENDED
    assert room.pops.of_user(LI) == []


async def test_a_slow_look_up_shows_the_number_first(hasty_room: Room) -> None:
    room = hasty_room
    customer = await known(room)
    async with room.db.transaction() as connection:
        await connection.execute("lock table contact in access exclusive mode")
        room.calls.ring(room.calls.begin().id, LI)
        assert room.pops.of_user(LI)[0].status is PopStatus.LOOKING
        pop = await room.told.shown(LI, limit=1.0)
        assert (pop.status, pop.number.display) == (PopStatus.NUMBER_ONLY, "138 0000 1111")
    await room.told.until(lambda: room.told.kinds(LI) == ["pop.show", "pop.update"])
    assert room.told.to(LI)[-1].data.customer.id == customer.id


async def test_while_the_database_is_away_what_is_remembered_pops(own_postgres: Any, tmp_path: Path) -> None:
    from cti_server.core.storage.migrate import migrate
    from cti_server.sandbox.state import repository

    await migrate(own_postgres.dsn, repository() / "cti_server/migrations")
    async with room_at(own_postgres.dsn, tmp_path) as room:
        customer = await known(room)
        room.calls.ring(room.calls.begin("1").id, LI)
        await room.told.shown(LI)
        room.calls.end("main:1")
        await own_postgres.kill()
        async with asyncio.timeout(5):
            while room.db.up:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        room.calls.ring(room.calls.begin("2").id, LI)
        assert (await room.told.shown(LI, 2)).customer.id == customer.id
        room.calls.ring(room.calls.begin("3", "13900002222").id, HAN)
        assert (await room.told.shown(HAN)).status is PopStatus.NUMBER_ONLY
        room.calls.answer("main:3", HAN)
        room.calls.end("main:3")
        room.calls.ring(room.calls.begin("4", "13900003333").id, HAN)  # takes the place of the one before
        assert [pop.call_id for pop in room.pops.of_user(HAN)] == ["main:4"]
        await own_postgres.restart()
        await room.told.until(lambda: room.told.to(HAN)[-1].data.status is PopStatus.NEW, 10)
        assert room.told.to(HAN)[-1].data.call_id == "main:4"
        async with asyncio.timeout(10):
            while not any(event.call_id == "main:3" for event in room.identified):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await room.journal.drained(10)
        talks = await room.db.fetch("select call_id, user_id from interaction where call_id = 'main:3'")
        assert [tuple(row) for row in talks] == [("main:3", HAN)], "it is not known with whom Han talked"


async def test_a_change_of_the_record_reaches_the_pop(room: Room) -> None:
    customer = await known(room)
    room.calls.ring(room.calls.begin().id, LI)
    await room.told.shown(LI)
    await room.customers.change(customer.id, 1, {"name": "王大明"}, by=LI)
    assert room.told.to(LI)[-1].data.customer.name == "王大明"
    assert room.identified[-1].name == "王大明"


async def test_another_number_after_a_transfer_is_looked_up(room: Room) -> None:
    await known(room)
    call = room.calls.begin(number="13900002222")
    room.calls.ring(call.id, LI)
    room.calls.answer(call.id, LI)
    await room.told.shown(LI)
    room.calls.change(call.id, number=PHONE)
    await room.told.until(lambda: room.told.to(LI)[-1].data.status is PopStatus.MATCHED)
    assert room.told.to(LI)[-1].data.customer.name == "王小明"


async def test_what_rings_already_at_a_start_or_after_a_lost_link_pops(room: Room) -> None:
    call = room.calls.begin()
    room.calls._leg(call.id, LI, LegState.CONNECTED)
    room.pops._reconcile(None)
    assert (await room.told.shown(LI)).state is PopState.TALKING
    del room.calls.calls[call.id]
    room.pops._on_link(LinkChanged(1.0, LinkView("main", True, 1.0)))
    assert [pop.state for pop in room.pops.of_user(LI)] == [PopState.AFTER]


async def test_a_merged_consultation_leaves_its_pop_behind(room: Room) -> None:
    one, two = room.calls.begin("1"), room.calls.begin("2", "13900002222")
    room.calls.ring(two.id, HAN)
    room.calls.answer(two.id, HAN)
    await room.told.shown(HAN)
    room.calls.answer(one.id, HAN)
    await room.told.shown(HAN, 2)
    room.calls.end(two.id, outcome=Outcome.MERGED, merged_into=one.id)
    assert [pop.call_id for pop in room.pops.of_user(HAN)] == [one.id]


async def test_a_user_who_leaves_his_phone_leaves_its_pops(room: Room) -> None:
    call = room.calls.begin()
    room.calls.ring(call.id, LI)
    await room.told.shown(LI)
    call_legs = room.calls.calls.pop(call.id)
    room.pops._on_profile(AgentProfileChanged(LI, ("main", "PJSIP/1001"), None))
    assert call_legs
    assert room.pops.of_user(LI) == []


async def test_who_is_forgotten_leaves_neither_pop_nor_memory_nor_drafts(room: Room) -> None:
    customer = await known(room)
    other = await known(room, "李四", "13900002222")
    call, stays = room.calls.begin("1", PHONE), room.calls.begin("2", "13900002222")
    room.calls.ring(call.id, LI)
    await room.told.shown(LI)
    room.calls.ring(stays.id, HAN)
    await room.told.shown(HAN)
    number = room.customers.number(PHONE)
    assert room.customers.cached(number)
    room.customers.forget([customer.id])
    room.pops.forget([customer.id], [call.id])
    assert room.customers.cached(number) == ()
    assert room.pops.of_user(LI) == []
    assert [pop.customer.id for pop in room.pops.of_user(HAN) if pop.customer] == [other.id]
    told = [one.data for one in room.told.messages if one.type == "system.forgotten"]
    assert told == [{"call_ids": [call.id]}]
