from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cti_server.live.views import AgentView, MembershipView
from cti_server.live.words import ACW_REASON, AgentState
from cti_server.queues.model import StaffJson
from cti_server.queues.staff import Staff
from tests.calls.made import agent

SUPPORT = ("main", "support")


def test_members_by_state_as_this_queue_sees_them() -> None:
    states = [*AgentState, AgentState.READY, AgentState.READY]
    agents = [agent(f"PJSIP/{n}", state) for n, state in enumerate(states)]
    agents[-2] = replace(agents[-2], memberships=(MembershipView("support", paused=True), MembershipView("sales")))
    agents[-1] = replace(agents[-1], memberships=(MembershipView("support", paused=True, reason=ACW_REASON),))
    staff = Staff()
    for one in agents:
        staff.see(one)
    assert staff.of(SUPPORT) == StaffJson(ready=1, busy=1, alerting=1, acw=2, not_ready=2, unreachable=1, logged_on=8)
    assert staff.of(("main", "sales")) == StaffJson(ready=1, logged_on=1)
    assert staff.of(("main", "nobody")) == StaffJson()


views = st.builds(
    lambda n, state, queues: replace(
        agent(f"PJSIP/{n}", state), memberships=tuple(MembershipView(name, paused=paused) for name, paused in queues)
    ),
    st.integers(0, 4),
    st.sampled_from(AgentState),
    st.lists(
        st.tuples(st.sampled_from(["support", "sales"]), st.booleans()), max_size=2, unique_by=lambda pair: pair[0]
    ),
)


@given(st.lists(views, max_size=30))
def test_the_counts_are_those_of_the_last_views(changes: list[AgentView]) -> None:
    staff, last = Staff(), {}
    for view in changes:
        touched = staff.see(view)
        known = {membership.queue for membership in view.memberships}
        assert touched <= known | {"support", "sales"}
        last[view.device] = view
    fresh = Staff()
    for view in last.values():
        fresh.see(view)
    for queue in ("support", "sales"):
        assert staff.of(("main", queue)) == fresh.of(("main", queue))
