"""What is told when the database was away at the start, and who may listen."""

import asyncio
from typing import Any

import pytest

from cti_server.agents.help import service as module
from cti_server.agents.help.service import DAY, may_watch
from cti_server.core.auth.scope import EVERYTHING
from tests.agents.help.room import BOSS, EVA, LI, Room, person

pytestmark = pytest.mark.database


def test_who_may_listen() -> None:
    assert [may_watch(person(1, role)) for role in ("agent", "supervisor", "qa", "admin")] == [False, True, False, True]


async def test_what_was_loaded_late_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.service.hands.put_up(LI)
    await room.service.messages.send(BOSS, 2, "hello", from_agent=False)
    await room.journal.drained()
    service = room.made()
    told = asyncio.Event()
    tried: list[int] = []
    publish = room.hub.publish

    def heard(topic: str, type: str, data: Any, ts: float) -> None:
        publish(topic, type, data, ts)
        if topic == "user:3":
            told.set()

    restore = service.restore

    async def late() -> None:
        tried.append(1)
        if len(tried) == 1:
            raise module.CtiError("away")
        await restore()

    monkeypatch.setattr(module, "RETRY", 0.0)
    monkeypatch.setattr(service, "restore", late)
    monkeypatch.setattr(room.hub, "publish", heard)
    service.start()
    await asyncio.wait_for(told.wait(), 5)
    ((kind, snapshot),) = room.told("help")
    assert (kind, [one.name for one in snapshot["hands"]]) == ("help.list", ["李娜"])
    assert [(kind, mine.unread) for kind, mine in room.told("user:2")] == [("help.mine", 1)]


async def test_old_messages_and_notices_are_forgotten(room: Room) -> None:
    service = room.service
    await service.messages.send(LI, 1, "old and unread", from_agent=True)
    await service.notices.send(BOSS, "", "old", 60)
    room.clock.pass_seconds(100 * DAY)
    await service.messages.send(EVA, 3, "unread", from_agent=True)
    lasting = await service.notices.send(BOSS, "", "younger", 60)
    await service.notices.read(LI, lasting.id)
    room.clock.pass_seconds(81 * DAY)
    room.told("help")
    await service.forget()
    assert [(kind, data["agent_id"], data["unread"].by_supervisors) for kind, data in room.told("help")] == [
        ("message.forgotten", 1, 0)
    ]
    assert service.messages.unread_by_supervisors() == [{"user_id": 3, "unread": 1}]
    assert (await service.messages.page(1, None, 9))[0] == []
    page, more = await service.notices.page(EVERYTHING, None, 9)
    assert ([one.text for one in page], more) == (["younger"], None)
    room.clock.pass_seconds(100 * DAY)
    await service.forget()
    assert await room.db.fetchval("select count(*) from help_message") == 0
    assert await room.db.fetchval("select count(*) from help_notice_read") == 0


async def test_it_forgets_by_itself(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.service.messages.send(LI, 1, "old", from_agent=True)
    room.clock.pass_seconds(181 * DAY)
    told = asyncio.Event()
    monkeypatch.setattr(room.hub, "publish", lambda topic, kind, *_: kind == "message.forgotten" and told.set())
    room.service.start()
    await asyncio.wait_for(told.wait(), 5)
    assert await room.db.fetchval("select count(*) from help_message") == 0
