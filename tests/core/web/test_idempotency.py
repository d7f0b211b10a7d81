import asyncio

import pytest

from cti_server.core.errors import BadInput, Conflict, TimedOut
from cti_server.core.web.idempotency import Answers, checked_key


def test_a_key_is_checked() -> None:
    assert checked_key("abcDEF-_123") == "abcDEF-_123"
    for bad in (None, "", "short", "a" * 129, "with blank 1", "line\nbreak1"):
        with pytest.raises(BadInput):
            checked_key(bad)


async def test_the_second_time_gives_the_first_answer(clock) -> None:  # type: ignore[no-untyped-def]
    answers = Answers(clock)
    answer, first = await answers.claim(1, "POST /dial", "key-0001", b"{}")
    assert first
    waiting = asyncio.gather(answers.claim(1, "POST /dial", "key-0001", b"{}"))
    answers.store(answer, 202, b"done", "application/json")
    ((again, first_again),) = await waiting
    assert (again.body, first_again) == (b"done", False)


async def test_a_key_belongs_to_one_user_and_one_body(clock) -> None:  # type: ignore[no-untyped-def]
    answers = Answers(clock)
    await answers.claim(1, "POST /dial", "key-0001", b"{}")
    assert (await answers.claim(2, "POST /dial", "key-0001", b"other"))[1]
    with pytest.raises(Conflict):
        await answers.claim(1, "POST /dial", "key-0001", b"other")


async def test_a_command_under_way_is_not_begun_again(clock) -> None:  # type: ignore[no-untyped-def]
    answers = Answers(clock, wait=0.01)
    await answers.claim(1, "POST /dial", "key-0001", b"")
    with pytest.raises(TimedOut):
        await answers.claim(1, "POST /dial", "key-0001", b"")


async def test_old_answers_go(clock) -> None:  # type: ignore[no-untyped-def]
    answers = Answers(clock, keep=600, size=2)
    for number in range(3):
        await answers.claim(1, "c", f"key-000{number}", b"")
    assert (await answers.claim(1, "c", "key-0000", b""))[1]
    clock.time += 601
    assert (await answers.claim(1, "c", "key-0002", b""))[1]
