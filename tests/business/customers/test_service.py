import asyncio
from typing import Any

import pytest

from cti_server.business.customers.api import ContactBody
from cti_server.business.customers.model import Talk
from cti_server.core.errors import BadInput, Conflict, NotFound
from tests.business.customers.conftest import Room
from tests.business.customers.desk import LI

pytestmark = pytest.mark.database


async def made(room: Room, name: str = "王小明", phone: str = "13800001111", **more: Any) -> Any:
    return await room.customers.add({"name": name, "contacts": [ContactBody("phone", phone, True)], **more}, by=1)


async def test_a_record_with_everything(room: Room) -> None:
    contacts = [
        ContactBody("phone", "010-62345678"),
        ContactBody("email", "Li@Example.com"),
        ContactBody("wechat", "lilei"),
    ]
    customer = await room.customers.add(
        {"name": "Li", "company": "ACME", "tier": "gold", "language": "en", "fields": {"a": 1}, "contacts": contacts},
        by=1,
    )
    again = await room.customers.customer(customer.id, by=LI)
    assert again == customer
    assert {contact.value for contact in again.contacts} == {"+861062345678", "li@example.com", "lilei"}
    assert (again.company, again.tier, again.language, again.fields) == ("ACME", "gold", "en", {"a": 1})
    assert (again.status, again.version) == ("known", 1)
    await room.journal.drained()
    assert await room.db.fetchval("select how from customer_access where user_id = $1", LI) == "open"


async def test_a_change_on_an_old_version_is_a_conflict(room: Room) -> None:
    customer = await made(room)
    changed = await room.customers.change(customer.id, 1, {"company": "ACME"}, by=LI)
    assert (changed.company, changed.name, changed.version) == ("ACME", "王小明", 2)
    with pytest.raises(Conflict):
        await room.customers.change(customer.id, 1, {"company": "Other"}, by=LI)
    both = await asyncio.gather(
        *(room.customers.change(customer.id, 2, {"tier": str(n)}, by=LI) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, Conflict) for one in both) == 4


async def test_editing_makes_a_new_record_known_and_keeps_contacts_that_stay(room: Room) -> None:
    found = (await room.customers.find(room.customers.number("13800001111")))[0]
    assert found.status == "new"
    contacts = [ContactBody("phone", "+8613800001111", True), ContactBody("phone", "13900002222")]
    changed = await room.customers.change(found.id, 1, {"name": "Li", "contacts": contacts}, by=LI)
    assert changed.status == "known"
    assert changed.contacts[0].id == found.contacts[0].id
    assert (await room.customers.find(room.customers.number("13900002222")))[0].id == found.id
    less = await room.customers.change(found.id, 2, {"contacts": contacts[:1]}, by=LI)
    assert len(less.contacts) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "a\r\nb"},
        {"company": "x"},
        {"name": "a", "contacts": [ContactBody("phone", "abc")]},
        {"name": "a", "contacts": [ContactBody("phone", f"1380000{n:04d}") for n in range(51)]},
        {"name": "a", "fields": {"x": ["list"]}},
    ],
)
async def test_wrong_input_writes_nothing(room: Room, values: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await room.customers.add(values, by=1)
    assert await room.db.fetchval("select count(*) from customer") == 0


async def test_search(room: Room) -> None:
    ming = await made(room, company="北京贸易有限公司")
    hong = await made(room, "Xiao Hong", "010-62345678", company="ACME 100%")
    await room.customers.add({"name": "Zoe", "contacts": [ContactBody("email", "zoe@example.com")]}, by=1)

    async def names(query: str) -> list[str]:
        return [one.name for one in await room.customers.search(query, after=0, limit=50)]

    assert await names("") == ["王小明", "Xiao Hong", "Zoe"]
    for query in ("王", "王小明", "贸易有限", "13800001111", "1111", "+86 138 0000 1111", "０１３８００００１１１１"):
        assert await names(query) == ["王小明"], query
    for query in ("xiao", "HONG", "acme", "100%", "62345678", "010-6234 5678", "5678"):
        assert await names(query) == ["Xiao Hong"], query
    assert await names("Zoe@Example.com") == ["Zoe"]
    assert await names("%") == []
    assert await names("'; drop table customer; --") == []
    assert [one.id for one in await room.customers.search("", after=ming.id, limit=1)] == [hong.id]
    with pytest.raises(BadInput):
        await room.customers.search("x" * 101, after=0, limit=1)


async def test_notes(room: Room) -> None:
    customer = await made(room)
    with_note = await room.customers.add_note(customer.id, " line one\nline two ", True, by=LI, author="李雷")
    note = with_note.notes[0]
    assert (note.text, note.author, note.open) == ("line one\nline two", "李雷", True)
    assert (await room.customers.change_note(note.id, None, False)).open is False
    with pytest.raises(NotFound):
        await room.customers.add_note(10**9, "x", True, by=LI, author="")
    with pytest.raises(NotFound):
        await room.customers.change_note(10**9, "x", None)
    with pytest.raises(BadInput):
        await room.customers.add_note(customer.id, " ", True, by=LI, author="")


async def save(room: Room, talk: Talk | None, **more: Any) -> Any:
    given = {"call_id": "main:1", "user_id": LI, "customer_id": None, "outcome": "resolved", "summary": "done", **more}
    return await room.customers.save_interaction(talk, **given)


async def test_an_interaction_is_kept_once_per_call_and_agent(room: Room) -> None:
    customer, other = await made(room), await made(room, "Other", "13900002222")
    talk = Talk("main:1", LI, "李雷", 1000.0, "inbound", customer.id)
    saved = await save(room, talk)
    assert [(one.outcome, one.summary, one.at) for one in saved.interactions] == [("resolved", "done", 1000.0)]
    saved = await save(room, None, outcome="callback", summary="later")
    assert [(one.outcome, one.summary) for one in saved.interactions] == [("callback", "later")]
    moved = await save(room, None, customer_id=other.id)
    assert (moved.id, len(moved.interactions)) == (other.id, 1)
    room.customers.talked(talk)  # comes behind, through the journal
    await room.journal.drained()
    assert await room.db.fetchval("select customer_id from interaction") == other.id


async def test_nobody_writes_into_others_calls(room: Room) -> None:
    customer = await made(room)
    with pytest.raises(NotFound):
        await save(room, None, customer_id=customer.id)
    talk = Talk("main:1", LI, "李雷", 1000.0, "inbound", None)
    with pytest.raises(NotFound):
        await save(room, talk)
    with pytest.raises(BadInput) as caught:
        await save(room, talk, customer_id=customer.id, outcome="nonsense")
    assert caught.value.field == "outcome"


async def test_outcomes_have_names_in_both_languages(room: Room) -> None:
    outcomes = await room.customers.outcomes()
    assert ("resolved", "已解决", "Resolved") in [(one.code, one.zh, one.en) for one in outcomes]


async def test_talks_are_written_once_however_often_they_come(room: Room) -> None:
    customer = await made(room)
    for _ in range(3):
        room.customers.talked(Talk("main:1", LI, "李雷", 1000.0, "inbound", customer.id))
    room.customers.talked(Talk("main:2", LI, "李雷", 1000.0, "inbound", None))
    room.customers.talked(Talk("main:3", LI, "李雷", 1000.0, "inbound", 10**9))
    await room.journal.drained()
    assert await room.db.fetchval("select array_agg(call_id) from interaction") == ["main:1"]
    assert room.journal.dead == 0
