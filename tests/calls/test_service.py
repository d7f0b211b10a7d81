"""The history of calls with a real journal and a real PostgreSQL: exactly once, and for the right eyes only."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cti_server.calls.events import CustomerIdentified
from cti_server.calls.model import CallFilter, CustomerRef
from cti_server.calls.service import SINKS, CallsService
from cti_server.core.bus import Bus
from cti_server.core.errors import BadInput, NotFound, Unavailable
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallKind, LinkChanged
from cti_server.live.views import LinkView
from cti_server.live.words import CallState, Outcome
from cti_server.queues.business_day import BusinessDay
from tests.calls import killed_writer
from tests.calls.made import AT, Hub, Live, Pbx, People, call, leg, session, story
from tests.fakes.set_clock import SetClock

pytestmark = pytest.mark.database


class House:
    """One run of the server, as far as calls go."""

    def __init__(self, db: Database, journal: Journal, tasks: Tasks) -> None:
        self.db, self.journal, self.tasks = db, journal, tasks
        self.bus, self.hub, self.live = Bus(), Hub(), Live()
        self.clock = SetClock(AT + 3600)
        self.pbx = Pbx(self.bus, self.live)
        self.calls = CallsService(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            live=self.live,
            people=People(),
            journal=journal,
            db=db,
            clock=self.clock,
            days=BusinessDay(ZoneInfo("Asia/Shanghai")),
        )
        self.calls.start()

    def tell_story(self, linkedid: str = "1.1", times: int = 1) -> None:
        for kind, view in story():
            for _ in range(times):
                self.pbx.live.calls[f"main:{linkedid}"] = view
                self.pbx.says(kind, replace(view, id=f"main:{linkedid}", linkedid=linkedid))


Open = Callable[[], Awaitable[House]]


@pytest.fixture
async def begin(database_url: str, tmp_path: Path) -> AsyncIterator[Open]:
    houses: list[House] = []

    async def end(house: House) -> None:
        await house.calls._tasks.close()
        house.calls.write_due()
        await house.journal.close()
        await house.tasks.close()
        await house.db.close()

    async def open_house() -> House:
        while houses:
            await end(houses.pop())
        tasks = Tasks("test")
        db = Database(database_url, pool_size=4, timeout=5.0)
        await db.open()
        journal = Journal(tmp_path / "journal", tasks, db=db, sinks=SINKS)
        await journal.open()
        houses.append(House(db, journal, tasks))
        return houses[0]

    yield open_house
    while houses:
        await end(houses.pop())


async def counts(db: Database) -> tuple[int, ...]:
    row = await db.fetchrow(
        "select (select count(*) from call), (select count(*) from call_leg), (select count(*) from call_segment)"
    )
    return tuple(row)


async def test_every_event_twice_makes_no_double_row(begin: Open) -> None:
    house = await begin()
    house.tell_story(times=2)
    await house.journal.drained()
    assert await counts(house.db) == (1, 3, 5)


async def test_a_restart_in_the_middle_knows_the_open_calls_and_their_customer(begin: Open) -> None:
    house = await begin()
    views = list(story())
    for kind, view in views[:6]:
        house.pbx.says(kind, view)
    house.bus.publish(CustomerIdentified("main:1.1", 7, "王小明"))
    await house.journal.drained()
    house = await begin()
    assert await house.calls.open_calls() == [views[5][1]]
    house.live.calls["main:1.1"] = views[5][1]
    assert house.hub.snapshots["calls"]()["calls"][0].customer == CustomerRef(7, "王小明")
    for kind, view in views[6:]:
        house.pbx.says(kind, view)
    await house.journal.drained()
    assert await counts(house.db) == (1, 3, 5)
    rows, _ = await house.calls.page(session("supervisor"), CallFilter(), None, 10)
    assert (rows[0].outcome, rows[0].customer) == ("answered", CustomerRef(7, "王小明"))
    assert await house.calls.open_calls() == []


async def test_without_the_database_the_calls_are_known_from_the_journal(begin: Open) -> None:
    house = await begin()
    await house.db.close()
    with pytest.raises(Unavailable):
        await house.calls.open_calls()
    picture = {"pbx": "main", "linkedid": "5.5", "revision": 3}
    assert house.calls.remember([picture]) == [], "a row that is no picture of a call is passed over"


async def test_calls_that_the_pbx_does_not_know_end_and_what_is_truer_wins(begin: Open) -> None:
    house = await begin()
    views = list(story())
    for name in ("1.1", "2.2", "3.3"):
        for kind, view in views[:6]:
            house.pbx.says(kind, replace(view, id=f"main:{name}", linkedid=name))
    house.pbx.says(CallKind.ORIGINATED, call("4.4", pbx="other"))
    await house.journal.drained()
    house = await begin()  # without having been told of the open calls
    house.clock.pass_seconds(60)
    house.live.calls["main:3.3"] = replace(views[5][1], id="main:3.3", linkedid="3.3")
    house.bus.publish(LinkChanged(AT, LinkView("main", True, AT)))
    await asyncio.gather(*house.calls._tasks._running)
    house.pbx.says(CallKind.CLEARED, replace(views[-1][1], id="main:2.2", linkedid="2.2"))
    await house.journal.drained()
    rows = await house.db.fetch(
        "select linkedid, outcome, exact, ended_at is null as lasts from call order by linkedid"
    )
    assert [tuple(row) for row in rows] == [
        ("1.1", "interrupted", False, False),
        ("2.2", "answered", True, False),
        ("3.3", None, True, True),
        ("4.4", None, True, True),
    ]
    detail = await house.calls.detail(session("admin"), "main:1.1")
    assert [(part.kind, part.result) for part in detail.segments][-1] == ("talk", "interrupted")
    assert {leg.state for leg in detail.legs} == {"cleared"}


async def test_a_merged_consultation_is_kept_but_told_from_its_call(begin: Open) -> None:
    house = await begin()
    house.tell_story()
    consult = call("2.2", legs=(leg("PJSIP/1001"),), started_at=AT + 20)
    house.pbx.says(CallKind.ORIGINATED, consult)
    over = replace(consult, state=CallState.CLEARED, ended_at=AT + 30, outcome=Outcome.MERGED, merged_into="main:1.1")
    house.pbx.says(CallKind.CLEARED, over)
    await house.journal.drained()
    rows, _ = await house.calls.page(session("qa"), CallFilter(), None, 10)
    assert [(row.outcome, row.merged_into) for row in rows] == [("merged", "main:1.1"), ("answered", None)]


async def test_agents_see_the_calls_in_which_they_have_a_segment(begin: Open) -> None:
    house = await begin()
    house.tell_story()
    await house.journal.drained()
    first, stranger = session("agent", user_id=1), session("agent", user_id=3)
    [row], cursor = await house.calls.page(first, CallFilter(), None, 10)
    assert cursor is None
    assert [(part.name, part.result) for part in row.agents] == [("Bob", "noAnswer"), ("李娜", "answered")]
    assert (row.agents[1].talk_seconds, row.agents[1].held_seconds) == (50.0, 10.0)
    assert await house.calls.page(stranger, CallFilter(), None, 10) == ([], None)
    for name in (str(row.id), row.call_id):
        detail = await house.calls.detail(first, name)
        assert [step.what for step in detail.journey][:3] == ["started", "ivr", "queued"]
        assert len(detail.legs) == 3
        with pytest.raises(NotFound):
            await house.calls.detail(stranger, name)
    for name in ("0", "9" * 18, "nothing", ":", "main:\x00"):
        with pytest.raises(NotFound):
            await house.calls.detail(session("admin"), name)
    # An admin who also takes calls finds his own by day.
    assert await house.calls.mine(session("admin", user_id=3), None, None, 10) == ([], None)
    assert len((await house.calls.mine(first, date(2027, 1, 15), None, 10))[0]) == 1
    assert (await house.calls.mine(first, date(2027, 1, 14), None, 10))[0] == []


async def test_an_export_gives_every_call_once(begin: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_server.calls.service.CSV_STEP", 4)
    house = await begin()
    for n in range(11):
        house.tell_story(f"{n}.1")
    await house.journal.drained()
    seen = [row.call_id async for row in house.calls.every(session("supervisor"), CallFilter())]
    assert len(seen) == len(set(seen)) == 11


@pytest.mark.parametrize("cursor", ["!", "AAAA", "MjAyNyAxMg", "é"])
async def test_a_foreign_cursor_is_refused(begin: Open, cursor: str) -> None:
    house = await begin()
    with pytest.raises(BadInput) as refused:
        await house.calls.page(session("admin"), CallFilter(), cursor, 10)
    assert refused.value.field == "cursor"


async def test_kill_9_at_any_moment_loses_and_doubles_nothing_that_was_acknowledged(
    database_url: str, tmp_path: Path
) -> None:
    dice = random.Random(11)
    acknowledged: set[str] = set()
    for run in range(4):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            killed_writer.__file__,
            database_url,
            str(tmp_path / "journal"),
            str(run),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        told: list[str] = []
        async with asyncio.timeout(30):
            while len(told) < 5 + dice.randint(0, 40):
                told.append((await process.stdout.readline()).decode())
        process.send_signal(signal.SIGKILL)
        told += (await process.communicate())[0].decode().splitlines(keepends=True)
        acknowledged |= {line[5:-1] for line in told if line.startswith("safe ") and line.endswith("\n")}
    tasks, db = Tasks("test"), Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    journal = Journal(tmp_path / "journal", tasks, db=db, sinks=SINKS)
    await journal.open()
    await journal.drained()
    done = await db.fetch(
        "select c.linkedid, count(distinct l.uniqueid) as legs, count(distinct s.n) as parts from call c"
        " join call_leg l on l.call_id = c.id join call_segment s on s.call_id = c.id"
        " where c.ended_at is not null group by c.id, c.linkedid"
    )
    found = [row["linkedid"] for row in done]
    assert len(acknowledged) >= 16
    assert acknowledged <= set(found)
    assert len(found) == len(set(found))
    assert {(row["legs"], row["parts"]) for row in done} == {(3, 5)}
    await journal.close()
    await tasks.close()
    await db.close()


async def test_changes_of_a_moment_are_one_picture_and_the_end_is_written_at_once(begin: Open) -> None:
    house = await begin()
    views = list(story())
    for kind, view in views[:-1]:
        house.pbx.says(kind, view)
    assert house.journal.appended == 0
    house.calls.write_due()
    assert house.journal.appended == 1
    house.calls.write_due()
    house.pbx.says(*views[-1])
    assert house.journal.appended == 2
    await house.journal.drained()
    assert await counts(house.db) == (1, 3, 5)


async def test_a_picture_comes_by_itself_within_a_moment(begin: Open) -> None:
    house = await begin()
    house.pbx.says(CallKind.ORIGINATED, call())
    async with asyncio.timeout(5):
        while not house.journal.appended:  # noqa: ASYNC110 (the journal tells nobody)
            await asyncio.sleep(0.01)
    await house.journal.drained()
    assert await counts(house.db) == (1, 1, 0)
