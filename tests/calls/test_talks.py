"""The rooms on recorded talks of a real Asterisk: what they keep and tell agrees with the model."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti_server.agents import service as agents_module
from cti_server.agents.intervals import INTERVAL
from cti_server.agents.service import AgentsService
from cti_server.agents.skills import store as skills_store
from cti_server.calls.picture import call_of
from cti_server.calls.service import CallsService
from cti_server.calls.writer import CALL
from cti_server.core.bus import Bus
from cti_server.core.tasks import Tasks
from cti_server.live.facts import Fact
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.queues import store as queue_store
from cti_server.queues.business_day import BusinessDay
from cti_server.queues.figures import Goal, figures_of
from cti_server.queues.model import told_waits
from cti_server.queues.service import QueuesService
from tests.agents.people import AskedMembers, Users
from tests.calls.made import Hub, Kept, People
from tests.fakes.set_clock import SetClock
from tests.live.replaying import NAMES, Replay, talk


class Everybody(People):
    """Every agent's device has an owner, named by its number."""

    def user_of(self, pbx: str, device: str) -> int | None:
        number = device.removeprefix("PJSIP/")
        return int(number) if number.isdigit() else None


class House:
    """All rooms of this floor on one model, without a database."""

    def __init__(self, at: float, tasks: Tasks) -> None:
        self.bus, self.hub, self.kept = Bus(), Hub(), Kept()
        self.replay = Replay(pbx=Pbx("a"))
        live, clock, days = Pbxs({"a": self.replay.pbx}), SetClock(at), BusinessDay(ZoneInfo("Asia/Shanghai"))
        shared: dict[str, Any] = {"bus": self.bus, "hub": self.hub, "live": live, "db": None, "clock": clock}
        self.queues = QueuesService(**shared, tasks=tasks, day=days, goal=Goal(), labels={})
        self.agents = AgentsService(
            **shared,
            journal=self.kept,
            audit=None,  # type: ignore[arg-type]
            accounts=Users(),
            members=AskedMembers(),
            tasks=tasks,
            days=days,
            pbxs=["a"],
        )
        self.calls = CallsService(**shared, people=Everybody(), journal=self.kept, days=days, tasks=tasks)

    async def start(self) -> None:
        await self.agents.start()
        self.queues.start()
        self.calls.start()

    def feed(self, facts: Iterable[tuple[Fact, float]], times: int = 1) -> None:
        for fact, at in facts:
            for _ in range(times):
                for change in self.replay.apply(fact, at):
                    self.bus.publish(change)

    def close(self) -> None:
        self.queues.close()
        self.agents.close()


@pytest.fixture(autouse=True)
def empty_history(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> list[object]:
        return []

    async def nobody(*_: object) -> dict[int, object]:
        return {}

    monkeypatch.setattr(skills_store, "skills", nobody)
    monkeypatch.setattr(queue_store, "waits_of_day", nothing)
    monkeypatch.setattr(agents_module.ShiftService, "restore", nothing)
    monkeypatch.setattr(agents_module.MovesService, "restore", nothing)
    for name in ("profiles", "open_intervals", "segments_of_day"):
        monkeypatch.setattr(agents_module.store, name, nothing)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", [name for name in NAMES if talk(name)])
async def test_what_is_kept_and_told_agrees_with_the_model(name: str, times: int) -> None:
    facts = talk(name)
    tasks = Tasks("test")
    house = House(facts[-1][1], tasks)
    await house.start()
    house.feed(facts, times)
    assert house.bus.faults == 0
    house.calls.write_due()
    last = {f"{row['pbx']}:{row['linkedid']}": row for row in house.kept.of(CALL)}
    for view in house.replay.over.values():
        assert call_of(last[view.id]) == view
    assert set(last) == {view.id for view in house.replay.calls()}
    counted = [wait for view in house.replay.calls() for _, _, wait in told_waits(view) if wait is not None]
    expected = figures_of(counted, Goal())
    shown = [house.queues.show(key).figures for key in house.queues._live.queues]
    assert sum(one.offered for one in shown) == expected.offered
    assert sum(one.left for one in shown) == expected.left
    for told in house.hub.told:
        assert msgspec.json.encode(told.data)
        if told.topic.startswith("user:"):
            assert told.data.my_leg_state in {"initiated", "alerting", "connected", "held", "cleared"}
    stretches = house.kept.of(INTERVAL)
    assert all(row["ended_at"] is None or row["ended_at"] >= row["started_at"] for row in stretches)
    house.close()
    await tasks.close()
