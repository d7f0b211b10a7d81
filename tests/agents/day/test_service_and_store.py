"""The day out of the history on a real PostgreSQL: cut at the day's start, once each, with the state that lasts."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from cti_server.agents.day.service import DayService
from cti_server.agents.directory import Directory
from cti_server.agents.model import Profile
from cti_server.agents.service import SINKS
from cti_server.agents.shift.reasons import Reason
from cti_server.core.errors import CtiError
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.queues.lost.model import Callback
from tests.agents.people import Users
from tests.calls.made import AT, Live
from tests.fakes.set_clock import SetClock

pytestmark = pytest.mark.database


class Days:
    def bounds(self, at: float) -> tuple[float, float]:
        return AT, AT + 86400


class Desk:
    def __init__(self, url: str, folder: Path) -> None:
        self.tasks, self.clock, self.live = Tasks("day"), SetClock(AT + 1000), Live()
        self.db = Database(url, pool_size=4, timeout=5.0)
        self.journal = Journal(folder, self.tasks, db=self.db, sinks=dict(SINKS))
        self.people = Directory()
        self.people.load([Profile(1, "main", "PJSIP/1001")], Users().known)
        self.callbacks: list[Callback] = []
        self.fault: CtiError | None = None
        self.service = DayService(
            live=self.live,
            people=self.people,
            journal=self.journal,
            db=self.db,
            clock=self.clock,
            days=Days(),
            reasons=lambda: [Reason("break", "小休", "Break", 60)],
            callbacks=[self.asked],
        )

    async def asked(self, user_id: int) -> Sequence[Callback]:
        if self.fault:
            raise self.fault
        return self.callbacks

    def was(self, state: str, start: float, end: float | None, reason: str = "", user_id: int = 1) -> None:
        row = {
            "pbx": "main",
            "device": "PJSIP/1001",
            "user_id": user_id,
            "state": state,
            "reason": reason,
            "exact": True,
        }
        self.journal.append(
            "agent_interval", {**row, "started_at": AT + start, "ended_at": None if end is None else AT + end}
        )

    async def talked(self, n: int, start: float, end: float | None, held: float = 0.0, **more: object) -> None:
        row = {"kind": "talk", "outcome": "answered", "user_id": 1, **more}
        call = await self.db.fetchval(
            "insert into call (pbx, linkedid, revision, direction, state, number, number_key, name, withheld, dialled,"
            " started_at, ended_at, outcome, wait_seconds, talk_seconds, held_seconds, data, exact)"
            " values ('main', $1, 1, 'inbound', 'cleared', '138', '138', '', false, '',"
            " to_timestamp($2), to_timestamp($3), $4, 0, 0, 0, '{}', true)"
            " on conflict (pbx, linkedid) do update set name = '' returning id",
            f"1.{n}", AT + start, None if end is None else AT + end, row["outcome"],
        )  # fmt: skip
        await self.db.execute(
            "insert into call_segment (call_id, n, kind, started_at, ended_at, device, user_id, held_seconds, exact)"
            " values ($1, (select count(*) + 1 from call_segment where call_id = $1), $2, to_timestamp($3),"
            " to_timestamp($4), 'PJSIP/1001', $5, $6, true)",
            call, row["kind"], AT + start, None if end is None else AT + end, row["user_id"], held,
        )  # fmt: skip


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(database_url, tmp_path / "journal")
    await desk.db.open()
    await desk.db.execute("insert into app_user (login, name, roles) values ('li', 'Li', '{agent}')")
    await desk.journal.open()
    yield desk
    await desk.journal.close()
    await desk.tasks.close()
    await desk.db.close()


async def test_the_day_so_far(desk: Desk) -> None:
    desk.was("ready", -100, 200)  # 200 s of it today
    desk.was("busy", 200, 400)
    desk.was("workingAfterCall", 400, 440, "acw")
    desk.was("notReady", 440, 540, "break")
    desk.was("ready", 540, None)  # its end was never seen
    desk.was("notReady", 940, None, "lunch")  # lasts
    desk.was("ready", -500, -100)
    await desk.talked(1, 200, 300, held=20.0)
    await desk.talked(1, 300, 400, kind="conference")
    await desk.talked(2, 250, 260, outcome="merged")
    await desk.talked(3, 300, 310, user_id=None)
    await desk.talked(4, -900, -800)
    desk.callbacks = [Callback("5", "138", "王", AT, 1)]
    day = await desk.service.of(1)
    assert (day.handled, day.talk_seconds, day.hold_seconds, day.acw_seconds) == (1, 180.0, 20.0, 40.0)
    assert day.ready_seconds == pytest.approx(200 + 400)
    assert day.aht == pytest.approx(240.0)
    assert day.occupancy == pytest.approx(240 / 840)
    assert [(one.reason, one.seconds, one.limit_seconds, one.over) for one in day.pauses] == [
        ("break", pytest.approx(100), 60, 1),
        ("lunch", pytest.approx(60), None, 0),
    ]
    assert [(one.ref, one.source) for one in day.callbacks] == [("5", "lostCall")]
    assert (await desk.service.of(2)).handled == 0


async def test_what_another_user_did_on_the_same_phone_is_his(desk: Desk) -> None:
    desk.was("ready", 0, None, user_id=7)
    desk.was("ready", 400, 500)
    day = await desk.service.of(1)
    assert day.ready_seconds == pytest.approx(100)
    assert (await desk.service.of(7)).ready_seconds == pytest.approx(400)


async def test_a_room_that_cannot_be_asked_hides_nothing_else(desk: Desk) -> None:
    desk.fault = CtiError("away")
    day = await desk.service.of(1)
    assert (day.callbacks, day.callbacks_complete) == ((), False)
