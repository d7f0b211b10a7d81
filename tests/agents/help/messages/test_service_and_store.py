"""Messages in both directions, kept before they are told, with their read marks and limits."""

import pytest

from cti_server.agents.help.model import MESSAGES_A_MINUTE, Unread
from cti_server.core.errors import BadInput, NotFound, TooMany
from tests.agents.help.room import BOB, BOSS, LI, Room
from tests.calls.made import AT

pytestmark = pytest.mark.database


async def test_both_directions_with_read_marks(room: Room) -> None:
    messages = room.service.messages
    asked = await messages.send(LI, 1, " 客户要找经理\r\n<b>急</b> ", from_agent=True)
    assert (asked.text, asked.sender_name, asked.from_agent, asked.read_at) == (
        "客户要找经理\n<b>急</b>",
        "李娜",
        True,
        None,
    )
    told = {"agent_id": 1, "message": asked, "unread": Unread(0, 1)}
    assert room.told("help") == room.told("user:1") == [("message.new", told)]
    assert room.service.snapshot()["unread"] == [{"user_id": 1, "unread": 1}]
    room.clock.pass_seconds(5)
    await messages.read(BOSS, 1, asked.id, by_agent=False)
    assert room.told("user:1") == [
        (
            "message.read",
            {"agent_id": 1, "by_agent": False, "up_to": asked.id, "at": AT + 5, "by_name": "Boss", "unread": Unread()},
        )
    ]
    await messages.read(BOSS, 1, asked.id, by_agent=False)
    assert room.told("user:1") == [], "read once"
    answer = await messages.send(BOSS, 1, "马上来", from_agent=False)
    assert room.service.of_user(1).unread == 1
    await messages.read(LI, 1, asked.id, by_agent=True)
    assert room.service.of_user(1).unread == 1, "an older number marks nothing newer"
    await messages.read(LI, 1, answer.id, by_agent=True)
    assert room.service.of_user(1).unread == 0
    page, more = await messages.page(1, None, 1)
    assert (page[0].text, page[0].read_by_name, more) == ("马上来", "李娜", answer.id)
    older, none = await messages.page(1, more, 5)
    assert ([one.read_at for one in older], none) == ([AT + 5], None)
    assert await messages.page(2, None, 5) == ([], None)


async def test_what_is_unread_outlives_a_restart(room: Room) -> None:
    await room.service.messages.send(LI, 1, "hello", from_agent=True)
    await room.service.messages.send(BOSS, 2, "hello", from_agent=False)
    service = await room.restarted()
    assert service.snapshot()["unread"] == [{"user_id": 1, "unread": 1}]
    assert (service.of_user(1).unread, service.of_user(2).unread) == (0, 1)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501, "a\x07b", "a\u202eb"])
async def test_texts_that_nobody_can_read_are_refused(room: Room, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        await room.service.messages.send(LI, 1, text, from_agent=True)
    assert refused.value.code == "bad_text"


async def test_not_too_many_a_minute_and_to_nobody_unknown(room: Room) -> None:
    with pytest.raises(NotFound):
        await room.service.messages.send(BOSS, 99, "hello", from_agent=False)
    for _ in range(MESSAGES_A_MINUTE):
        await room.service.messages.send(BOB, 2, "x" * 500, from_agent=True)
    with pytest.raises(TooMany) as full:
        await room.service.messages.send(BOB, 2, "x", from_agent=True)
    assert full.value.code == "too_many_messages"
    room.clock.pass_seconds(61)
    await room.service.messages.send(BOB, 2, "x", from_agent=True)
