"""Agents' states from memberships, pauses, devices and channels."""

from cti_server.live import facts
from cti_server.live.changes import AgentKind
from tests.live.scripts import START, Story


def kinds(story: Story, ext: str = "1001") -> list[str]:
    return [change.kind for change in story.of_agents(f"PJSIP/{ext}") if change.kind is not AgentKind.UPDATED]


def test_a_pause_in_all_queues_is_one_change() -> None:
    story = Story()
    for queue in ("a", "b", "c"):
        story.member("1001", queue)
    for queue in ("a", "b", "c"):
        story.after(0.001).member("1001", queue, paused=True, reason="午休")
    assert kinds(story) == ["agent.ready", "agent.notReady"]
    agent = story.pbx.agents["PJSIP/1001"]
    assert (agent.state, agent.reason, agent.since) == ("notReady", "午休", story.at)
    story.after(60)
    for queue in ("a", "b", "c"):
        story.member("1001", queue, reason="back")
    assert kinds(story)[2:] == ["agent.ready"]
    assert story.pbx.agents["PJSIP/1001"].reason == ""


def test_the_reserved_reason_is_after_call_work() -> None:
    story = Story().member("1001").after(5).member("1001", paused=True, reason="acw")
    assert story.state("1001") == "workingAfterCall"
    change = story.of_agents("PJSIP/1001")[-1]
    assert (change.before, change.before_since) == ("ready", START)


def test_another_reason_begins_a_new_interval() -> None:
    story = Story().member("1001", paused=True, reason="acw").after(5).member("1001", paused=True, reason="lunch")
    assert kinds(story) == ["agent.workingAfterCall", "agent.notReady"]
    story.after(5).member("1001", paused=True, reason="meeting")
    assert story.pbx.agents["PJSIP/1001"].since == story.at
    assert story.of_agents("PJSIP/1001")[-1].before_reason == "lunch"


def test_a_device_that_is_gone_is_unreachable_while_a_member() -> None:
    story = Story().member("1001").tell(facts.DeviceChanged("PJSIP/1001", "UNAVAILABLE"))
    assert story.state("1001") == "unreachable"
    story.tell(facts.DeviceChanged("PJSIP/1001", "NOT_INUSE"))
    assert story.state("1001") == "ready"
    story.tell(facts.MemberRemoved("support", "PJSIP/1001", "PJSIP/1001"))
    assert kinds(story) == ["agent.ready", "agent.unreachable", "agent.ready", "agent.loggedOff"]


def test_device_and_queue_events_in_any_order_flip_the_state_once() -> None:
    device = [facts.DeviceChanged("PJSIP/1001", state) for state in ("RINGING", "INUSE", "NOT_INUSE")]
    for first in ("device", "member"):
        story = Story().member("1001").tell(facts.DeviceChanged("PJSIP/1001", "NOT_INUSE"))
        story.incoming().joins().rings("2", "1001")
        for status, fact in zip((6, 2), device, strict=False):
            if first == "device":
                story.tell(fact).member("1001", status=status)
            else:
                story.member("1001", status=status).tell(fact)
            if status == 6:
                story.talk_of("1001", "2")
        story.after(5).asks("1").unbridged("b2", "1", "2").ends("2")
        story.member("1001", status=2).tell(device[2]).member("1001", status=1).ends("1")
        assert kinds(story) == ["agent.ready", "agent.alerting", "agent.busy", "agent.ready"], first


def test_removed_in_mid_call_and_added_again() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").talk_of("1001", "2").after(3)
    story.tell(facts.MemberRemoved("support", "PJSIP/1001", "PJSIP/1001"))
    assert story.state("1001") == "loggedOff"
    assert story.pbx.queues["support"].members == ()
    story.after(1).member("1001", name="Renamed")
    agent = story.pbx.agents["PJSIP/1001"]
    assert (agent.state, agent.name, agent.call_ids) == ("busy", "Renamed", ("a:1",))


def test_late_news_do_not_bring_a_membership_back() -> None:
    story = Story().member("1001").after(1)
    story.tell(facts.MemberRemoved("support", "PJSIP/1001", "PJSIP/1001"))
    story.at -= 0.3
    story.member("1001", status=1)
    assert story.state("1001") == "loggedOff"


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    story = Story().member("1001").after(1).member("1001", paused=True, reason="lunch")
    story.at -= 300
    story.member("1001")
    assert story.state("1001") == "ready"


def test_who_becomes_a_member_becomes_an_agent() -> None:
    story = Story().begins("1", "SIP/desk-1", number="77", exten="1002")
    assert story.calls()[0].legs[0].role == "customer"
    story.member("SIP/desk")
    assert story.calls()[0].legs[0].role == "agent"
    assert story.pbx.agents["SIP/desk"].state == "busy"
