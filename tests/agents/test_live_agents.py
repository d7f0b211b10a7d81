"""Which agents are shown, and who is told."""

from zoneinfo import ZoneInfo

from cti_server.agents.directory import Directory
from cti_server.agents.live_agents import LiveAgents, may_watch
from cti_server.agents.model import Profile
from cti_server.agents.today import Today
from cti_server.live.words import AgentState
from cti_server.queues.business_day import BusinessDay
from tests.agents.people import User
from tests.calls.made import AT, Hub, Live, agent, call, leg, session
from tests.fakes.set_clock import SetClock


class Room:
    def __init__(self) -> None:
        self.hub, self.live, self.directory = Hub(), Live(), Directory()
        self.directory.load([Profile(1, "main", "PJSIP/1001", team="一组")], [User(1, "li", "李娜")])
        today = Today(BusinessDay(ZoneInfo("Asia/Shanghai")), AT)
        self.shown = LiveAgents(self.hub, self.live, self.directory, today, SetClock(AT))  # type: ignore[arg-type]

    def put(self, *agents: object) -> None:
        for one in agents:
            self.live.agents[(one.pbx, one.device)] = one  # type: ignore[attr-defined]


async def test_owned_devices_and_members_are_shown_and_no_other_phones() -> None:
    room = Room()
    room.put(agent("PJSIP/1002", AgentState.BUSY), agent("PJSIP/9", AgentState.LOGGED_OFF, memberships=()))
    shown = room.hub.snapshots["agents"]()["agents"]
    assert [(one.device, one.user_id, one.login, one.name, one.state) for one in shown] == [
        ("PJSIP/1001", 1, "li", "李娜", "loggedOff"),
        ("PJSIP/1002", None, None, "Member", "busy"),
    ]
    assert (shown[0].since, shown[0].team, shown[0].queues) == (AT, "一组", ())
    assert room.hub.snapshots["user.agent"](1) == shown[0]
    assert room.hub.snapshots["user.agent"](9) is None
    assert room.hub.snapshots["user.today"](1).answered == 0


async def test_changes_of_a_moment_go_out_as_one_message_to_supervisors_and_to_himself() -> None:
    room = Room()
    room.put(agent(state=AgentState.BUSY), agent("PJSIP/1002"), agent("PJSIP/9", AgentState.LOGGED_OFF, memberships=()))
    key = ("main", "PJSIP/1001")
    for kind in ("agent.alerting", "agent.updated", "agent.busy", "agent.updated"):
        room.shown.mark(key, kind)
    room.shown.mark(("main", "PJSIP/1002"))
    room.shown.mark(("main", "PJSIP/9"))
    room.shown.send()
    assert [(told.topic, told.type, told.data.device) for told in room.hub.told] == [
        ("agents", "agent.busy", "PJSIP/1001"),
        ("user:1", "agent.busy", "PJSIP/1001"),
        ("agents", "agent.updated", "PJSIP/1002"),
    ]
    room.shown.mark(("main", "PJSIP/9"), "agent.loggedOff")
    room.shown.send()
    assert room.hub.told[-1].data.device == "PJSIP/9"


async def test_a_call_that_changes_is_shown_with_its_agent() -> None:
    room = Room()
    view = call(legs=(leg(), leg("PJSIP/1001", n=2), leg("PJSIP/1002", n=3, ended_at=AT)))
    room.live.calls[view.id] = view
    room.put(agent(state=AgentState.BUSY, call_ids=(view.id,)), agent("PJSIP/1002"))
    room.shown.mark_parties(view)
    room.shown.send()
    [told] = room.hub.on("agents")
    assert (told.data.device, told.data.call.number) == ("PJSIP/1001", view.number)


async def test_nothing_goes_out_after_the_end() -> None:
    room = Room()
    room.shown.mark(("main", "PJSIP/1001"))
    due = room.shown._timer
    room.shown.close()
    assert due is not None
    assert due.cancelled()


async def test_what_nobody_hears_is_not_made() -> None:
    room = Room()
    room.hub.hears = lambda topic: topic == "user:1"  # type: ignore[method-assign]
    room.put(agent(), agent("PJSIP/1002"))
    room.shown.mark(("main", "PJSIP/1001"))
    room.shown.mark(("main", "PJSIP/1002"))
    room.shown.send()
    assert {told.data.device for told in room.hub.told} == {"PJSIP/1001"}


def test_only_supervisors_and_admins_watch() -> None:
    assert [role for role in ("agent", "supervisor", "qa", "admin") if may_watch(session(role))] == [
        "supervisor",
        "admin",
    ]
