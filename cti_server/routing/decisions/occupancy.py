"""How occupied each agent has been lately (pure; time is an argument)."""

import math
from typing import Final

from cti_server.live.words import AgentState

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
