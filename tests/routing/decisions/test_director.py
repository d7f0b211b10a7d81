"""The director on a live model and an engine that refuses, times out, or says that nobody is there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cti_server.ami.errors import AmiRefused
from cti_server.core.errors import TimedOut
from cti_server.live import facts
from cti_server.routing.decisions.director import in_order
from cti_server.routing.decisions.model import Standing
from tests.routing.decisions.hall import KEY, Hall
from tests.routing.decisions.made import rules


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    hall = Hall()
    hall.tell(facts.Truth(queues=("support",)))
    hall.director.start()
    try:
        yield hall
    finally:
        await hall.tasks.close()


def count(hall: Hall, name: str) -> int:
    return sum(one[0] == name for one in hall.engine.asked)


async def test_without_rules_nothing_is_sent(hall: Hall) -> None:
    hall.join("1", "138")
    await hall.settled()
    assert hall.engine.asked == []


async def test_a_known_caller_comes_forward_once_and_it_is_written_down(hall: Hall) -> None:
    hall.policy = rules(tiers={"add": {"gold": 10}})
    hall.join("1")
    hall.join("2", "138")
    await hall.asked("priority", "PJSIP/trunk-2", "10")
    await hall.settled()
    await hall.settled()
    assert count(hall, "priority") == 1
    assert hall.orders[-1] == ("2", "1")
    assert [(one.call_id, one.result) for one in hall.kept] == [("main:2", "10")]


async def test_after_a_restart_what_the_pbx_has_already_is_not_sent_again(hall: Hall) -> None:
    hall.policy = rules(tiers={"add": {"gold": 10}})
    hall.join("1", "138")
    hall.engine.priorities["1"] = 10
    await hall.settled()
    await hall.settled()
    assert count(hall, "standings") >= 1
    assert count(hall, "priority") == 0
    assert hall.kept == []


async def test_a_withdrawal_whose_answer_does_not_come_is_never_sent_twice(hall: Hall) -> None:
    hall.policy = rules(overflow=[{"when": "wait", "limit": 5, "to": "queue", "target": "sales"}])

    def silent(name: str) -> bool:
        if name == "withdraw":
            raise TimedOut("no answer")
        return True

    hall.engine.answer = silent
    hall.join("1", ago=10)
    await hall.asked("withdraw", "PJSIP/trunk-1", "queue:sales")
    hall.engine.answer = lambda name: True
    for _ in range(3):
        await hall.settled()
    assert count(hall, "withdraw") == 1


async def test_what_the_pbx_refuses_is_said_and_not_asked_again_at_once(hall: Hall) -> None:
    hall.policy = rules(aging={"every_seconds": 5, "add": 3})

    def refuse(name: str) -> bool:
        if name == "priority":
            raise AmiRefused("QueueChangePriorityCaller", "Permission denied")
        return True

    hall.engine.answer = refuse
    hall.join("1", ago=6)
    await hall.asked("priority", "PJSIP/trunk-1", "3")
    for _ in range(3):
        await hall.settled()
    assert count(hall, "priority") == 1
    assert [one.kind for one in hall.kept] == ["refused"]


async def test_who_is_gone_meanwhile_is_no_decision(hall: Hall) -> None:
    hall.policy = rules(overflow=[{"when": "wait", "limit": 0, "to": "voicemail"}])
    hall.engine.answer = lambda name: name != "withdraw"
    hall.join("1", ago=1)
    await hall.asked("withdraw", "PJSIP/trunk-1", "voicemail:")
    await hall.settled()
    assert hall.kept == []


async def test_nothing_is_sent_while_the_link_is_down(hall: Hall) -> None:
    hall.policy = rules(aging={"every_seconds": 5, "add": 3})
    hall.tell(facts.LinkLost("cut"))
    hall.join("1", ago=60)
    await hall.settled()
    assert hall.engine.asked == []


async def test_waiting_raises_by_itself_when_its_time_has_come(hall: Hall) -> None:
    hall.policy = rules(aging={"every_seconds": 5, "add": 3})
    hall.join("1", ago=4.6)
    await hall.asked("priority", "PJSIP/trunk-1", "3")


async def test_members_get_their_own_penalties_back(hall: Hall) -> None:
    hall.tell(member(1107))
    hall.policy = rules(active=False)
    hall.director.stir(KEY, restore=True)
    await hall.asked("penalty", "PJSIP/1001", "7")


def member(penalty: int) -> facts.MemberSeen:
    values: dict[str, Any] = {"status": 1, "paused": False, "reason": ""}
    return facts.MemberSeen("support", "PJSIP/1001", "PJSIP/1001", "Li", penalty, **values)


def test_order() -> None:
    assert in_order((Standing("1", 1, 5), Standing("2", 2, 5), Standing("3", 3, 0)))
    assert not in_order((Standing("1", 1, 0), Standing("2", 2, 5)))
