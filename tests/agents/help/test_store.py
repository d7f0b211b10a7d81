"""Hands through the journal: whatever order and however often, a hand that is down stays down."""

import random

import pytest

from cti_server.agents.help import store
from cti_server.agents.help.model import Hand, coming, lowered
from tests.agents.help.room import Room
from tests.calls.made import AT

pytestmark = pytest.mark.database


async def test_a_hand_that_is_down_stays_down(room: Room) -> None:
    up = Hand("a", 1, AT, "main:1.1", "138", "王\x00", "support")
    told = [up, coming(up, 4, AT + 5), lowered(coming(up, 4, AT + 5), 4, "supervisor", AT + 9)]
    dice = random.Random(1)
    for _ in range(4):
        await room.db.execute("truncate help_hand")
        rows = [one.row() for one in [*told, *dice.choices(told, k=3)]]
        while rows:
            size = dice.randint(1, len(rows))
            async with room.db.transaction() as connection:
                await store.write_hands(connection, rows[:size])
            rows = rows[size:]
        row = await room.db.fetchrow("select caller, coming_by, lowered_how from help_hand")
        assert tuple(row) == ("王", 4, "supervisor")
        assert await store.hands_up(room.db, AT - 1) == []


async def test_a_hand_comes_back_as_it_was(room: Room) -> None:
    up = Hand("a", 1, AT + 0.123456, None, "", "", None)
    async with room.db.transaction() as connection:
        await store.write_hands(connection, [up.row()])
    assert await store.hands_up(room.db, AT) == [up]
