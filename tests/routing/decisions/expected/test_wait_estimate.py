"""The expected wait against known results of queueing theory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.routing.decisions.expected.wait_estimate import LEAST_CALLS, RING_SECONDS, Pulse, expected_wait


def test_all_busy_and_patient_it_is_position_times_handling_by_agents() -> None:
    assert expected_wait(3, 10, 0, 180.0) == pytest.approx(RING_SECONDS + 3 * 18.0)
    assert expected_wait(1, 1, 0, 60.0) == pytest.approx(RING_SECONDS + 60.0)


def test_free_agents_take_who_is_in_front_at_once() -> None:
    assert expected_wait(2, 10, 2, 180.0) == RING_SECONDS
    assert expected_wait(3, 10, 2, 180.0) == pytest.approx(RING_SECONDS + 18.0)


def test_nobody_there_means_not_known() -> None:
    assert expected_wait(1, 0, 0, 180.0) is None


@given(st.integers(1, 50), st.integers(1, 100), st.floats(1, 600), st.floats(0, 0.1))
def test_who_stands_further_back_waits_longer_and_impatience_shortens_it(
    position: int, agents: int, handling: float, giving_up: float
) -> None:
    here = expected_wait(position, agents, 0, handling, giving_up)
    behind = expected_wait(position + 1, agents, 0, handling, giving_up)
    patient = expected_wait(position, agents, 0, handling)
    assert here is not None
    assert behind is not None
    assert patient is not None
    assert here < behind
    assert here <= patient + 1e-9


def test_a_queue_learns_from_its_calls() -> None:
    pulse = Pulse()
    for _ in range(LEAST_CALLS - 1):
        pulse.handled(100.0)
    assert pulse.expected(1, 5, 0) is None
    pulse.handled(150.0)
    assert pulse.handling == pytest.approx(110.0)
    assert pulse.giving_up == 0.0
    pulse.left(30.0, gave_up=False)
    pulse.left(70.0, gave_up=True)
    assert pulse.giving_up == pytest.approx(0.01)
    assert pulse.expected(2, 5, 0) == pytest.approx(RING_SECONDS + 22.0 + 1 / (5 / 110 + 0.01))
