"""Who is told of which live call."""

from dataclasses import replace

from cti_server.calls.live_calls import LiveCalls, may_watch
from cti_server.calls.model import digits_of
from cti_server.calls.writer import CallWriter
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.words import AgentState, CallState, LegState
from tests.calls.made import AT, Hub, Kept, Live, People, agent, call, leg, session, story
from tests.fakes.set_clock import SetClock


class Room:
    def __init__(self) -> None:
        self.hub, self.live = Hub(), Live()
        self.writer = CallWriter(Kept(), self.live, People(), SetClock(AT), digits_of)
        self.shown = LiveCalls(self.hub, self.live, People(), self.writer)  # type: ignore[arg-type]

    def hear(self, kind: CallKind, view: object) -> None:
        change = CallChanged(kind, AT, view)  # type: ignore[arg-type]
        self.live.calls[change.call.id] = change.call
        self.writer.hear(change)
        self.shown.tell(change)


def test_an_agent_hears_from_his_ring_to_the_end_of_his_part_and_no_more() -> None:
    room = Room()
    for kind, view in story():
        room.hear(kind, view)
    assert [told.type for told in room.hub.on("calls")] == [str(kind) for kind, _ in story()]
    assert [told.type for told in room.hub.on("user:2")] == ["call.delivered", "call.ringEnded"]
    assert room.hub.on("user:2")[-1].data.my_leg_state == "cleared"
    assert [told.type for told in room.hub.on("user:1")] == [
        "call.delivered", "call.established", "call.held", "call.retrieved", "call.cleared",
    ]  # fmt: skip
    assert {told.topic for told in room.hub.told} == {"calls", "user:1", "user:2"}


def test_a_leg_that_went_into_another_call_is_followed_there() -> None:
    room = Room()
    consult = call("2.2", state=CallState.ESTABLISHED, legs=(leg("PJSIP/1001", n=1), leg("PJSIP/1002", n=2)))
    room.live.agents[("main", "PJSIP/1001")] = agent("PJSIP/1001", AgentState.BUSY, call_ids=(consult.id,))
    room.hear(CallKind.ESTABLISHED, consult)
    room.live.agents[("main", "PJSIP/1001")] = agent("PJSIP/1001", AgentState.BUSY, call_ids=("main:1.1",))
    room.hear(CallKind.UPDATED, consult)
    room.hear(CallKind.UPDATED, consult)
    told = room.hub.on("user:1")
    assert [one.data.my_leg_state for one in told] == ["connected", "cleared"]


def test_the_snapshot_of_a_user_holds_his_own_calls_only() -> None:
    room = Room()
    mine = call("1.1", legs=(leg(), leg("PJSIP/1001", n=2, state=LegState.ALERTING)))
    room.live.calls = {mine.id: mine, "main:3.3": call("3.3"), "b:1.1": replace(mine, id="b:1.1", pbx="b")}
    parts = room.hub.snapshots["user.calls"]
    assert [one.id for one in parts(1)] == [mine.id]
    assert parts(2) == []
    assert parts(99) == []
    room.live.agents[("main", "PJSIP/1001")] = agent("PJSIP/1001", call_ids=(mine.id, "main:gone"))
    assert [one.id for one in parts(1)] == [mine.id]
    assert len(room.hub.snapshots["calls"]()["calls"]) == 3


def test_only_supervisors_and_admins_watch() -> None:
    assert [role for role in ("agent", "supervisor", "qa", "admin") if may_watch(session(role))] == [
        "supervisor",
        "admin",
    ]
