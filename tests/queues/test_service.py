"""The topic of queues: what goes out, how often, and what is known after a restart."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cti_server.core.bus import Bus
from cti_server.core.errors import Unavailable
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallKind, QueueChanged, QueueKind
from cti_server.live.views import MembershipView, QueueView, WaitingView
from cti_server.live.words import AgentState, Outcome, SegmentResult
from cti_server.queues import service as module
from cti_server.queues import store
from cti_server.queues.business_day import BusinessDay
from cti_server.queues.figures import Goal, Wait, WaitEnd
from cti_server.queues.model import QueueKey, wait_key
from cti_server.queues.service import QueuesService, may_watch
from tests.calls.made import AT, Hub, Live, Pbx, agent, call, session, story, waited
from tests.fakes.set_clock import SetClock

SUPPORT = QueueView("main", "support", (WaitingView("main:2.2", "u9", "138", "王", 1, AT),), ("PJSIP/1001",))


class Room:
    def __init__(self, hours: float = 1.0) -> None:
        self.bus, self.hub, self.clock = Bus(), Hub(), SetClock(AT + hours * 3600)
        self.live = Live(queues={("main", "support"): SUPPORT, ("main", "sales"): QueueView("main", "sales")})
        self.pbx = Pbx(self.bus, self.live)
        self.tasks = Tasks("test")
        self.queues = QueuesService(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            live=self.live,
            db=None,  # type: ignore[arg-type]
            clock=self.clock,
            tasks=self.tasks,
            day=BusinessDay(ZoneInfo("Asia/Shanghai"), time(0)),
            goal=Goal(),
            labels={"support": "客服"},
        )

    def says(self, kind: QueueKind, queue: QueueView = SUPPORT) -> None:
        self.bus.publish(QueueChanged(kind, AT, queue.pbx, queue.name))

    def figures(self, name: str = "support") -> Any:
        return self.queues.show(("main", name)).figures


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the history answers, call after call; the last answer for ever."""
    answers: list[Any] = [[]]

    async def waits_of_day(db: object, start: float, end: float) -> list[tuple[QueueKey, int, Wait]]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    monkeypatch.setattr(store, "waits_of_day", waits_of_day)
    return answers


@pytest.fixture
async def room(history: list[Any]) -> AsyncIterator[Room]:
    room = Room()
    room.queues.start()
    yield room
    room.queues.close()
    await room.tasks.close()


async def turn() -> None:
    """Let what is due at once be done."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_call_is_counted_once_and_told_with_the_site_s_label(room: Room) -> None:
    for kind, view in story():
        room.pbx.says(kind, view)
        room.pbx.says(kind, view)
    await turn()
    [told] = room.hub.on("queues")
    assert (told.type, told.data.label, told.data.name) == ("queue.figures", "客服", "support")
    assert (told.data.figures.offered, told.data.figures.service_level, told.data.figures.asa) == (1, 1.0, 12.0)
    assert told.data.waiting[0].call_id == "main:2.2"
    assert told.data.day_start == AT - 10 * 3600


async def test_a_burst_goes_out_as_one_message_now_and_one_later(room: Room) -> None:
    for kind in (QueueKind.UPDATED, QueueKind.CALLER_JOINED, QueueKind.UPDATED):
        room.says(kind)
    await turn()
    assert [told.type for told in room.hub.told] == ["queue.callerJoined"]
    for _ in range(500):
        room.says(QueueKind.CALLER_LEFT)
        room.says(QueueKind.CALLER_ABANDONED)
    room.says(QueueKind.CALLER_JOINED, replace(SUPPORT, name="sales"))
    await turn()
    assert [(told.data.name, told.type) for told in room.hub.told[1:]] == [("sales", "queue.callerJoined")]
    [(_, timer)] = room.queues._timers.items()
    assert 0 < timer.when() - asyncio.get_running_loop().time() <= module.LEAST_GAP
    timer._run()
    timer.cancel()
    assert [told.type for told in room.hub.told[2:]] == ["queue.callerAbandoned"]
    assert room.queues._timers == {}, "nothing is due when nothing happens"


async def test_a_call_belongs_to_the_day_on_which_it_entered(room: Room) -> None:
    night = room.queues._bounds[1] - AT
    room.pbx.says(CallKind.QUEUED, call("1.1", segments=(waited(1, night - 30, night + 5, SegmentResult.ANSWERED),)))
    assert room.figures().offered == 1
    room.clock.pass_seconds(night - 3600 + 10)
    assert room.figures().offered == 0
    room.pbx.says(CallKind.QUEUED, call("2.2", segments=(waited(1, night - 40, night + 20, SegmentResult.ABANDONED),)))
    assert room.figures().offered == 0
    room.pbx.says(CallKind.QUEUED, call("3.3", segments=(waited(1, night + 1, night + 20, SegmentResult.ABANDONED),)))
    assert (room.figures().abandoned, room.figures().longest_wait_today) == (1, 19.0)


async def test_a_pbx_whose_clock_is_far_ahead_begins_no_new_day(room: Room) -> None:
    room.pbx.says(CallKind.QUEUED, call("1.1", segments=(waited(1, 0, 5, SegmentResult.ANSWERED),)))
    ahead = 3 * 86400
    room.pbx.says(CallKind.QUEUED, call("2.2", segments=(waited(1, ahead, ahead + 9, SegmentResult.ANSWERED),)))
    assert (room.figures().offered, room.figures().longest_wait_today) == (1, 5.0)


async def test_midnight_is_told_though_nothing_happens(room: Room) -> None:
    room.pbx.says(CallKind.QUEUED, call("1.1", segments=(waited(1, 0, 5, SegmentResult.ANSWERED),)))
    await turn()
    room.clock.pass_seconds(86400)
    room.queues._wait_for_midnight()
    await turn()
    assert {told.data.name: told.data.figures.offered for told in room.hub.told[1:]} == {"support": 0, "sales": 0}


async def test_a_consultation_that_is_merged_is_taken_out_again(room: Room) -> None:
    consult = call("2.2", segments=(waited(1, 0, 5, SegmentResult.ANSWERED),))
    room.pbx.says(CallKind.ESTABLISHED, consult)
    assert room.figures().offered == 1
    room.pbx.says(CallKind.CLEARED, replace(consult, outcome=Outcome.MERGED))
    assert room.figures().offered == 0


async def test_an_agent_s_state_moves_the_counts_of_his_queues_and_of_those_he_left(room: Room) -> None:
    room.pbx.agent(agent())
    await turn()
    assert room.hub.told[-1].data.agents.ready == 1
    room.queues._sent.clear()
    moved = agent(state=AgentState.BUSY, memberships=(MembershipView("sales"),))
    room.pbx.agent(moved)
    await turn()
    assert {told.data.name for told in room.hub.told[1:]} == {"support", "sales"}


async def test_after_a_restart_the_day_goes_on_and_open_calls_are_not_counted_twice(
    history: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Wait(AT, 12.0, WaitEnd.ANSWERED)
    known = [(("main", "support"), wait_key("main:1.1", 2), Wait(AT + 3, 12.0, WaitEnd.ANSWERED))]
    known.append((("main", "support"), wait_key("main:0.1", 1), wait))
    history[:] = [Unavailable("away", code="database_away"), known]
    room = Room()
    monkeypatch.setattr(module, "RESTORE_PAUSE", 0.0)
    room.queues.start()
    for kind, view in story():
        room.pbx.says(kind, view)
    async with asyncio.timeout(5):
        await asyncio.gather(*room.tasks._running)
    assert (room.figures().offered, room.figures().answered_within) == (2, 2)
    room.queues.close()
    await room.tasks.close()


async def test_a_queue_that_is_gone_is_not_told(room: Room) -> None:
    room.says(QueueKind.UPDATED, replace(SUPPORT, name="old"))
    await turn()
    assert room.hub.told == []
    assert [queue.name for queue in room.hub.snapshots["queues"]()["queues"]] == ["sales", "support"]


async def test_the_day_is_restored_when_the_journal_has_been_written(
    history: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room, waited_for = Room(), asyncio.Event()
    room.queues._drained = waited_for.wait  # type: ignore[assignment]
    history[:] = [[(("main", "support"), 1, Wait(AT, 1.0, WaitEnd.ANSWERED))]]
    room.queues.start()
    await turn()
    assert room.figures().offered == 0
    waited_for.set()
    await asyncio.gather(*room.tasks._running)
    assert room.figures().offered == 1
    room.queues.close()
    await room.tasks.close()


def test_only_supervisors_and_admins_watch() -> None:
    assert [role for role in ("agent", "supervisor", "qa", "admin") if may_watch(session(role))] == [
        "supervisor",
        "admin",
    ]


async def test_a_queue_of_its_own_goal_is_judged_by_it(room: Room) -> None:
    own: dict[QueueKey, tuple[int | None, float | None]] = {}

    class Goals:
        def service_goal(self, key: QueueKey) -> tuple[int | None, float | None]:
            return own.get(key, (None, None))

    room.queues.goals = Goals()
    key = ("main", "support")
    for n, seconds in enumerate((10.0, 30.0)):
        assert room.queues._book(key, n, Wait(AT, seconds, WaitEnd.ANSWERED))
    before = room.queues.show(key)
    assert (before.figures.service_level, before.goal.seconds, before.goal.target) == (0.5, 20.0, 0.8)
    own[key] = (30, 0.95)
    room.queues.goal_changed(key)
    await turn()
    assert room.hub.on("queues")[-1].data.goal.seconds == 30
    after = room.queues.show(key)
    assert (after.figures.service_level, after.goal.seconds, after.goal.target) == (1.0, 30, 0.95)
    assert room.queues.show(("main", "sales")).goal.seconds == 20.0
