"""Calls that ended unseen."""

from typing import Any

import pytest

from cti_server.calls import ghosts as module
from cti_server.calls.ghosts import Ghosts
from cti_server.calls.model import digits_of
from cti_server.calls.picture import ended_unseen, row_of
from cti_server.calls.writer import CALL, CallWriter
from cti_server.core.errors import Unavailable
from cti_server.live.words import Outcome
from tests.calls.made import AT, Kept, Live, People, call, story
from tests.fakes.set_clock import SetClock


def test_it_ended_at_the_last_moment_known() -> None:
    talking = [view for _, view in story()][5]
    ended = ended_unseen(talking)
    assert (ended.ended_at, ended.outcome, ended.exact) == (AT + 15, Outcome.INTERRUPTED, False)
    assert all(part.ended_at is not None for part in ended.segments)
    assert all(leg.ended_at is not None for leg in ended.legs)
    assert ended_unseen(call()).ended_at == AT


async def test_the_database_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = [Unavailable("away"), [row_of(call(), 5, None, People(), digits_of)]]

    async def open_rows() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(module, "PAUSE", 0.0)
    kept, live = Kept(), Live()
    writer = CallWriter(kept, live, People(), SetClock(AT), digits_of)
    await Ghosts(open_rows, kept, live, writer).end_those_of("main")
    assert [(row["revision"], row["outcome"]) for row in kept.of(CALL)] == [(6, "interrupted")]
