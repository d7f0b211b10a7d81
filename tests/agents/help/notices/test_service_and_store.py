"""A notice reaches its team until it is read, withdrawn or over, and the sender sees who has read it."""

from dataclasses import replace

import pytest

from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.errors import BadInput, Forbidden, NotFound
from tests.agents.help.room import BOB, BOSS, EVA, LI, Room, person
from tests.calls.made import AT

pytestmark = pytest.mark.database


def readers(notice: object) -> list[tuple[str, bool]]:
    return [(one.name, one.at is not None) for one in notice.readers]  # type: ignore[attr-defined]


async def test_to_a_team_until_it_is_read(room: Room) -> None:
    notices = room.service.notices
    sent = await notices.send(BOSS, "one", "系统 15:00 升级", 600)
    assert readers(sent) == [("Bob", False), ("李娜", False)]
    assert [one.topic for one in room.hub.told if one.type == "notice.shown"] == ["user:1", "user:2"]
    assert [one.text for one in room.service.of_user(1).notices] == ["系统 15:00 升级"]
    assert room.service.of_user(3).notices == room.service.of_user(4).notices == ()
    room.told("help")
    await notices.read(LI, sent.id)
    await notices.read(LI, sent.id)
    ((kind, changed),) = room.told("help")
    assert (kind, readers(changed)) == ("notice.changed", [("李娜", True), ("Bob", False)])
    assert room.service.of_user(1).notices == ()
    with pytest.raises(NotFound):
        await notices.read(EVA, sent.id)
    service = await room.restarted()
    assert (service.of_user(1).notices, len(service.of_user(2).notices)) == ((), 1)
    assert readers(service.notices.all()[0]) == [("李娜", True), ("Bob", False)]


async def test_it_is_over_by_itself_and_can_be_withdrawn(room: Room) -> None:
    notices = room.service.notices
    short = await notices.send(BOSS, "", "short", 60)
    long = await notices.send(BOSS, "", "long", 3600)
    assert len(room.service.of_user(3).notices) == 2
    room.clock.pass_seconds(60)
    assert [one.text for one in room.service.of_user(3).notices] == ["long"]
    with pytest.raises(NotFound):
        await notices.read(BOB, short.id)
    gone = await notices.withdraw(BOSS, long.id)
    assert gone.withdrawn_at == AT + 60
    assert room.told("user:3")[-1] == ("notice.gone", {"id": long.id})
    assert room.service.notices.all() == []
    assert (await room.restarted()).notices.all() == []
    page, more = await room.service.notices.page(EVERYTHING, None, 1)
    assert (page[0].text, page[0].withdrawn_at, more) == ("long", AT + 60, long.id)
    assert [one.text for one in (await room.service.notices.page(EVERYTHING, more, 1))[0]] == ["short"]
    written = await room.db.fetch("select action, subject from audit_entry order by id")
    assert [tuple(row) for row in written] == [
        ("notice.send", str(short.id)),
        ("notice.send", str(long.id)),
        ("notice.withdraw", str(long.id)),
    ]


async def test_what_is_refused(room: Room) -> None:
    for team, seconds, field in (("three", 600, "team"), ("", 59, "minutes"), ("", 8 * 86400, "minutes")):
        with pytest.raises(BadInput) as refused:
            await room.service.notices.send(BOSS, team, "x", seconds)
        assert refused.value.field == field


async def test_who_is_limited_tells_and_takes_back_within_his_scope(room: Room) -> None:
    notices = room.service.notices
    chief = replace(person(4, "supervisor"), scope=Scope(teams=frozenset({"one"})))
    with pytest.raises(BadInput) as outside:
        await notices.send(chief, "two", "x", 600)
    assert (outside.value.field, outside.value.allowed) == ("team", "one")
    own = await notices.send(chief, "", "to all of mine", 600)
    assert [one.topic for one in room.hub.told if one.type == "notice.shown"] == ["user:1", "user:2"]
    assert room.service.of_user(3).notices == ()
    with pytest.raises(NotFound):
        await notices.read(EVA, own.id)
    service = await room.restarted()
    assert (len(service.of_user(1).notices), service.of_user(3).notices) == (1, ()), "it is kept to whom it went"

    notices, boss = service.notices, replace(BOSS, user_id=1)
    team = await notices.send(boss, "one", "to one", 600)
    other = await notices.send(boss, "two", "to two", 600)
    everybody = await notices.send(boss, "", "to all", 600)
    for notice, refusal, code in (
        (everybody, Forbidden, "notice_reaches_further"),
        (other, NotFound, "no_such_notice"),
    ):
        with pytest.raises(refusal) as refused:
            await notices.withdraw(chief, notice.id)
        assert refused.value.code == code
    await notices.withdraw(chief, team.id)
    await notices.withdraw(chief, own.id)
    first, more = await notices.page(chief.scope, None, 2)
    assert [(one.id, len(one.readers)) for one in first] == [(everybody.id, 2), (team.id, 2)]
    second, end = await notices.page(chief.scope, more, 2)
    assert ([one.id for one in second], end) == ([own.id], None)
