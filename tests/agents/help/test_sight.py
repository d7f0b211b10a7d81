"""What a supervisor with a limited scope hears of help, by the topic's own sight in a real hub."""

from dataclasses import replace
from typing import Any

import pytest

from cti_server.agents.help.service import TOPIC
from cti_server.agents.model import QueuePlace
from cti_server.core.auth.scope import Scope
from cti_server.core.metrics import Metrics
from cti_server.core.push.hub import PushHub
from tests.agents.help.room import BOSS, EVA, LI, PROFILES, Room, person
from tests.agents.help.test_hands import talks
from tests.core.push.test_hub import Ear

pytestmark = pytest.mark.database
ONE = Scope(teams=frozenset({"one"}))


class Desk:
    """A supervisor who listens through a real hub to what the room tells."""

    def __init__(self, room: Room, scope: Scope) -> None:
        self.room = room
        self.hub = PushHub(room.clock, Metrics())
        self.hub.register_topic(
            TOPIC, may=lambda who: True, snapshot=room.service.snapshot, sight=room.hub.sights[TOPIC]
        )
        room.told(TOPIC)
        self.ear = Ear(replace(person(4, "supervisor"), scope=scope))
        self.hub.subscribe(self.ear, [TOPIC], {})
        (self.first,) = self.ear.take()

    def hears(self) -> list[tuple[str, Any]]:
        for kind, data in self.room.told(TOPIC):
            self.hub.publish(TOPIC, kind, data, self.room.clock.now())
        self.hub.flush()
        return [(one["type"], one["data"]) for one in self.ear.take()]


async def test_the_picture_holds_what_lies_within(room: Room) -> None:
    for who in (LI, EVA):
        room.service.hands.put_up(who)
        await room.service.messages.send(who, who.user_id, "help", from_agent=True)
    for team in ("", "one", "two"):
        await room.service.notices.send(BOSS, team, f"to {team}", 600)
    first = Desk(room, ONE).first["data"]
    assert [one["name"] for one in first["hands"]] == ["李娜"]
    assert first["unread"] == [{"user_id": 1, "unread": 1}]
    assert [(one["team"], sorted(who["name"] for who in one["readers"])) for one in first["notices"]] == [
        ("one", ["Bob", "李娜"]),
        ("", ["Bob", "李娜"]),
    ]
    assert len(Desk(room, Scope()).first["data"]["notices"]) == 3


async def test_changes_come_from_within_and_who_leaves_is_gone_once(room: Room) -> None:
    desk = Desk(room, ONE)
    room.service.hands.put_up(EVA)
    await room.service.messages.send(EVA, 3, "hello", from_agent=True)
    notice = await room.service.notices.send(BOSS, "two", "hello", 600)
    assert desk.hears() == []
    room.service.hands.put_up(LI)
    await room.service.messages.send(LI, 1, "hello", from_agent=True)
    own = await room.service.notices.send(BOSS, "one", "hello", 600)
    assert [kind for kind, _ in desk.hears()] == ["hand.raised", "message.new", "notice.changed"]
    for profile in PROFILES[:2]:
        room.people.put(replace(profile, team="two"))
    room.service.hands.come(BOSS, 1)
    room.service.hands.come(BOSS, 3)
    await room.service.messages.read(BOSS, 1, 99, by_agent=False)
    await room.service.notices.withdraw(BOSS, own.id)
    await room.service.notices.withdraw(BOSS, notice.id)
    assert desk.hears() == [
        ("hand.lowered", {"user_id": 1}),
        ("thread.gone", {"agent_id": 1}),
        ("notice.gone", {"id": own.id}),
    ]
    room.service.hands.put_down(LI, 1)
    assert desk.hears() == []


@pytest.mark.parametrize(("queue", "call"), [("support", "main:1.1"), ("sales", None)])
async def test_a_hand_comes_without_the_call_of_a_queue_outside(room: Room, queue: str, call: str | None) -> None:
    room.people.put(replace(PROFILES[0], queues=(QueuePlace("support"), QueuePlace("sales"))))
    talks(room)
    desk = Desk(room, Scope(frozenset({"one"}), frozenset({queue})))
    room.service.hands.put_up(LI)
    ((_, hand),) = desk.hears()
    assert (hand["name"], hand["call_id"], bool(hand["number"])) == ("李娜", call, call is not None)
