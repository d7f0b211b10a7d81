"""Properties of the rules: who comes first, nobody starves, who is rung, where who waits too long goes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.live.words import AgentState
from cti_server.routing.decisions.model import CustomerFacts
from cti_server.routing.decisions.policy import Aging, Choice, Policy, Relaxing, Tiers, checked
from cti_server.routing.decisions.strategies import (
    OUTSIDE,
    RESERVED,
    RESERVED_MOST,
    RING_MOST,
    Ring,
    choose_queue,
    first_of,
    level_of,
    next_aging,
    next_overflow,
    next_ring,
    overflow,
    penalty,
    preferred,
    priority,
    ring,
    value_cuts,
    value_tier,
)
from tests.routing.decisions.made import caller, member, rules

GOLD = CustomerFacts(tier="gold")
policies = st.builds(
    Policy,
    priority=st.integers(0, 50),
    tiers=st.builds(Tiers, add=st.dictionaries(st.sampled_from(["gold", "silver"]), st.integers(0, 200))),
    aging=st.builds(Aging, every_seconds=st.integers(5, 120), add=st.integers(1, 20)),
)
facts = st.builds(CustomerFacts, tier=st.sampled_from(["", "gold", "silver"]))
waits = st.floats(0, 20_000)


def test_the_words_of_a_priority_add_up() -> None:
    found = priority(Policy(tiers=Tiers(add={"gold": 5}), aging=Aging(20, 3)), GOLD, {}, 20.0)
    assert found.value == 8
    assert [(one.code, one.values.get("add")) for one in found.reasons] == [
        ("tier", 5), ("waited", 3), ("ceiling", None),
    ]  # fmt: skip


@given(policies, facts, waits, st.integers(0, 2000))
def test_reasons_add_up_to_the_priority_unless_it_was_cut(
    policy: Policy, who: CustomerFacts, waited: float, extra: int
) -> None:
    found = priority(policy, who, {}, waited, extra)
    said = sum(int(one.values["add"]) for one in found.reasons if "add" in one.values)
    assert found.value == min(said, policy.highest) or found.value < said
    assert found.value <= policy.highest


@given(policies, facts, waits, waits, st.integers(0, 2000))
def test_waiting_never_lowers_a_priority(
    policy: Policy, who: CustomerFacts, one: float, other: float, extra: int
) -> None:
    early, late = sorted((one, other))
    assert priority(policy, who, {}, early, extra).value <= priority(policy, who, {}, late, extra).value


@given(policies, facts, facts, st.integers(0, 2000))
def test_nobody_starves(policy: Policy, poor: CustomerFacts, rich: CustomerFacts, extra: int) -> None:
    """In bounded time everybody stands where no newcomer, of whatever tier and flow, comes before him."""
    bound = policy.aging.every_seconds * (policy.highest / policy.aging.add + 1)
    assert priority(policy, poor, {}, bound).value == policy.highest
    assert priority(policy, rich, {}, 0.0, extra).value < policy.highest


@given(policies, facts, waits)
def test_the_next_step_of_waiting_is_when_it_rises(policy: Policy, who: CustomerFacts, waited: float) -> None:
    now = priority(policy, who, {}, waited).value
    due = next_aging(policy, now, waited)
    if due is None:
        assert now == policy.highest
        return
    assert due > waited
    assert priority(policy, who, {}, due).value > now
    assert priority(policy, who, {}, max(waited, due - 0.01)).value == now


def test_a_field_of_the_data_or_the_record_may_be_the_tier() -> None:
    policy = rules(tiers={"by": "data", "name": "contract", "add": {"premium": 7}})
    assert priority(policy, CustomerFacts(), {"contract": "premium"}, 0).value == 7
    assert priority(policy, CustomerFacts(fields={"contract": "premium"}), {}, 0).value == 7
    assert priority(policy, CustomerFacts(fields={"contract": "premium"}), {"contract": "basic"}, 0).value == 0


def test_value_tiers_are_the_top_1_4_and_15_percent() -> None:
    cuts = value_cuts(range(1, 1001))
    assert cuts == (991, 951, 801)
    tiers = [value_tier(value, cuts) for value in range(1, 1001)]
    assert [tiers.count(name) for name in ("top1", "next4", "next15", "rest")] == [10, 40, 150, 800]
    assert (value_tier(None, cuts), value_tier(5, ()), value_cuts([])) == ("", "", ())


RINGS = Policy(skills=("tax",), level=4, relaxing=(Relaxing(20, 3), Relaxing(60, 0)))


@pytest.mark.parametrize(("waited", "level", "after"), [(0, 4, 0), (19.9, 4, 0), (20, 3, 20), (59, 3, 20), (60, 0, 60)])
def test_the_ring_is_widened_in_steps(waited: float, level: int, after: int) -> None:
    assert ring(RINGS, waited) == Ring(level, after)


def test_when_the_ring_is_widened_next() -> None:
    assert [next_ring(RINGS, waited) for waited in (0, 20, 60)] == [20.0, 60.0, None]


@given(st.integers(0, 10), st.integers(0, 99), st.floats(0, 1), st.integers(0, 10), st.sampled_from(
    ["longestIdle", "leastOccupied", "skillBased"]))  # fmt: skip
def test_a_penalty_keeps_the_members_own_and_tells_in_from_out(
    level: int, own: int, busy: float, wanted: int, strategy: str
) -> None:
    policy = rules(strategy=strategy, skills=["tax"], level=10)
    who = member(penalty=own, skills={"tax": level}, occupancy=busy)
    found = penalty(policy, Ring(wanted), who)
    assert found % 100 == own
    assert (found <= RING_MOST) == (level >= wanted)
    assert found < RESERVED
    assert penalty(policy, Ring(wanted), replace(who, penalty=found)) == found, "again the same"
    assert RESERVED <= penalty(policy, Ring(wanted), replace(who, reserved=True)) <= RESERVED_MOST


@given(st.lists(st.integers(0, 10), min_size=1, max_size=8))
def test_whoever_widens_takes_nobody_out(levels: list[int]) -> None:
    people = [member(n, skills={"tax": level}) for n, level in enumerate(levels)]
    sizes = [
        sum(penalty(RINGS, ring(RINGS, waited), one) <= RING_MOST for one in people) for waited in (0, 20, 40, 60, 90)
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(people)


def test_the_strategies_choose_differently() -> None:
    people = [
        member(1, skills={"tax": 5, "fr": 1}, occupancy=0.9),
        member(2, skills={"tax": 4, "fr": 2}, occupancy=0.5),
        member(3, skills={"tax": 2, "fr": 5}, occupancy=0.1),
        member(4, skills={"tax": 5}, state=AgentState.BUSY),
    ]
    idle = {"PJSIP/1001": 30.0, "PJSIP/1002": 10.0, "PJSIP/1003": 20.0, "PJSIP/1004": 0.0}

    def chosen(strategy: str, *skills: str) -> str | None:
        policy = rules(strategy=strategy, skills=list(skills))
        found = first_of(policy, Ring(0), people, idle)
        return found.device if found else None

    assert chosen("longestIdle") == "PJSIP/1002"
    assert chosen("leastOccupied") == "PJSIP/1003"
    assert chosen("skillBased", "tax") == "PJSIP/1001"
    assert chosen("skillBased", "tax", "fr") in ("PJSIP/1002", "PJSIP/1003")
    assert level_of(Policy(skills=("tax", "fr")), people[0].skills) == 1
    assert first_of(RINGS, Ring(6), people, idle) is None


FULL = rules(
    overflow=[
        {"when": "length", "limit": 2, "to": "queue", "target": "sales"},
        {"when": "wait", "limit": 60, "to": "voicemail"},
        {"when": "noAgent", "limit": 10, "to": "callback"},
    ]
)


def test_overflow_by_length_takes_the_last_and_never_twice_to_a_queue() -> None:
    found = overflow(FULL, caller(3), 1.0, 3, [member()])
    assert found is not None
    assert (found[0].target, found[1].code, dict(found[1].values)) == (
        "sales", "overflowLength", {"waiting": 3, "limit": 2},
    )  # fmt: skip
    assert overflow(FULL, caller(2), 1.0, 3, [member()]) is None
    assert overflow(FULL, caller(3, visited=frozenset({"support", "sales"})), 1.0, 3, [member()]) is None


def test_overflow_by_wait_and_by_nobody_there() -> None:
    staffed, away = [member(state=AgentState.BUSY)], [member(state=AgentState.NOT_READY)]
    assert overflow(FULL, caller(), 59.0, 1, staffed) is None
    by_wait = overflow(FULL, caller(), 60.0, 1, staffed)
    assert by_wait is not None
    assert by_wait[0].to == "voicemail"
    by_none = overflow(FULL, caller(), 10.0, 1, away)
    assert by_none is not None
    assert by_none[1].code == "overflowNoAgent"
    assert overflow(FULL, caller(), 9.0, 1, away) is None
    assert [next_overflow(FULL, waited) for waited in (0.0, 10.0, 60.0)] == [10.0, 60.0, None]


def test_who_is_asked_first() -> None:
    policy = rules(prefer="owner", prefer_seconds=20)
    people = [member(1), member(2, state=AgentState.BUSY), member(3, state=AgentState.NOT_READY)]
    who, why = preferred(policy, CustomerFacts(owner=2, last_agent=1), people)
    assert who is people[1]
    assert why is not None
    assert (why.code, dict(why.values)) == ("owner", {"user": 2, "seconds": 20})
    who, why = preferred(policy, CustomerFacts(last_agent=1), people)
    assert who is people[0]
    who, why = preferred(policy, CustomerFacts(owner=3), people)
    assert who is None
    assert why is not None
    assert why.code == "preferredAway"
    assert preferred(policy, CustomerFacts(), people) == (None, None)
    assert preferred(Policy(), CustomerFacts(owner=1), people) == (None, None)


def test_the_data_of_a_call_choose_its_queue() -> None:
    choices = [Choice("language", "en", "english"), Choice("product", "card", "cards")]
    queue, why = choose_queue(choices, {"product": "card"}, "support")
    assert queue == "cards"
    assert why is not None
    assert dict(why.values) == {"name": "product", "value": "card"}
    assert choose_queue(choices, {"product": "loan"}, "support") == ("support", None)


def test_the_rules_of_the_examples_are_good() -> None:
    assert checked(RINGS, "support") is RINGS
    assert checked(FULL, "support") is FULL
    assert OUTSIDE > RING_MOST
