"""A hand goes up with its call, somebody comes, it goes down; it outlives a restart and not the shift."""

import pytest

from cti_server.agents.shift.events import ShiftEnded
from cti_server.core.auth.events import SessionEnded
from cti_server.core.errors import Conflict, NotFound
from cti_server.live.words import AgentState, CallState, SegmentKind
from tests.agents.help.room import BOB, BOSS, LI, Room, person
from tests.calls.made import AT, agent, call, leg, part

pytestmark = pytest.mark.database


def talks(room: Room) -> None:
    """李娜 talks with a caller of the queue."""
    talk = part(1, SegmentKind.TALK, 10, device="PJSIP/1001", queue="support")
    view = call(state=CallState.ESTABLISHED, queue="support", segments=(talk,))
    room.live.calls[view.id] = view
    room.live.agents["main", "PJSIP/1001"] = agent(state=AgentState.BUSY, call_ids=(view.id,))


async def test_a_hand_carries_its_call_and_is_answered(room: Room) -> None:
    talks(room)
    hand = room.service.hands.put_up(LI)
    assert (hand.name, hand.team, hand.call_id, hand.number, hand.queue) == (
        "李娜",
        "one",
        "main:1.1",
        "+8613800138000",
        "support",
    )
    assert room.told("help") == room.told("user:1") == [("hand.raised", hand)]
    assert room.service.hands.put_up(LI) == hand, "it is up already"
    room.clock.pass_seconds(7)
    coming = room.service.hands.come(BOSS, 1)
    assert (coming.coming_by_name, coming.coming_at) == ("Boss", AT + 7)
    room.clock.pass_seconds(3)
    assert room.service.hands.come(BOSS, 1).coming_at == AT + 7, "who comes already does not begin anew"
    assert [kind for kind, _ in room.told("user:1")] == ["hand.coming", "hand.coming"]
    room.service.hands.put_down(BOSS, 1)
    assert room.told("user:1")[0][0] == "hand.lowered"
    assert room.service.snapshot()["hands"] == []
    assert room.service.of_user(1).hand is None
    with pytest.raises(NotFound):
        room.service.hands.come(BOSS, 1)
    await room.journal.drained()
    row = await room.db.fetchrow(
        "select lowered_by, r.lowered_how, seconds_to_coming from help_hand join report_agents_hand r using (id)"
    )
    assert tuple(row) == (4, "supervisor", 7.0)


async def test_a_phone_in_no_queue_brings_its_call_too(room: Room) -> None:
    view = call(legs=(leg(), leg("PJSIP/1002", n=2, started_at=AT + 4)))
    room.live.calls[view.id] = view
    assert room.service.hands.put_up(BOB).call_id == view.id
    assert room.service.hands.put_up(LI).call_id is None
    with pytest.raises(Conflict) as none:
        room.service.hands.put_up(person(4))
    assert none.value.code == "no_device"


async def test_hands_outlive_a_restart_but_not_a_shift_or_a_session(room: Room) -> None:
    talks(room)
    first = room.service.hands.put_up(LI)
    room.service.hands.put_up(BOB)
    room.service.hands.put_down(BOB, 2)
    room.service.hands.come(BOSS, 1)
    service = await room.restarted()
    kept = service.hands.all()
    assert [(one.id, one.call_id, one.coming_by) for one in kept] == [(first.id, "main:1.1", 4)]
    service.start()
    room.bus.publish(ShiftEnded(2))
    room.bus.publish(ShiftEnded(1))
    assert service.hands.of(1) is None
    service.hands.put_up(LI)
    room.bus.publish(SessionEnded(8, 1, signed_in=True))
    assert service.hands.of(1) is not None, "another tab of his is signed in"
    room.bus.publish(SessionEnded(9, 1))
    assert service.hands.all() == []
    await room.journal.drained()
    rows = await room.db.fetch("select lowered_how from help_hand order by lowered_at")
    assert [row["lowered_how"] for row in rows] == ["agent", "signedOut", "sessionEnded"]


async def test_a_hand_of_yesterday_stays_down(room: Room) -> None:
    room.service.hands.put_up(LI)
    room.clock.pass_seconds(13 * 3600)
    assert (await room.restarted()).hands.all() == []
