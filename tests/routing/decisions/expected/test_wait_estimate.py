"""The expected wait against known results of queueing theory."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.routing.decisions.expected.wait_estimate import (
    LEAST_CALLS,
    RING_SECONDS,
    Pulse,
    expected_wait,
    place_in_model,
    wait_at,
)


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
    found = pulse.expected(2, 5, 0)
    assert found is not None
    assert found.seconds == found.model == pytest.approx(RING_SECONDS + 22.0 + 1 / (5 / 110 + 0.01))


def learned(factor: float, spread: float, waits: int = 400) -> Pulse:
    """A queue whose waits are `factor` times what the model says, times a Gamma-like noise."""
    chance, pulse = random.Random(3), Pulse()
    for _ in range(LEAST_CALLS):
        pulse.handled(120.0)
    for _ in range(waits):
        expected = pulse.expected(1 + chance.randrange(4), 4, 0)
        assert expected is not None
        pulse.turned_out(expected, expected.model * factor * chance.lognormvariate(0, spread))
    return pulse


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_mean_follows_what_the_waits_really_are_and_the_range_holds_four_of_five(factor: float) -> None:
    pulse, chance = learned(factor, 0.4), random.Random(4)
    inside = enough = 0
    for n in range(1000):
        found = pulse.expected(1 + n % 4, 4, 0)
        assert found is not None
        wait = found.model * factor * chance.lognormvariate(0, 0.4)
        inside += found.low <= wait <= found.high
        enough += wait <= found.enough
    found = pulse.expected(2, 4, 0)
    assert found is not None
    assert abs(math.log(found.seconds / found.model / factor)) < 0.45  # drawn towards the model
    assert 700 < inside < 900
    assert 650 < enough < 850


def test_the_more_the_waits_spread_the_wider_the_range() -> None:
    narrow, wide = learned(1.0, 0.1).expected(2, 4, 0), learned(1.0, 0.8).expected(2, 4, 0)
    assert narrow is not None
    assert wide is not None
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 30), st.lists(st.floats(0, 3600), max_size=60))
def test_whatever_was_seen_the_range_is_in_order(position: int, agents: int, free: int, seen: list[float]) -> None:
    pulse = Pulse()
    for _ in range(LEAST_CALLS):
        pulse.handled(90.0)
    for wait in seen:
        before = pulse.expected(position, agents, 0)
        assert before is not None
        pulse.turned_out(before, wait)
    found = pulse.expected(position, agents, free)
    assert found is not None
    assert 0 <= found.low <= found.enough <= found.high
    assert found.seconds > 0


@given(st.floats(-3, 3), st.floats(1, 1000), st.integers(1, 20))
def test_a_point_of_the_model_and_back(point: float, model: float, behind: int) -> None:
    waited = wait_at(point, model, behind)
    assert waited == 0 or place_in_model(waited, model, behind) == pytest.approx(point, abs=1e-6)
