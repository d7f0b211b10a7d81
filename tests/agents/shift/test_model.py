"""The state machine of a shift: no way into readiness but by being asked, and nothing is lost by keeping it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.agents.model import Profile, QueuePlace
from cti_server.agents.shift import model
from cti_server.agents.shift.model import Acw, Duty, ShiftRules, Talk, Target, Wanted, wanted
from cti_server.core.errors import BadInput
from cti_server.live.views import MembershipView
from cti_server.live.words import AgentState
from tests.calls.made import AT, agent

OFF, READY, NOT_READY = AgentState.LOGGED_OFF, AgentState.READY, AgentState.NOT_READY
RULES = ShiftRules()
LIMITS = {"break": 900.0, "meeting": None}
PROFILE = Profile(1, "main", "PJSIP/1001", (QueuePlace("support"), QueuePlace("sales", 2)))
TALK = Talk("main:1.1", "support", 20.0)

states = st.sampled_from([Target(READY), Target(NOT_READY, "break"), Target(NOT_READY, "meeting"), Target(OFF)])
talks = st.builds(Talk, st.just("main:1.1"), st.just("support"), st.sampled_from([0.0, 20.0]), st.booleans())
times = st.floats(0, 2e9).map(lambda at: round(at, 6))
duties = st.builds(
    Duty,
    st.integers(1, 2**40),
    st.just("main"),
    st.just("PJSIP/1001"),
    st.lists(st.sampled_from(["support", "客服"]), unique=True).map(tuple),
    st.sampled_from([str(OFF), str(READY), str(NOT_READY)]),
    st.text(max_size=8),
    times,
    st.none() | times,
    st.booleans(),
    st.integers(0, 9),
    st.none() | states,
    st.none() | talks,
    st.none() | st.builds(Acw, st.just("main:1.1"), st.just("support"), times, times, st.booleans()),
    st.booleans(),
)


def on_duty(state: str = NOT_READY, **more: Any) -> Duty:
    duty = model.signed_in(None, PROFILE, ("support", "sales"), AT)
    return replace(duty, **{"state": state, "reason": "" if state == READY else duty.reason, **more})


@given(duties)
def test_every_duty_that_is_kept_comes_back_as_it_was(duty: Duty) -> None:
    assert model.duty_of(json.loads(json.dumps(model.row_of(duty)))) == duty


@dataclass(frozen=True)
class Step:
    name: str
    target: Target | None = None


steps = st.one_of(
    st.sampled_from(["in", "out", "talk", "short", "idle", "done", "more", "ring", "lost"]).map(Step),
    st.builds(Step, st.just("ask"), states),
    st.builds(Step, st.just("next"), st.none() | states),
)


HAPPENS: dict[str, Callable[[Duty, ShiftRules, float], Duty]] = {
    "in": lambda duty, rules, at: model.signed_in(duty, PROFILE, ("support",), at),
    "out": lambda duty, rules, at: model.signed_out(duty, at),
    "talk": lambda duty, rules, at: model.answered(duty, TALK),
    "short": lambda duty, rules, at: model.answered(duty, replace(TALK, acw_seconds=0.0)),
    "idle": lambda duty, rules, at: model.idle(duty, at, LIMITS),
    "done": lambda duty, rules, at: model.work_done(duty, at, LIMITS),
    "more": lambda duty, rules, at: model.extended(duty, rules),
    "ring": lambda duty, rules, at: model.let_ring(duty, rules, at),
    "lost": lambda duty, rules, at: model.lost_tab(duty, rules, duty.talk is not None, at),
}


def taken(duty: Duty, step: Step, rules: ShiftRules, at: float) -> Duty:
    if step.name in HAPPENS:
        return HAPPENS[step.name](duty, rules, at)
    if not duty.signed_in:
        return duty
    if step.name == "next":
        return model.chose_next(duty, step.target)
    assert step.target
    return model.came_into(duty, step.target, LIMITS.get(step.target.reason), at)


@given(st.lists(steps, max_size=25), st.booleans())
def test_nobody_is_ever_ready_without_having_asked(path: list[Step], signs_out: bool) -> None:
    rules = ShiftRules(lost_tab_signs_out=signs_out)
    duty, asked = model.signed_out(on_duty(), AT), False
    for number, step in enumerate(path):
        if step.target == Target(READY) and duty.signed_in:
            asked = True
        if step.name == "out" or not duty.signed_in:
            asked = False
        before, duty = duty, taken(duty, step, rules, AT + number)
        assert duty.state != READY or asked
        if before.state != READY and duty.state == READY:
            assert step.target == Target(READY) or before.next == Target(READY)
        if wanted(duty) == Wanted(True, None):
            assert (duty.state, duty.acw) == (READY, None)
        if step.name == "lost" and duty.signed_in:
            assert duty.state != READY or (duty.next is not None and duty.next.state != READY)
        assert duty.signed_in or (duty.next, duty.talk, duty.acw, duty.queues) == (None, None, None, ())


def test_signing_in_is_not_ready_and_signing_in_again_changes_the_queues_only() -> None:
    duty = on_duty()
    assert (duty.state, duty.reason, wanted(duty)) == (NOT_READY, "signedIn", Wanted(True, "signedIn"))
    ready = model.came_into(duty, Target(READY), None, AT + 1)
    again = model.signed_in(ready, PROFILE, ("sales",), AT + 2)
    assert (again.queues, again.state, again.since) == (("sales",), READY, AT + 1)
    other = replace(PROFILE, device="PJSIP/1002")
    assert model.signed_in(ready, other, ("sales",), AT + 2).state == NOT_READY


def test_a_queue_call_pauses_before_its_end_and_is_followed_by_its_work() -> None:
    duty = model.answered(on_duty(READY), TALK)
    assert (duty.shown_state, wanted(duty)) == (READY, Wanted(True, "acw"))
    duty = model.idle(duty, AT + 60, LIMITS)
    assert duty.acw == Acw("main:1.1", "support", AT + 60, AT + 80)
    assert (duty.shown_state, wanted(duty)) == ("workingAfterCall", Wanted(True, "acw"))
    assert model.idle(duty, AT + 61, LIMITS) == duty, "a call of his own does not end it"
    duty = model.work_done(duty, AT + 80, LIMITS)
    assert (duty.state, duty.since, wanted(duty)) == (READY, AT + 80, Wanted(True, None))


def test_a_queue_without_work_leaves_him_ready_and_next_is_paused_for_during_the_call() -> None:
    duty = model.answered(on_duty(READY), replace(TALK, acw_seconds=0.0))
    assert wanted(duty) == Wanted(True, None)
    duty = model.chose_next(duty, Target(NOT_READY, "break"))
    assert wanted(duty) == Wanted(True, "break")
    duty = model.idle(duty, AT + 60, LIMITS)
    assert (duty.state, duty.reason, duty.limit_at, duty.next) == (NOT_READY, "break", AT + 960, None)


def test_next_is_applied_after_the_work_and_may_be_signing_out() -> None:
    duty = model.chose_next(model.answered(on_duty(READY), TALK), Target(OFF))
    duty = model.idle(duty, AT + 60, LIMITS)
    assert duty.signed_in
    assert duty.acw
    duty = model.work_done(duty, AT + 70, LIMITS)
    assert wanted(duty) == Wanted(False, "signedOut")


def test_work_is_extended_up_to_its_longest() -> None:
    duty = model.idle(model.answered(on_duty(READY), TALK), AT, LIMITS)
    ends = []
    for _ in range(12):
        duty = model.extended(duty, RULES)
        ends.append(duty.acw.until - AT if duty.acw else 0.0)
    assert ends[:2] == [50.0, 80.0]
    assert ends[-2:] == [300.0, 300.0]
    assert model.acw_json(duty.acw, RULES).extendable is False  # type: ignore[union-attr]


def test_who_lets_it_ring_too_often_is_not_ready() -> None:
    duty = model.let_ring(on_duty(READY), RULES, AT)
    assert (duty.state, duty.missed) == (READY, 1)
    assert model.answered(duty, TALK).missed == 0
    duty = model.let_ring(duty, RULES, AT + 5)
    assert (duty.state, duty.reason, duty.missed) == (NOT_READY, "rona", 0)
    assert model.let_ring(on_duty(), RULES, AT) == on_duty(), "he was not offered anything"


def test_a_lost_console_leaves_a_call_and_a_reason_alone() -> None:
    assert model.lost_tab(on_duty(READY), RULES, False, AT).reason == "lostTab"
    away = on_duty(reason="meeting")
    assert model.lost_tab(away, RULES, False, AT).reason == "meeting"
    talking = model.answered(on_duty(READY), TALK)
    later = model.idle(model.lost_tab(talking, RULES, True, AT), AT + 9, LIMITS)
    assert later.acw
    assert model.work_done(later, AT + 30, LIMITS).reason == "lostTab"
    out = ShiftRules(lost_tab_signs_out=True)
    assert not model.lost_tab(away, out, False, AT).signed_in
    assert model.lost_tab(talking, out, True, AT).next == Target(OFF)


def test_who_was_put_into_queues_by_somebody_else_is_taken_as_he_is() -> None:
    both = (MembershipView("support", paused=True, reason="lunch"), MembershipView("sales"))
    assert model.adopted(PROFILE, agent(memberships=both), AT).state == READY
    duty = model.adopted(PROFILE, agent(memberships=both[:1]), AT)
    assert (duty.state, duty.reason, duty.queues) == (NOT_READY, "lunch", ("support",))


def test_queues_are_chosen_among_ones_own() -> None:
    assert model.chosen_queues(PROFILE, None) == ("support", "sales")
    assert model.chosen_queues(PROFILE, ["sales"]) == ("sales",)
    for wrong in (["vip"], []):
        with pytest.raises(BadInput) as refused:
            model.chosen_queues(PROFILE, wrong)
        assert refused.value.allowed == "support, sales"


def test_new_queues_of_the_profile_are_joined_and_others_left() -> None:
    after = replace(PROFILE, queues=(QueuePlace("sales"), QueuePlace("vip")))
    assert model.queues_changed(replace(on_duty(), queues=("support",)), PROFILE, after).queues == ("vip",)
