"""What is told when the database was away at the start, and who may listen."""

import asyncio
from typing import Any

import pytest

from cti_server.agents.help import service as module
from cti_server.agents.help.service import may_watch
from tests.agents.help.room import BOSS, LI, Room, person

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
