"""Booked once, called once: on a real PostgreSQL, with a PBX that answers well, not, or badly."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.errors import BadInput, Conflict, NotFound, TimedOut
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import AgentView, CallView, LegView, MembershipView, QueueView
from cti_server.live.words import AgentState, CallState, Direction, LegRole, LegState, Outcome
from cti_server.routing.callbacks.model import ASK_AFTER, LOST_AFTER, CallbackJson, Rule
from cti_server.routing.callbacks.service import Callbacks
from cti_server.routing.flows.acts import CallerTold
from cti_server.routing.flows.calendars import OpeningHours
from tests.fakes.set_clock import SetClock
from tests.queues.lost.made import signed_in
from tests.queues.lost.test_service import Hub
from tests.whole.site import poll

pytestmark = pytest.mark.database
BOSS, LI, EVA = signed_in(1, "supervisor"), signed_in(2, "agent"), signed_in(3, "agent")
NUMBER = "13800000001"


class House:
    """A queue with one agent who is ready, unless `ready` says otherwise; what the PBX was asked is in `sent`."""

    def __init__(self, db: Database) -> None:
        self.db, self.bus, self.hub, self.clock, self.tasks = db, Bus(), Hub(), SetClock(), Tasks("callbacks")
        self.calls: dict[str, CallView] = {}
        self.agents: Mapping[tuple[str, str], AgentView] = {}
        self.queues = {("main", "support"): QueueView("main", "support", members=("PJSIP/1001",))}
        self.ready(True)
        self.sent: list[Action] = []
        """Calls that the PBX was asked for."""
        self.remembers = ""
        self.fault: Exception | None = None
        self.room = self.made()

    def made(self) -> Callbacks:
        """A server, as after its start."""
        return Callbacks(
            bus=self.bus, hub=Hub(), live=self, links=lambda pbx: True, line=self, people=self, send=self.send,  # type: ignore[arg-type]
            outside=self.outside, calendars=dict[str, OpeningHours], number_key=lambda number: number.removeprefix("0"),
            db=self.db, audit=AuditLog(self.db, self.clock), clock=self.clock, tasks=self.tasks,
        )  # fmt: skip

    def ready(self, on: bool) -> None:
        state = AgentState.READY if on else AgentState.BUSY
        one = AgentView("main", "PJSIP/1001", "", state, "", 0.0, (MembershipView("support"),))
        self.agents = {("main", "PJSIP/1001"): one}

    async def send(self, pbx: str, action: Action) -> Reply:
        if action.name == "Getvar":
            return Reply("1", {"Value": self.remembers})
        self.sent.append(action)
        if self.fault is not None:
            raise self.fault
        return Reply("1", {})

    def outside(self, number: str) -> str:
        if number.startswith("00"):
            raise BadInput("no", field="value", allowed="others", code="forbidden_number")
        return f"9{number}"

    def standing(self, pbx: str, name: str) -> Any:
        """Who waits in a queue (nobody), or team and queues of a device."""
        return ("Team A", {"support"}) if name.startswith("PJSIP/") else []

    def arriving(self, pbx: str, queue: str, leg_id: str, joined_at: float, priority: int) -> dict[str, str]:
        return {"CTI_STAY": "queue=support"}

    def user_of(self, pbx: str, device: str) -> int | None:
        return 2

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        return {2: ("main", "PJSIP/1001")}.get(user_id)

    def name_of(self, user_id: int) -> str:
        return f"U{user_id}"

    async def book(self, number: str = NUMBER, **more: Any) -> bool:
        return await self.room.book(queue="support", number=number, caller=CallerTold(), call="main:1.1", **more)

    async def open(self) -> list[CallbackJson]:
        return (await self.room.page(BOSS, ["waiting", "claimed", "offered"], None, None, 50))[0]

    def over(self, attempt: str, *legs: LegView, outcome: Outcome | None = None) -> None:
        """The call of an attempt is over."""
        call = CallView(
            id=f"main:{attempt}", pbx="main", linkedid=attempt, state=CallState.CLEARED, direction=Direction.OUTBOUND,
            number=NUMBER, name="", withheld=False, dialled="", queue="support", started_at=0.0, legs=legs,
            outcome=outcome,
        )  # fmt: skip
        self.bus.publish(CallChanged(CallKind.CLEARED, self.clock.now(), call))

    async def until(self, state: str, attempts: int) -> CallbackJson:
        async def look() -> CallbackJson | None:
            items = (await self.room.page(BOSS, [state], None, None, 50))[0]
            return next((one for one in items if one.attempts == attempts), None)

        return await poll(look, f"a callback that is {state} after {attempts}", 5.0)


def leg(role: LegRole, answered: float | None, cause: int = 16) -> LegView:
    return LegView(
        str(role), f"PJSIP/{role}-1", "PJSIP/1001", role, LegState.CLEARED, "", "", 0.0, answered, 1.0, cause
    )


AGENT, BUSY = leg(LegRole.AGENT, 1.0), leg(LegRole.CUSTOMER, None, 17)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    house = House(db)
    house.bus.subscribe(CallChanged, house.room._on_call)
    await house.room.refresh()
    yield house
    await house.tasks.close()
    await db.close()


async def test_one_open_callback_for_a_number_however_it_is_written(house: House) -> None:
    house.ready(False)
    assert await house.book(priority=3)
    assert await house.book("0" + NUMBER, due_at=house.clock.now() + 3600)
    (item,) = await house.open()
    assert (item.priority, item.due_at) == (3, pytest.approx(house.clock.now() + 3600))
    assert await house.room.has_open(NUMBER)
    assert not await house.room.has_open("13900000000")
    assert not await house.room.has_open("")
    assert not await house.book("0044123")  # the rules for dialling say no
    assert not await house.book("")


async def test_he_is_called_once_whatever_the_server_does(house: House) -> None:
    await house.book()
    await house.room.look()
    await house.room.look()
    assert len(house.sent) == 1
    lines = house.sent[0].lines
    assert f"Channel: Local/9{NUMBER}@cti-callback/n" in lines
    assert "Variable: CTI_POSITION=1" in lines
    (item,) = await house.open()
    assert f"ChannelId: {item.attempt}" in lines
    again = house.made()  # killed, and started anew
    await again.refresh()
    await again.look()
    assert len(house.sent) == 1
    house.clock.pass_seconds(LOST_AFTER + 1)
    await again.look()  # the PBX shows nothing of it: it may have rung, so it counts
    await house.room.refresh()
    (item,) = await house.open()
    assert (item.state, item.attempts, item.reason) == ("waiting", 1, "interrupted")
    assert len(house.sent) == 1


@pytest.mark.parametrize(
    ("word", "then", "attempts"),
    [("ANSWER", "reached", 1), ("BUSY", "waiting", 1), ("begun", "waiting", 0), ("dialling", "waiting", 1)],
)
async def test_what_the_pbx_remembers_of_an_attempt_that_ended_unseen(
    house: House, word: str, then: str, attempts: int
) -> None:
    await house.book()
    await house.room.look()
    (item,) = await house.open()
    again = house.made()
    await again.refresh()
    house.clock.pass_seconds(ASK_AFTER + 0.1)
    house.remembers = f"{item.attempt}x:{word}"  # of another attempt
    await again.look()
    assert len((await again.page(BOSS, ["offered"], None, None, 9))[0]) == 1
    house.remembers = f"{item.attempt}:{word}"
    await again.look()
    (over,) = (await again.page(BOSS, [then], None, None, 9))[0]
    assert over.attempts == attempts


async def test_he_is_tried_again_after_the_gap_and_given_up_after_his_tries(house: House) -> None:
    await house.room.put_rule(signed_in(9, "admin"), Rule("support", tries=2, gap_seconds=60))
    await house.book()
    await house.room.look()
    (item,) = await house.open()
    assert item.attempt is not None
    house.over(item.attempt, AGENT, BUSY)
    house.over(item.attempt, AGENT, BUSY)  # told twice
    again = await house.until("waiting", 1)
    await house.room.look()
    assert len(house.sent) == 1
    house.clock.pass_seconds(61)
    await house.room.look()
    (item,) = await house.open()
    assert (item.id, len(house.sent)) == (again.id, 2)
    assert item.attempt is not None
    house.over(item.attempt, AGENT, BUSY)
    failed = await house.until("failed", 2)
    assert failed.reason == "busy"
    assert not await house.room.has_open(NUMBER)
    assert await house.book()  # he may ask again


async def test_what_rang_nobody_does_not_count(house: House) -> None:
    await house.book()
    house.fault = AmiRefused("Originate", "no")
    await house.room.look()
    assert (await house.until("waiting", 0)).not_before is not None
    house.fault = TimedOut("no answer")
    house.clock.pass_seconds(20)
    await house.room.look()
    (item,) = await house.open()
    assert (item.state, len(house.sent)) == ("offered", 2)  # it may have been sent: the PBX will show
    assert item.attempt is not None
    house.over(item.attempt, leg(LegRole.AGENT, None))
    assert (await house.until("waiting", 0)).reason == ""


async def test_people_take_put_off_and_cancel_within_their_queues(house: House) -> None:
    house.ready(False)
    await house.book()
    (item,) = await house.open()
    for stranger in (EVA, replace(BOSS, scope=Scope(queues=frozenset({"sales"})))):
        assert (await house.room.page(stranger, ["waiting"], None, None, 50))[0] == []
        with pytest.raises(NotFound):
            await house.room.claim(stranger, item.id)
    mine = await house.room.claim(LI, item.id, called=True)
    assert (mine.state, mine.attempts, mine.claimed_by_name) == ("claimed", 1, "U2")
    assert [due.ref for due in await house.room.due_of(2)] == [str(item.id)]
    with pytest.raises(Conflict):
        await house.room.claim(BOSS, item.id)
    house.ready(True)
    await house.room.look()
    assert house.sent == []  # somebody calls him himself
    later = house.clock.now() + 600
    assert (await house.room.reschedule(LI, item.id, later)).due_at == pytest.approx(later)
    await house.room.release(LI, item.id)
    await house.room.look()
    assert house.sent == []  # his moment has not come
    over = await house.room.cancel(BOSS, item.id, "has written")
    assert (over.state, over.reason, over.ended_by_name) == ("cancelled", "has written", "U1")
    with pytest.raises(Conflict):
        await house.room.release(BOSS, item.id)


async def test_who_gets_through_otherwise_is_not_called(house: House) -> None:
    house.ready(False)
    await house.book()
    call = CallView(
        id="main:7", pbx="main", linkedid="7", state=CallState.ESTABLISHED, direction=Direction.INBOUND, number=NUMBER,
        name="", withheld=False, dialled="4000", queue="support", started_at=0.0, answered_at=5.0,
        legs=(leg(LegRole.CUSTOMER, 1.0),),
    )  # fmt: skip
    house.bus.publish(CallChanged(CallKind.ESTABLISHED, 5.0, call))
    assert (await house.until("reached", 0)).number == NUMBER
    await house.book("13900000002")
    house.clock.pass_seconds(90_000)
    await house.room.look()
    assert (await house.until("failed", 0)).reason == "expired"
