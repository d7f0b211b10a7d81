"""How occupied each agent has been lately, and how many each queue has (pure; time is an argument)."""

import math
from typing import Final

from cti_server.live.views import AgentView
from cti_server.live.words import AgentState
from cti_server.routing.decisions.model import STAFFED, QueueKey

MEMORY: Final = 3600.0
"""Seconds after which a moment counts 1/e of a moment now."""
_BUSY: Final = frozenset({AgentState.BUSY, AgentState.WORKING_AFTER_CALL})


class Occupancy:
    """(talk + hold + after-call work) ÷ (those + ready) of one agent, with the past fading.

    Away and signed-off time counts neither way, as in the figure of that name.
    """

    def __init__(self) -> None:
        self._busy = 0.0
        self._ready = 0.0

    def spent(self, state: AgentState, seconds: float) -> None:
        """He was in this state for so long, until now."""
        if seconds <= 0:
            return
        counts = state in _BUSY
        if not counts and state is not AgentState.READY:
            return
        fade = math.exp(-seconds / MEMORY)
        gained = MEMORY * (1.0 - fade)
        self._busy = self._busy * fade + (gained if counts else 0.0)
        self._ready = self._ready * fade + (0.0 if counts else gained)

    @property
    def share(self) -> float:
        """0 to 1; 0 when nothing is known."""
        total = self._busy + self._ready
        return self._busy / total if total > 0 else 0.0


class Staff:
    """How many agents each queue has, counted along as they change: asked at every caller, over hundreds of members.

    `hear` every agent once and after each change of him.
    """

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], tuple[tuple[str, ...], bool, bool]] = {}
        self._staffed: dict[QueueKey, int] = {}
        self._free: dict[QueueKey, int] = {}

    def of(self, key: QueueKey) -> tuple[int, int]:
        """(agents who take calls of this queue now or as soon as they are free, those of them who are free)."""
        return self._staffed.get(key, 0), self._free.get(key, 0)

    def hear(self, agent: AgentView) -> None:
        """How an agent stands now."""
        place, state = (agent.pbx, agent.device), agent.state
        now = (tuple([each.queue for each in agent.memberships]), state in STAFFED, state is AgentState.READY)
        before = self._heard.get(place)
        if before == now:
            return
        self._heard[place] = now
        if before is not None:
            self._count(agent.pbx, before, -1)
        self._count(agent.pbx, now, 1)

    def _count(self, pbx: str, stands: tuple[tuple[str, ...], bool, bool], step: int) -> None:
        queues, staffed, free = stands
        for queue in queues if staffed else ():
            key = (pbx, queue)
            self._staffed[key] = self._staffed.get(key, 0) + step
            if free:
                self._free[key] = self._free.get(key, 0) + step
