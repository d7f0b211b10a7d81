"""Questions, answers and figures on a real PostgreSQL and journal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from cti_server.calls.model import digits_of
from cti_server.calls.picture import row_of
from cti_server.calls.service import SINKS as CALL_SINKS
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.scope import Scope
from cti_server.core.errors import Conflict, Unavailable
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.views import CallView, SegmentView
from cti_server.live.words import CallState, Direction, SegmentKind
from cti_server.routing.survey.model import SurveyBody
from cti_server.routing.survey.service import SINKS, Surveys
from tests.calls.made import People as Owners
from tests.fakes.set_clock import SetClock
from tests.queues.lost.made import signed_in

pytestmark = pytest.mark.database
ADMIN, BOSS = signed_in(1, "admin"), signed_in(2, "supervisor")
TEXT = [{"say": "text", "text": {"en": "How was it?"}}]
TWO = msgspec.convert(
    {"title": "t", "questions": [{"kind": "csat", "speech": TEXT, "label": "ok"}, {"kind": "nps", "speech": TEXT}]},
    SurveyBody,
)


@dataclass
class Detail:
    call: Any


class House:
    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.clock = db, SetClock()
        self.calls: dict[str, CallView] = {}
        self.journal = Journal(folder / "journal", Tasks("journal"), db=db, sinks=SINKS)
        self.room = Surveys(
            live=self, people=self, calls=self, within=lambda scope: [7], journal=self.journal, db=db,
            audit=AuditLog(db, self.clock), clock=self.clock, tasks=Tasks("surveys"),
        )  # fmt: skip

    def user_of(self, pbx: str, device: str) -> int | None:
        return int(device[-1])

    def name_of(self, user_id: int) -> str:
        return f"U{user_id}"

    async def detail(self, who: Any, name: str) -> Any:
        return Detail(_Named(name))

    def served(self, n: int, queue: str, agent: int) -> str:
        talk = SegmentView(1, SegmentKind.TALK, 1.0, 2.0, queue=queue, device=f"PJSIP/{agent}")
        self.calls[f"main:{n}"] = CallView(
            id=f"main:{n}", pbx="main", linkedid=str(n), state=CallState.ESTABLISHED, direction=Direction.INBOUND,
            number="138", name="", withheld=False, dialled="4800", queue=queue, started_at=0.0, segments=(talk,),
        )  # fmt: skip
        return f"main:{n}"

    async def ask(self, call: str, *keys: str) -> None:
        """A caller who presses these keys, and then hangs up or is through."""
        for asked, key in enumerate(("", *keys)):
            if await self.room.question("service", asked, key, call, "en") is None:
                return


@dataclass
class _Named:
    call_id: str


@pytest_asyncio.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    house = House(db, tmp_path)
    await house.journal.open()
    yield house
    await house.journal.close()
    await db.close()


async def test_figures_by_queue_and_agent(house: House) -> None:
    await house.room.put(ADMIN, "service", TWO, 0)
    await house.ask(house.served(1, "support", 7), "5", "10")
    await house.ask(house.served(2, "support", 7), "2", "3")
    await house.ask(house.served(3, "support", 8), "4")  # hangs up in the second question
    await house.ask(house.served(4, "sales", 8), "9", "")  # no answer to this question, and none at all
    await house.journal.drained()
    now = house.clock.now()
    found = {(one.kind, one.queue): one for one in await house.room.results(BOSS, now - 1, now + 1, "queue", None)}
    assert (found["csat", "support"].score, found["csat", "support"].answered) == (pytest.approx(2 / 3), 3)
    assert (found["nps", "support"].score, found["nps", "support"].asked) == (0.0, 3)
    assert (found["csat", "sales"].score, found["csat", "sales"].asked) == (None, 1)
    agents = {one.name: one for one in await house.room.results(BOSS, now - 1, now + 1, "agent", None)
              if one.kind == "csat"}  # fmt: skip
    assert (agents["U7"].score, agents["U8"].score) == (0.5, 1.0)
    sales = replace(BOSS, scope=Scope(queues=frozenset({"sales"})))
    assert {one.queue for one in await house.room.results(sales, now - 1, now + 1, "queue", None)} == {"sales"}
    team = replace(BOSS, scope=Scope(teams=frozenset({"Team A"})))
    assert {one.user_id for one in await house.room.results(team, now - 1, now + 1, "agent", None)} == {7}
    owners = Owners({("main", "PJSIP/7"): 7, ("main", "PJSIP/8"): 8})
    house.served(5, "support", 7)  # was not asked
    talks = [replace(call.segments[0], started_at=now, ended_at=now + 9) for call in house.calls.values()]
    over = [replace(call, segments=(talk,)) for call, talk in zip(house.calls.values(), talks, strict=True)]
    async with house.db.transaction() as connection:
        await CALL_SINKS["call"](connection, [row_of(call, 1, None, owners, digits_of) for call in over])
    by_queue = await house.room.results(BOSS, now - 1, now + 1, "queue", None)
    assert {(one.queue, one.asked, one.calls) for one in by_queue} == {("support", 3, 4), ("sales", 1, 1)}
    by_agent = await house.room.results(BOSS, now - 1, now + 1, "agent", None)
    assert {(one.name, one.calls) for one in by_agent} == {("U7", 3), ("U8", 2)}
    answers = await house.room.of_call(BOSS, "main:1")
    assert [(one.kind, one.value, one.agent_name) for one in answers] == [("csat", 5, "U7"), ("nps", 10, "U7")]


async def test_the_first_answer_stands_and_two_admins_do_not_overwrite_each_other(house: House) -> None:
    made = await house.room.put(ADMIN, "service", TWO, 0)
    with pytest.raises(Conflict):
        await house.room.put(ADMIN, "service", TWO, 0)
    call = house.served(1, "support", 7)
    await house.ask(call, "5")
    await house.ask(call, "1")
    await house.journal.drained()
    assert await house.db.fetchval("select value from survey_answer where question = 0") == 5
    off = msgspec.structs.replace(TWO, active=False)
    assert (await house.room.put(ADMIN, "service", off, made.revision)).revision == 2
    assert await house.room.question("service", 0, "", call, "en") is None
    assert await house.room.question("unknown", 0, "", call, "en") is None
    assert house.room.known() == {"service"}


async def test_what_is_asked_is_spoken_when_it_is_saved(house: House) -> None:
    """And one that cannot be spoken is not kept, for callers would hear nothing."""
    spoken: list[Any] = []

    class Speaker:
        async def prepare(self, flow: object) -> None:
            if len(spoken) == 1:
                raise Unavailable("There is no program espeak-ng.", code="no_speech")
            spoken.append(flow)

    house.room.speaker = Speaker()
    await house.room.put(ADMIN, "quiet", replace_active(TWO), 0)
    assert spoken == []  # nobody is asked it
    await house.room.put(ADMIN, "after", TWO, 0)
    assert spoken == [TWO]
    with pytest.raises(Unavailable):
        await house.room.put(ADMIN, "other", TWO, 0)
    assert house.room.known() == {"quiet", "after"}


def replace_active(survey: SurveyBody) -> SurveyBody:
    return msgspec.structs.replace(survey, active=False)
