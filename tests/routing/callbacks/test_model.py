from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.errors import BadInput, Conflict
from cti_server.live.views import AgentView, CallView, LegView, MembershipView, QueueView, SegmentView
from cti_server.live.words import (
    CALLBACK_CALL,
    AgentState,
    CallState,
    Direction,
    LegRole,
    LegState,
    Outcome,
    SegmentKind,
)
from cti_server.routing.callbacks.model import (
    CallbackJson,
    Result,
    Rule,
    State,
    after,
    agent_device,
    attempt_name,
    check_free,
    checked_due,
    checked_rule,
    expired,
    is_due,
    joined_of,
    ready_agents,
    result_of,
    turns,
)
from cti_server.routing.flows.calendars import OpeningHours, Span

NOW = 1_800_000_000.0


def item(number: int = 1, **more: object) -> CallbackJson:
    plain = CallbackJson(
        id=number, revision=1, state="waiting", pbx="main", queue="support", number="138", name="", customer_id=None,
        call_id="main:1", did="4800", priority=0, joined_at=NOW - 60, booked_at=NOW - 60, due_at=None, not_before=None,
        attempts=0, attempt=None, offered_at=None, claimed_by=None, claimed_by_name="", ended_at=None, ended_by_name="",
        reason="", number_key="138",
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def call(*legs: LegView, outcome: Outcome | None = None, segments: tuple[SegmentView, ...] = ()) -> CallView:
    return CallView(
        id="main:1", pbx="main", linkedid="1", state=CallState.CLEARED, direction=Direction.OUTBOUND, number="138",
        name="", withheld=False, dialled="", queue="support", started_at=NOW, legs=legs, outcome=outcome,
        segments=segments,
    )  # fmt: skip


def leg(role: LegRole, answered: float | None, cause: int | None = 16) -> LegView:
    return LegView(str(role), f"PJSIP/{role}-1", f"PJSIP/{role}", role, LegState.CLEARED, "", "", NOW, answered,
                   NOW, cause)  # fmt: skip


places = st.tuples(st.integers(0, 3), st.floats(NOW - 1000, NOW))


@given(st.lists(places, max_size=8), st.lists(places, max_size=8), st.integers(-1, 10))
def test_nobody_is_overtaken_and_no_agent_is_promised_twice(
    waiting: list[tuple[int, float]], wanted: list[tuple[int, float]], ready: int
) -> None:
    items = [item(n, priority=priority, joined_at=joined) for n, (priority, joined) in enumerate(wanted, 1)]
    found = turns(items, waiting, ready)
    assert len(found) <= max(0, ready)
    line = sorted([*waiting, *wanted], key=lambda one: (-one[0], one[1]))
    for turn in found:
        place = (-turn.item.priority, turn.item.joined_at)
        ahead = sum(1 for priority, joined in line if (-priority, joined) < place)
        assert ahead < turn.position <= ready
        before = [(-priority, joined) for priority, joined in waiting if (-priority, joined) <= place]
        assert turn.position > len(before)  # who waits on the line and came first is served first
    offered = {turn.item.id for turn in found}
    left = [one for one in items if one.id not in offered]
    for one in left:
        for turn in found:
            assert (-turn.item.priority, turn.item.joined_at) <= (-one.priority, one.joined_at)


@given(st.lists(st.sampled_from(list(Result)), max_size=30), st.integers(1, 10))
def test_a_callback_ends_after_its_tries_and_never_counts_what_rang_nobody(results: list[Result], tries: int) -> None:
    rule, one = Rule("support", tries=tries, gap_seconds=60), item()
    for result in results:
        then = after(one, result, rule, NOW)
        rang = result not in (Result.NO_AGENT, Result.REFUSED)
        assert then.attempts == one.attempts + rang
        assert then.attempts <= tries
        assert (then.state is State.WAITING) == (then.not_before is not None)
        if then.state is not State.WAITING:
            assert then.state is (State.REACHED if result is Result.REACHED else State.FAILED)
            return
        one = replace(one, attempts=then.attempts)
    assert one.attempts < tries


def test_the_moment_the_gap_and_the_hours_hold_it_back() -> None:
    rule = Rule("support")
    assert is_due(item(), rule, {}, NOW)
    assert not is_due(item(due_at=NOW + 1), rule, {}, NOW)
    assert is_due(item(due_at=NOW - 1), rule, {}, NOW)
    assert not is_due(item(not_before=NOW + 1), rule, {}, NOW)
    assert not is_due(item(state="claimed"), rule, {}, NOW)
    shut = OpeningHours(zone="UTC", week={})
    always = OpeningHours(zone="UTC", week=dict.fromkeys(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (Span(begins="00:00", ends="24:00"),)))  # fmt: skip
    office = Rule("support", calendar="office")
    assert not is_due(item(), office, {"office": shut}, NOW)
    assert is_due(item(), office, {"office": always}, NOW)
    assert is_due(item(), office, {}, NOW)  # a calendar that is gone shuts nobody out


def test_what_an_attempt_came_to() -> None:
    agent, gone = leg(LegRole.AGENT, NOW), leg(LegRole.AGENT, None)
    assert result_of(call(agent, leg(LegRole.CUSTOMER, NOW))) is Result.REACHED
    assert result_of(call(agent, leg(LegRole.CUSTOMER, None, 17))) is Result.BUSY
    assert result_of(call(agent, leg(LegRole.CUSTOMER, None, 19))) is Result.NO_ANSWER
    assert result_of(call(agent, leg(LegRole.CUSTOMER, None, 1))) is Result.FAILED
    assert result_of(call(gone)) is Result.NO_AGENT
    assert result_of(call(agent)) is Result.FAILED
    assert result_of(call(agent, outcome=Outcome.INTERRUPTED)) is Result.INTERRUPTED
    assert agent_device(call(gone, agent)) == "PJSIP/agent"
    assert agent_device(call(gone)) is None


def test_agents_who_are_ready() -> None:
    def agent(state: AgentState, *, paused: bool = False) -> AgentView:
        return AgentView("main", "PJSIP/1", "", state, "", NOW, (MembershipView("support", paused=paused),))

    queue = QueueView("main", "support", members=("PJSIP/1", "PJSIP/2"))
    assert ready_agents(queue, {("main", "PJSIP/1"): agent(AgentState.READY)}) == 1
    assert ready_agents(queue, {("main", "PJSIP/1"): agent(AgentState.READY, paused=True)}) == 0
    assert ready_agents(queue, {("main", "PJSIP/1"): agent(AgentState.BUSY)}) == 0
    assert ready_agents(None, {}) == 0


def test_his_place_is_that_of_his_first_wait() -> None:
    waits = tuple(
        SegmentView(n, SegmentKind.QUEUE, NOW - ago, queue=queue)
        for n, (ago, queue) in enumerate(((90.0, "sales"), (50.0, "support"), (10.0, "support")))
    )
    assert joined_of(call(segments=waits), "support", NOW) == NOW - 50
    assert joined_of(call(segments=waits), "vip", NOW) == NOW - 90
    assert joined_of(call(), "support", NOW) == NOW
    assert joined_of(None, "support", NOW) == NOW


def test_what_may_be_done() -> None:
    check_free(item(), 1)
    check_free(item(state="claimed", claimed_by=1), 1)
    check_free(item(state="claimed", claimed_by=2), 1, chief=True)
    for wrong in (item(state="claimed", claimed_by=2), item(state="offered"), item(state="reached")):
        with pytest.raises(Conflict):
            check_free(wrong, 1)
    assert checked_due(NOW + 60, NOW) == NOW + 60
    assert checked_due(None, NOW) is None
    for bad in (NOW - 3600, NOW + 40 * 86_400):
        with pytest.raises(BadInput):
            checked_due(bad, NOW)
    assert checked_rule(Rule("q")) == Rule("q")
    for rule in (Rule("q", tries=0), Rule("q", gap_seconds=0), Rule("q", expire_seconds=10)):
        with pytest.raises(BadInput):
            checked_rule(rule)
    assert expired(item(booked_at=NOW - 90_000), Rule("q"), NOW)
    assert not expired(item(booked_at=NOW - 90_000, due_at=NOW + 60), Rule("q"), NOW)
    assert attempt_name(7, 2, "ab").startswith(CALLBACK_CALL)
