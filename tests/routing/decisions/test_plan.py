"""What is to be done is the difference to what is; done, nothing is left to do."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cti_server.live.words import AgentState
from cti_server.routing.decisions.model import Caller, CustomerFacts, Member
from cti_server.routing.decisions.plan import SetPenalty, SetPriority, Withdraw, plan
from cti_server.routing.decisions.policy import Policy
from tests.routing.decisions.made import NOW, caller, member, rules

POLICY = rules(
    tiers={"add": {"gold": 10}},
    aging={"every_seconds": 30, "add": 2},
    skills=["tax"],
    level=3,
    relaxing=[{"after_seconds": 20, "level": 0}],
    overflow=[{"when": "wait", "limit": 100, "to": "queue", "target": "sales"}],
)
callers = st.lists(
    st.builds(
        lambda waited, tier, priority: (waited, tier, priority),
        st.floats(0, 200),
        st.sampled_from(["", "gold"]),
        st.integers(0, 12),
    ),
    max_size=6,
)
members = st.lists(
    st.builds(
        lambda level, penalty, reserved: (level, penalty, reserved),
        st.integers(0, 5),
        st.sampled_from([0, 5, 1000, 1005, 1500]),
        st.booleans(),
    ),
    max_size=5,
)


def after(found: object, people: list[Caller], staff: list[Member]) -> tuple[list[Caller], list[Member]]:
    """How things stand once the plan is carried out."""
    steps = found.steps  # type: ignore[attr-defined]
    priorities = {step.caller.leg_id: step.priority for step in steps if isinstance(step, SetPriority)}
    penalties = {step.device: step.penalty for step in steps if isinstance(step, SetPenalty)}
    gone = {step.caller.leg_id for step in steps if isinstance(step, Withdraw)}
    return (
        [replace(one, priority=priorities.get(one.leg_id, one.priority)) for one in people if one.leg_id not in gone],
        [replace(one, penalty=penalties.get(one.device, one.penalty)) for one in staff],
    )


@given(callers, members)
def test_a_plan_carried_out_leaves_nothing_to_do(
    waits: list[tuple[float, str, int]], staff: list[tuple[int, int, bool]]
) -> None:
    """So a restarted server, which finds the PBX as it is, sends nothing again."""
    people = [
        caller(n, waited, facts=CustomerFacts(tier=tier), priority=priority)
        for n, (waited, tier, priority) in enumerate(waits, 1)
    ]
    crew = [
        member(n, skills={"tax": level}, penalty=penalty, reserved=reserved)
        for n, (level, penalty, reserved) in enumerate(staff)
    ]
    first = plan(POLICY, "support", people, crew, NOW)
    again = plan(POLICY, "support", *after(first, people, crew), NOW)
    # Who left may have been the longest waiting, and the ring becomes narrow again without him: that is no repetition.
    assert not [step for step in again.steps if not isinstance(step, SetPenalty)]
    assert not again.ring
    third = plan(POLICY, "support", *after(again, *after(first, people, crew)), NOW)
    assert not third.steps
    assert first.look_again is None or first.look_again > NOW


def test_the_plan_in_words() -> None:
    people = [caller(1, 45), caller(2, 10, facts=CustomerFacts(tier="gold")), caller(3, 101)]
    crew = [member(1, skills={"tax": 5}), member(2, penalty=1000)]
    found = plan(POLICY, "support", people, crew, NOW)
    assert [type(step).__name__ for step in found.steps] == ["SetPenalty", "SetPriority", "SetPriority", "Withdraw"]
    penalty, gold, first, leaves = found.steps
    assert penalty == SetPenalty("PJSIP/1002", 0)
    assert isinstance(gold, SetPriority)
    assert isinstance(first, SetPriority)
    assert isinstance(leaves, Withdraw)
    assert (gold.caller.leg_id, gold.priority) == ("2", 10)
    assert (first.caller.leg_id, first.priority) == ("1", 2)
    assert (leaves.caller.leg_id, leaves.info) == ("3", "queue:sales")
    assert leaves.decision.reasons[0].code == "overflowWait"
    (widened,) = found.ring
    assert (widened.call_id, widened.result, dict(widened.reasons[0].values)) == (
        "main:1", "0", {"level": 0, "seconds": 20},
    )  # fmt: skip
    assert found.look_again == NOW + 15, "the first caller's priority rises after 60 s"


def test_who_is_on_his_way_out_is_left_alone() -> None:
    found = plan(POLICY, "support", [caller(1, 150, held=True)], [], NOW)
    assert (found.steps, found.look_again) == ((), None)


def test_a_priority_is_never_lowered() -> None:
    assert not plan(POLICY, "support", [caller(1, 5, priority=9)], [], NOW).steps


def test_the_last_who_came_overflow_until_the_length_is_right() -> None:
    policy = rules(overflow=[{"when": "length", "limit": 2, "to": "voicemail"}])
    found = plan(policy, "support", [caller(n) for n in range(1, 6)], [member()], NOW)
    assert [step.caller.leg_id for step in found.steps if isinstance(step, Withdraw)] == ["5", "4", "3"]


def test_rules_put_out_of_force_give_members_their_own_penalty_back() -> None:
    crew = [member(1, penalty=1105), member(2, penalty=7), member(3, penalty=207, state=AgentState.BUSY)]
    found = plan(Policy(active=False), "support", [caller(1, 500)], crew, NOW)
    assert found.steps == (SetPenalty("PJSIP/1001", 5), SetPenalty("PJSIP/1003", 7))
