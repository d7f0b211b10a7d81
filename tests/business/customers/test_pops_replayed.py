"""The pops of calls that a real Asterisk told of: `pops` fed by the model, on a real database."""

import asyncio
from collections import Counter
from pathlib import Path

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


async def replayed(name: str, customers: Customers, tasks: Tasks) -> tuple[Told, int]:
    """Play one talk; what was told, and how many rings of calls from outside there were."""
    bus, told, replay, rings = Bus(), Told(), Replay(), 0
    pops = Pops(customers, EveryPhone(), replay.pbx, told, bus, tasks, SystemClock(), limit=5.0)
    pops.open()
    users: set[int] = set()
    for fact, at in talk(name):
        for change in replay.apply(fact, at):
            bus.publish(change)
            user = EveryPhone().user_of("a", getattr(change, "device", None) or "")
            if not isinstance(change, CallChanged) or user is None:
                continue
            users.add(user)
            ours = any(leg.device == change.device and leg.role is LegRole.AGENT for leg in change.call.legs)
            if change.kind is CallKind.DELIVERED and ours and change.call.direction is not Direction.INTERNAL:
                rings += 1
                assert change.call.id in {pop.call_id for pop in pops.of_user(user)}, name
    async with asyncio.timeout(10):
        while pops._seeking:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert bus.faults == 0, name
    left = [pop for user in users for pop in pops.of_user(user)]
    assert all(pop.state is PopState.AFTER or pop.call_id in replay.pbx.calls for pop in left), name
    assert {int(message.topic.partition(":")[2]) for message in told.messages} <= users, name
    return told, rings


async def test_each_ring_pops_at_once_and_nothing_is_left_ringing(database_url: str, tmp_path: Path) -> None:
    clock, tasks = SystemClock(), Tasks("test")
    db = Database(database_url)
    await db.open()
    journal = Journal(tmp_path, tasks, db=db)
    customers = Customers(db, journal, tasks, clock, numbering=Numbering())
    await journal.open()
    for own in customers._own:
        await own.open()
    rings, kinds = 0, Counter[str]()
    for name in (name for name in NAMES if name.startswith("22")):
        told, rung = await replayed(name, customers, tasks)
        rings += rung
        kinds.update(message.type for message in told.messages)
    assert rings > 15
    assert kinds["pop.show"] > 15
    assert kinds["pop.hide"] > 3
    await journal.close()
    await tasks.close()
    await db.close()
