"""The stretches of an agent's states join without gap or overlap, each written once."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cti_server.agents.intervals import INTERVAL, Interval, Intervals
from cti_server.live.words import AgentState
from tests.calls.made import AT, Kept, People, agent


def table(kept: Kept) -> list[dict[str, Any]]:
    """What the sink makes of the rows: the last word on a stretch, but an end is never taken back."""
    rows: dict[Any, dict[str, Any]] = {}
    for row in kept.of(INTERVAL):
        key = (row["pbx"], row["device"], row["started_at"])
        if key not in rows or rows[key]["ended_at"] is None:
            rows[key] = row
    return sorted(rows.values(), key=lambda row: (row["started_at"], row["device"]))


def short(kept: Kept) -> list[tuple[Any, ...]]:
    def since(at: float | None) -> float | None:
        return None if at is None else round(at - AT, 6)

    return [(row["state"], row["reason"], since(row["started_at"]), since(row["ended_at"])) for row in table(kept)]


def hear(mine: Intervals, state: AgentState, at: float, reason: str = "") -> None:
    mine.hear(agent(state=state, reason=reason, since=AT + at), AT + at)


def test_each_state_is_a_stretch_and_a_new_reason_a_new_one() -> None:
    kept = Kept()
    mine = Intervals(kept, People().user_of)
    hear(mine, AgentState.LOGGED_OFF, 0)
    hear(mine, AgentState.READY, 1)
    hear(mine, AgentState.READY, 2)
    hear(mine, AgentState.NOT_READY, 5, "lunch")
    hear(mine, AgentState.NOT_READY, 7, "meeting")
    hear(mine, AgentState.LOGGED_OFF, 9)
    assert short(kept) == [
        ("ready", "", 1, 5),
        ("notReady", "lunch", 5, 7),
        ("notReady", "meeting", 7, 9),
        ("loggedOff", "", 9, None),
    ]
    assert {row["user_id"] for row in table(kept)} == {1}


def test_states_of_no_length_leave_no_trace() -> None:
    kept = Kept()
    mine = Intervals(kept, People().user_of)
    hear(mine, AgentState.READY, 1)
    hear(mine, AgentState.ALERTING, 5)
    hear(mine, AgentState.BUSY, 5)
    hear(mine, AgentState.READY, 5.0000001)
    hear(mine, AgentState.BUSY, 4)
    assert short(kept) == [("ready", "", 1, 5), ("busy", "", 5, None)]


def test_a_restart_goes_on_with_the_open_stretch_when_the_state_is_the_same() -> None:
    kept = Kept()
    open_one = Interval("main", "PJSIP/1001", 1, "notReady", "lunch", AT)
    mine = Intervals(kept, People().user_of)
    mine.remember([open_one])
    hear(mine, AgentState.NOT_READY, 100, "lunch")
    assert kept.rows == []
    hear(mine, AgentState.READY, 200)
    assert short(kept) == [("notReady", "lunch", 0, 200), ("ready", "", 200, None)]
    assert [row["exact"] for row in table(kept)] == [True, True]


def test_a_restart_after_which_the_state_is_another_says_that_the_bound_was_not_seen() -> None:
    kept = Kept()
    mine = Intervals(kept, People().user_of)
    mine.remember(
        [Interval("main", "PJSIP/1001", 1, "ready", "", AT), Interval("main", "PJSIP/1002", 2, "busy", "", AT)]
    )
    away = agent(state=AgentState.NOT_READY, reason="tea", since=AT + 50)
    mine.compare("main", {("main", "PJSIP/1001"): away}, AT + 90)
    assert short(kept) == [
        ("ready", "", 0, 50),
        ("busy", "", 0, 90),
        ("notReady", "tea", 50, None),
        ("loggedOff", "", 90, None),
    ]
    assert not any(row["exact"] for row in table(kept))
    mine.compare("main", {("main", "PJSIP/1001"): away}, AT + 95)
    assert len(short(kept)) == 4, "nothing new"


def test_what_was_remembered_too_late_ends_where_the_new_stretch_began() -> None:
    kept = Kept()
    mine = Intervals(kept, People().user_of)
    hear(mine, AgentState.BUSY, 60)
    mine.remember([Interval("main", "PJSIP/1001", 1, "ready", "", AT)])
    hear(mine, AgentState.READY, 70)
    assert short(kept) == [("ready", "", 0, 60), ("busy", "", 60, 70), ("ready", "", 70, None)]


def test_a_device_that_changes_hands_cuts_the_stretch() -> None:
    kept, people = Kept(), People()
    mine = Intervals(kept, people.user_of)
    hear(mine, AgentState.READY, 0)
    people.owners[("main", "PJSIP/1001")] = 5
    mine.owner_changed(("main", "PJSIP/1001"), AT + 30)
    mine.owner_changed(("main", "PJSIP/1001"), AT + 40)
    mine.owner_changed(("main", "PJSIP/none"), AT + 40)
    assert [(row["user_id"], row["ended_at"]) for row in table(kept)] == [(1, AT + 30), (5, None)]


states = st.lists(
    st.tuples(
        st.sampled_from(list(AgentState)), st.sampled_from(["", "a"]), st.integers(-2, 5), st.booleans(), st.booleans()
    )
)


@given(states)
def test_stretches_join_whatever_is_told(told: list[tuple[AgentState, str, int, bool, bool]]) -> None:
    kept, at, began, said = Kept(), 100, 0.0, ("", "")
    mine = Intervals(kept, People().user_of)
    for state, reason, step, twice, restart in told:
        at += step
        began, said = (began, said) if said == (state, reason) else (AT + at, (state, reason))
        view = agent(state=state, reason=reason, since=began)
        if restart:
            last = [row for row in table(kept) if row["ended_at"] is None]
            mine = Intervals(kept, People().user_of)
            mine.remember(Interval(**{key: value for key, value in row.items() if key != "ended_at"}) for row in last)
        for _ in range(1 + twice):
            mine.hear(view, AT + at)
    rows = table(kept)
    for earlier, later in itertools.pairwise(rows):
        assert earlier["ended_at"] == later["started_at"]
        assert earlier["ended_at"] > earlier["started_at"]
    assert [row["ended_at"] for row in rows[-1:]] in ([None], [])
    if rows:
        assert (rows[-1]["state"], rows[-1]["reason"]) == said
