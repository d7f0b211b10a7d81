"""An outcome that was given is told to the shifts; a summary alone is not."""

from typing import cast

from cti_server.agents.events import OutcomeSaved
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.tasks import Tasks
from tests.business.customers.desk import LI, Calls, Desk, Told


async def test_only_a_saved_outcome_is_told() -> None:
    bus, told = Bus(), list[OutcomeSaved]()
    bus.subscribe(OutcomeSaved, told.append)
    nobody = cast(Customers, None)
    pops = Pops(nobody, Desk(), Calls(bus), Told(), bus, Tasks("test"), SystemClock(), limit=1.0)
    pops.saved(LI, "main:1", None)
    assert told == []
    pops.saved(LI, "main:1", outcome="resolved")
    assert told == [OutcomeSaved(LI, "main:1")]
