"""Occupancy of an agent, with the past fading."""

import pytest

from cti_server.live.words import AgentState
from cti_server.routing.decisions.occupancy import MEMORY, Occupancy


def test_it_is_busy_by_busy_and_ready() -> None:
    one = Occupancy()
    assert one.share == 0.0
    one.spent(AgentState.READY, 10.0)
    one.spent(AgentState.BUSY, 20.0)
    one.spent(AgentState.NOT_READY, 5000.0)
    one.spent(AgentState.WORKING_AFTER_CALL, 10.0)
    assert one.share == pytest.approx(0.75, abs=0.01)


def test_the_past_fades() -> None:
    one = Occupancy()
    one.spent(AgentState.BUSY, 10 * MEMORY)
    assert one.share == 1.0
    one.spent(AgentState.READY, MEMORY)
    assert one.share == pytest.approx(0.368, abs=0.001)
