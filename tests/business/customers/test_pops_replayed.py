"""The pops of calls that a real Asterisk told of: `pops` fed by the model, on a real database."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cti_server.business.customers.model import PopState
from cti_server.business.customers.numbers import Numbering
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.words import Direction, LegRole
from tests.business.customers.desk import Told
from tests.live.replaying import NAMES, Replay, talk

pytestmark = pytest.mark.database


class EveryPhone:
    """Each phone is a user's: PJSIP/1001 is user 1001's."""

    def user_of(self, pbx: str, device: str) -> int | None:
        name = device.partition("/")[2]
        return int(name) if name.isdigit() else None

    def name_of(self, user_id: int) -> str:
        return str(user_id)


@pytest.mark.parametrize("name", NAMES)
async def test_each_ring_of_a_call_pops_and_nothing_is_left_ringing(
    name: str, database_url: str, tmp_path: Path
) -> None:
    clock, bus, tasks, told = SystemClock(), Bus(), Tasks("test"), Told()
    db = Database(database_url)
    await db.open()
    journal = Journal(tmp_path, tasks, db=db)
    customers = Customers(db, journal, tasks, clock, numbering=Numbering())
    await journal.open()
    await customers._own.open()
    replay = Replay()
    pops = Pops(customers, EveryPhone(), replay.pbx, told, bus, tasks, clock, limit=5.0)
    pops.open()
    rung: set[tuple[int, str]] = set()
    users: set[int] = set()
    for fact, at in talk(name):
        for change in replay.apply(fact, at):
            bus.publish(change)
            user = EveryPhone().user_of("a", getattr(change, "device", None) or "")
            if isinstance(change, CallChanged) and user is not None:
                users.add(user)
                agents = {leg.device for leg in change.call.legs if leg.role is LegRole.AGENT}
                if (
                    change.kind is CallKind.DELIVERED
                    and change.call.direction is not Direction.INTERNAL
                    and change.device in agents
                ):
                    rung.add((user, change.call.id))
                    assert change.call.id in {pop.call_id for pop in pops.of_user(user)}
    async with asyncio.timeout(10):
        while pops._seeking:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert bus.faults == 0
    left: list[Any] = [pop for user in users for pop in pops.of_user(user)]
    assert all(pop.state is PopState.AFTER or pop.call_id in replay.pbx.calls for pop in left)
    for message in told.messages:  # only to whom it rang or who talked
        assert int(message.topic.partition(":")[2]) in users
    await journal.close()
    await tasks.close()
    await db.close()
