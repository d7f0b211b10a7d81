"""How many members of each queue stand in which state, counted as agents change (pure).

Counting anew at each message would ask for every member of a queue each time: with 800 members and several messages a
second that was the dearest thing a queue did.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from cti_server.live.views import AgentView
from cti_server.live.words import ACW_REASON, AgentState
from cti_server.queues.model import QueueKey, StaffJson

_SHOWN: Final[Mapping[AgentState, str]] = {
    AgentState.READY: "ready",
    AgentState.BUSY: "busy",
    AgentState.ALERTING: "alerting",
    AgentState.WORKING_AFTER_CALL: "acw",
    AgentState.NOT_READY: "not_ready",
    AgentState.UNREACHABLE: "unreachable",
}


class Staff:
    """Counts of members by state. Who is paused in one queue alone counts there as not ready or in after-call work."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], dict[str, str]] = {}  # agent -> queue -> state
        self._counts: dict[QueueKey, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_SHOWN.values(), 0))

    def see(self, agent: AgentView) -> set[str]:
        """Take in how an agent stands now; the queues in which he was or is a member."""
        key = (agent.pbx, agent.device)
        before = self._places.get(key, {})
        now = _places(agent)
        for queue, state in before.items():
            self._counts[(agent.pbx, queue)][state] -= 1
        for queue, state in now.items():
            self._counts[(agent.pbx, queue)][state] += 1
        if now:
            self._places[key] = now
        else:
            self._places.pop(key, None)
        return {*before, *now}

    def of(self, queue: QueueKey) -> StaffJson:
        """The members of a queue by state."""
        counts = self._counts.get(queue, {})
        return StaffJson(**counts, logged_on=sum(counts.values()))


def _places(agent: AgentView) -> dict[str, str]:
    shown = _SHOWN.get(agent.state)
    if shown is None:
        return {}
    places = {}
    for membership in agent.memberships:
        alone = agent.state is AgentState.READY and membership.paused
        places[membership.queue] = ("acw" if membership.reason == ACW_REASON else "not_ready") if alone else shown
    return places
