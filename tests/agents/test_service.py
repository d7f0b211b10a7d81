"""The room of agents on a real PostgreSQL and a real journal, with a PBX that keeps what it is asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from cti_server.agents import service as module
from cti_server.agents.events import AgentProfileChanged
from cti_server.agents.model import AgentShiftJson, QueuePlace, TodayJson
from cti_server.agents.service import SINKS, AgentsService
from cti_server.agents.shift.model import Target
from cti_server.calls.service import SINKS as CALL_SINKS
from cti_server.calls.service import CallsService
from cti_server.core.audit.service import AuditLog
from cti_server.core.bus import Bus
from cti_server.core.errors import BadInput, Conflict, NotFound, Unavailable
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import LinkChanged
from cti_server.live.views import LinkView, QueueView
from cti_server.live.words import AgentState
from cti_server.queues.business_day import BusinessDay
from tests.agents.people import AskedMembers, Users
from tests.calls.made import AT, Hub, Live, Pbx, agent, session, story
from tests.fakes.set_clock import SetClock

pytestmark = pytest.mark.database
ADMIN = session("admin", user_id=2)


class House:
    """One run of the server, as far as agents go."""

    def __init__(self, db: Database, journal: Journal, tasks: Tasks) -> None:
        self.db, self.journal, self.tasks = db, journal, tasks
        self.bus, self.hub, self.live, self.members = Bus(), Hub(), Live(), AskedMembers()
        self.live.queues = {
            ("main", "support"): QueueView("main", "support"),
            ("main", "sales"): QueueView("main", "sales"),
        }
        self.clock = SetClock(AT + 600)
        self.pbx = Pbx(self.bus, self.live)
        self.events: list[AgentProfileChanged] = []
        self.bus.subscribe(AgentProfileChanged, self.events.append)
        days = BusinessDay(ZoneInfo("Asia/Shanghai"))
        self.agents = AgentsService(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            live=self.live,
            db=db,
            journal=journal,
            audit=AuditLog(db, self.clock),
            accounts=Users(),
            members=self.members,
            clock=self.clock,
            tasks=tasks,
            days=days,
            pbxs=["main"],
        )
        self.calls = CallsService(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            live=self.live,
            people=self.agents.directory,
            journal=journal,
            db=db,
            clock=self.clock,
            days=days,
        )

    async def start(self) -> None:
        await self.agents.start()
        self.calls.start()

    async def link_up(self) -> None:
        self.bus.publish(LinkChanged(AT, LinkView("main", True, AT)))
        await asyncio.gather(*(task for task in self.tasks._running if "members" in task.get_name()))

    async def save(self, *queues: str, user_id: int = 1, device: str = "PJSIP/1001") -> object:
        return await self.agents.save(ADMIN, user_id, "main", device, [QueuePlace(name) for name in queues], "一组")


Open = Callable[[], Awaitable[House]]


@pytest.fixture
async def begin(database_url: str, tmp_path: Path) -> AsyncIterator[Open]:
    houses: list[House] = []

    async def end(house: House) -> None:
        house.agents.close()
        await house.journal.close()
        await house.tasks.close()
        await house.db.close()

    async def open_house() -> House:
        while houses:
            await end(houses.pop())
        tasks, db = Tasks("test"), Database(database_url, pool_size=4, timeout=5.0)
        await db.open()
        await db.execute(
            "insert into app_user (login, name, roles) values ('li', '李娜', '{agent}'), ('bob', 'Bob', '{admin}')"
            " on conflict do nothing"
        )
        journal = Journal(tmp_path / "journal", tasks, db=db, sinks={**CALL_SINKS, **SINKS})
        await journal.open()
        houses.append(House(db, journal, tasks))
        return houses[0]

    yield open_house
    while houses:
        await end(houses.pop())


async def test_a_saved_profile_is_kept_audited_told_and_brought_to_the_pbx(begin: Open) -> None:
    house = await begin()
    await house.start()
    await house.save("support")
    assert house.members.asked == [("add", "support", "PJSIP/1001", "李娜", 0)]
    await house.save("sales", device="PJSIP/1002")
    assert house.members.asked[1:] == [("remove", "support", "PJSIP/1001"), ("add", "sales", "PJSIP/1002", "李娜", 0)]
    assert house.events == [
        AgentProfileChanged(1, None, ("main", "PJSIP/1001")),
        AgentProfileChanged(1, ("main", "PJSIP/1001"), ("main", "PJSIP/1002")),
    ]
    audit = await AuditLog(house.db, house.clock).page()
    assert [(entry.action, entry.subject) for entry in audit] == [("agent.profile", "1")] * 2
    assert audit[0].details["before"] != audit[0].details["after"]
    house = await begin()
    await house.start()
    [shown] = await house.agents.profiles()
    assert (shown.login, shown.name, shown.device, shown.queues) == ("li", "李娜", "PJSIP/1002", (QueuePlace("sales"),))
    await house.agents.remove(ADMIN, 1)
    assert house.agents.profile(1) is None
    with pytest.raises(NotFound):
        await house.agents.remove(ADMIN, 1)


async def test_what_cannot_be_saved_changes_nothing(begin: Open) -> None:
    house = await begin()
    await house.start()
    await house.save("support")
    with pytest.raises(Conflict):
        await house.save(user_id=2)
    with pytest.raises(NotFound):
        await house.save(user_id=9, device="PJSIP/9")
    with pytest.raises(BadInput) as refused:
        await house.save("nowhere")
    assert (refused.value.field, refused.value.allowed) == ("queues", "sales, support")
    with pytest.raises(BadInput):
        await house.agents.save(ADMIN, 1, "other", "PJSIP/1001", [], "")
    assert house.agents.directory.user_of("main", "PJSIP/1001") == 1
    assert len(await AuditLog(house.db, house.clock).page()) == 1


async def test_a_pbx_that_is_away_does_not_hinder_saving_and_is_asked_when_it_is_back(begin: Open) -> None:
    house = await begin()
    await house.start()
    house.members.away()
    saved = await house.save("support")
    assert [(one.done, one.reason) for one in saved.members] == [(False, "The PBX is away.")]  # type: ignore[attr-defined]
    await house.save("sales")
    house.members.fault = None
    house.members.asked.clear()
    await house.link_up()
    assert house.members.asked == [("remove", "support", "PJSIP/1001"), ("add", "sales", "PJSIP/1001", "李娜", 0)]
    await house.save("support")
    house.pbx.agent(agent())
    house.members.asked.clear()
    await house.link_up()
    assert house.members.asked == [], "he is a member"


async def test_stretches_and_figures_go_on_after_a_restart(begin: Open) -> None:
    house = await begin()
    await house.start()
    await house.save("support")
    house.pbx.agent(agent(state=AgentState.READY, since=AT))
    for kind, view in story():
        house.pbx.says(kind, view)
    house.pbx.agent(agent(state=AgentState.NOT_READY, reason="lunch", since=AT + 100))
    house.agents._shown.send()
    mine = house.hub.on("user:1")[-1].data
    assert mine.today == TodayJson(answered=1, talk_seconds=50.0, hold_seconds=10.0)
    await house.journal.drained()
    house = await begin()
    await house.start()
    assert house.hub.snapshots["user.today"](1) == TodayJson(answered=1, talk_seconds=50.0, hold_seconds=10.0)
    house.pbx.agent(agent(state=AgentState.NOT_READY, reason="lunch", since=AT + 500))
    house.pbx.agent(agent(state=AgentState.READY, since=AT + 700))
    for kind, view in story():
        house.pbx.says(kind, view)
    assert house.hub.snapshots["user.today"](1).answered == 1
    await house.journal.drained()
    rows = await house.db.fetch("select state, user_id, seconds, exact from report_agents_interval order by started_at")
    assert [tuple(row) for row in rows] == [
        ("ready", 1, 100.0, True),
        ("notReady", 1, 600.0, True),
        ("ready", 1, None, True),
    ]
    assert len(await house.db.fetch("select 1 from call")) == 1


async def test_a_start_without_the_database_is_made_good_when_it_comes(
    begin: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await begin()
    await house.start()
    await house.save("support")
    house = await begin()
    away = Unavailable("away", code="database_away")
    real = module.store.profiles
    answers = [away, away]

    async def profiles(db: Database) -> object:
        if answers:
            raise answers.pop()
        return await real(db)

    monkeypatch.setattr(module.store, "profiles", profiles)
    monkeypatch.setattr(module, "RESTORE_PAUSE", 0.0)
    await house.start()
    house.pbx.agent(agent("PJSIP/1001", memberships=()))
    assert house.agents.directory.user_of("main", "PJSIP/1001") is None
    async with asyncio.timeout(10):
        await asyncio.gather(*(task for task in house.tasks._running if "restore" in task.get_name()))
    assert house.agents.directory.user_of("main", "PJSIP/1001") == 1
    assert cast("list[tuple[object, ...]]", house.members.asked) == [("add", "support", "PJSIP/1001", "李娜", 0)]
    await house.journal.drained()
    found = await house.db.fetch("select user_id from agent_interval order by started_at, user_id nulls first")
    assert [row["user_id"] for row in found] == [None, 1]


async def test_a_shift_outlives_a_restart_and_its_memberships_are_its_own_affair(begin: Open) -> None:
    house = await begin()
    await house.start()
    await house.save("support", "sales")
    await house.agents.shift.sign_in(1, ["support"])
    await house.agents.shift.set_state(1, Target(AgentState.NOT_READY, "lunch"))
    house = await begin()
    await house.start()
    shown = house.hub.snapshots["user.shift"](1)
    assert (shown.state, shown.reason, shown.limit_at) == ("notReady", "lunch", shown.since + 3600)
    await house.link_up()
    assert house.members.asked == [("add", "support", "PJSIP/1001", "李娜", 0, "lunch")]
    assert house.agents._shown.show(("main", "PJSIP/1001")).shift == AgentShiftJson(True, shown.limit_at, None, 0)
    await house.agents.shift.sign_out(1)
    house = await begin()
    await house.start()
    await house.link_up()
    await house.save("support", "sales")
    assert house.members.asked == [], "he signed out"


async def test_who_is_not_always_on_is_a_member_only_by_signing_in(begin: Open) -> None:
    house = await begin()
    await house.start()
    saved = await house.agents.save(ADMIN, 1, "main", "PJSIP/1001", [QueuePlace("support")], "", always_on=False)
    house = await begin()
    await house.start()
    await house.link_up()
    assert (saved.always_on, house.members.asked) == (False, [])
    await house.agents.shift.sign_in(1)
    assert house.members.asked == [("add", "support", "PJSIP/1001", "李娜", 0, "signedIn")]
    await house.agents.save(ADMIN, 1, "main", "PJSIP/1002", [QueuePlace("support")], "")
    assert house.members.asked[1:] == [("remove", "support", "PJSIP/1001")]
    assert house.hub.snapshots["user.shift"](1).signed_in is False
