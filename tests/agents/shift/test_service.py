"""What agents and supervisors ask: done when the PBX has done it, refused with a reason, never half."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from cti_server.agents.events import OutcomeSaved
from cti_server.agents.shift import duties as duties_module
from cti_server.agents.shift.events import AfterCallWorkEnded, ShiftEnded
from cti_server.agents.shift.model import Note, Target
from cti_server.agents.shift.reasons import QueueSetting, Reason
from cti_server.core.errors import BadInput, CtiError, TimedOut
from cti_server.live.views import LinkView, QueueView
from cti_server.live.words import AgentState
from tests.agents.shift.world import BREAK, World
from tests.calls.made import AT, session

READY, AWAY, OFF = Target(AgentState.READY), Target(AgentState.NOT_READY, "break"), Target(AgentState.LOGGED_OFF)
BOSS = session("supervisor", user_id=2)


async def refused(code: str, asked: Awaitable[Any]) -> CtiError:
    with pytest.raises(CtiError) as caught:
        await asked
    assert caught.value.code == code
    assert caught.value.sentence
    return caught.value


async def test_signing_in_lands_in_not_ready_and_ready_is_told_after_the_pbx_agreed(world: World) -> None:
    assert world.shift.shown(1).signed_in is False  # type: ignore[union-attr]
    assert await world.shift.sign_in(1) == []
    assert world.asked() == [
        ("add", "support", "PJSIP/1001", "李娜", 0, "signedIn"),
        ("add", "sales", "PJSIP/1001", "李娜", 2, "signedIn"),
    ]
    told = world.told("shift.changed")[-1]
    assert (told.signed_in, told.state, told.reason) == (True, "notReady", "signedIn")
    assert [reason.code for reason in told.reasons] == ["break", "meeting"]
    seen: list[str] = []
    world.members.before_answer = lambda: seen.append(world.duty.state)
    await world.shift.set_state(1, READY)
    assert (seen, world.duty.state, world.asked()) == (["notReady"], "ready", [("pause", "PJSIP/1001", None)])
    await world.shift.set_state(1, AWAY)
    shown = world.told("shift.changed")[-1]
    assert (shown.state, shown.reason, shown.limit_at, world.asked()) == (
        "notReady",
        "break",
        AT + 900,
        [("pause", "PJSIP/1001", "break")],
    )
    assert world.shift.in_brief(1).limit_at == AT + 900  # type: ignore[union-attr]
    await world.shift.sign_out(1)
    assert world.asked() == [("remove", "support", "PJSIP/1001"), ("remove", "sales", "PJSIP/1001")]
    assert world.shift.shown(1).state == "loggedOff"  # type: ignore[union-attr]
    assert [row["state"] for row in world.kept.of("agent_duty")] == ["notReady", "ready", "notReady", "loggedOff"]


async def test_single_queues_can_be_served_and_exchanged(world: World) -> None:
    await world.shift.sign_in(1, ["sales"])
    assert world.asked() == [("add", "sales", "PJSIP/1001", "李娜", 2, "signedIn"), ("remove", "support", "PJSIP/1001")]
    await world.shift.set_state(1, READY)
    await world.shift.sign_in(1, ["support"])
    assert world.asked()[1:] == [("add", "support", "PJSIP/1001", "李娜", 0), ("remove", "sales", "PJSIP/1001")]
    assert (world.duty.state, world.duty.queues) == ("ready", ("support",))
    await refused("bad_input", world.shift.sign_in(1, ["vip"]))


async def test_what_the_pbx_refuses_is_as_before(world: World) -> None:
    world.members.away()
    await refused("pbx_not_connected", world.shift.sign_in(1))
    assert world.duty is None
    assert world.asked()[-1] == ("remove", "support", "PJSIP/1001") or len(world.asked()) <= 1
    world.members.fault = None
    await world.ready()
    world.members.away()
    world.live.links["main"] = LinkView("main", False, AT)
    await refused("pbx_not_connected", world.shift.set_state(1, AWAY))
    assert (world.duty.state, world.told("shift.changed")) == ("ready", [])


async def test_a_pbx_that_does_not_answer_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties_module, "COMMAND_LIMIT", 0.01)
    await world.ready()
    monkeypatch.setattr(world.members, "pause", lambda *_: asyncio.Event().wait())
    with pytest.raises(TimedOut):
        await world.shift.set_state(1, AWAY)
    assert world.duty.state == "ready"
    monkeypatch.undo()
    world.at(3)
    world.phone(AgentState.NOT_READY, pause="break")  # it had been done after all
    world.duties.tick()
    await world.calm()
    assert world.asked() == [("pause", "PJSIP/1001", None)], "the PBX is put back to what the agent was told"


async def test_clear_refusals(world: World) -> None:
    shift = world.shift
    await refused("no_device", shift.sign_in(9))
    await refused("off_duty", shift.set_state(1, READY))
    await refused("off_duty", shift.sign_out(1))
    await world.ready()
    for reason in ("nonsense", "old", "acw", ""):
        await refused("unknown_reason", shift.set_state(1, Target("notReady", reason)))
    await refused("no_acw", shift.extend_work(1))
    await refused("no_acw", shift.finish_work(1))
    world.rings()
    world.phone(AgentState.ALERTING, "main:1.1")
    for asked in (shift.set_state(1, AWAY), shift.sign_out(1), shift.sign_in(1), shift.force(BOSS, 1, AWAY, "why")):
        await refused("ringing", asked)
    world.talks()
    await world.calm()
    for asked in (shift.set_state(1, AWAY), shift.sign_out(1)):
        await refused("on_call", asked)
    await refused("no_such_profile", shift.force(BOSS, 9, AWAY, "why"))
    assert world.audit.written == []


async def test_after_call_work_from_pause_to_ready(world: World) -> None:
    ended: list[AfterCallWorkEnded] = []
    world.bus.subscribe(AfterCallWorkEnded, ended.append)
    await world.ready()
    call_id = world.talks()
    await world.calm()
    assert world.asked() == [("pause", "PJSIP/1001", "acw")], "before the call ends"
    world.at(60)
    world.hangs_up("acw")
    shown = world.told("shift.changed")[-1]
    assert (shown.state, shown.acw.call_id, shown.acw.until) == ("workingAfterCall", call_id, AT + 80)
    await world.shift.extend_work(1)
    assert world.duty.acw.until == AT + 110
    world.at(109)
    world.duties.tick()
    assert world.duty.acw
    world.at(110)
    world.duties.tick()
    await world.calm()
    assert (world.duty.state, world.asked()) == ("ready", [("pause", "PJSIP/1001", None)])
    assert ended == [AfterCallWorkEnded(1, call_id, "support", AT + 60, AT + 110, "timer")]


async def test_work_ends_by_the_agent_by_an_outcome_and_by_going_away(world: World) -> None:
    ended: list[str] = []
    world.bus.subscribe(AfterCallWorkEnded, lambda event: ended.append(event.by))
    await world.ready()
    for end in (
        lambda: world.shift.finish_work(1),
        lambda: world.bus.publish(OutcomeSaved(1, "main:1.1")),
        lambda: world.shift.force(BOSS, 1, READY, "please"),
    ):
        world.talks()
        await world.calm()
        world.hangs_up("acw")
        world.bus.publish(OutcomeSaved(1, "main:other"))
        assert world.duty.acw
        done = end()
        if done is not None:
            await done
        await world.calm()
        assert (world.duty.state, world.duty.acw, world.asked()[-1]) == ("ready", None, ("pause", "PJSIP/1001", None))
        world.phone(AgentState.READY)
    assert ended == ["agent", "outcome", "supervisor"]


async def test_a_required_outcome_keeps_him_until_it_is_saved(world: World) -> None:
    world.follows(5, outcome_required=True)
    await world.ready()
    world.talks()
    await world.calm()
    world.hangs_up("acw")
    for asked in (world.shift.finish_work(1), world.shift.set_state(1, READY)):
        await refused("outcome_missing", asked)
    world.at(60)
    world.duties.tick()
    world.duties.tick()
    assert world.duty.acw
    assert world.told("shift.overrun") == [{"reason": "acw"}]
    world.bus.publish(OutcomeSaved(1, "main:1.1"))
    assert world.duty.acw is None


async def test_next_is_chosen_during_a_call_and_applied_after_its_work(world: World) -> None:
    await world.ready()
    world.talks()
    await world.shift.choose_next(1, AWAY)
    assert world.told("shift.changed")[-1].next == AWAY
    world.hangs_up("acw")
    await world.shift.finish_work(1)
    assert (world.duty.state, world.duty.reason, world.asked()[-1]) == (
        "notReady",
        "break",
        ("pause", "PJSIP/1001", "break"),
    )
    world.phone(AgentState.NOT_READY, pause="break")
    await world.shift.choose_next(1, READY)
    assert world.duty.state == "ready", "without a call it is applied at once"


async def test_next_of_a_call_outside_the_queues_is_applied_when_it_ends(world: World) -> None:
    await world.ready()
    world.talks(queue=None)
    await world.calm()
    assert world.asked() == []
    await world.shift.choose_next(1, AWAY)
    assert world.asked() == [("pause", "PJSIP/1001", "break")]
    world.hangs_up("break")
    assert world.duty.reason == "break"
    world.talks(queue=None)
    await world.shift.choose_next(1, READY)
    await world.shift.choose_next(1, None)
    world.hangs_up("break")
    assert world.duty.reason == "break", "taken back"


async def test_what_happens_while_the_pbx_is_asked_is_not_lost(world: World) -> None:
    await world.ready()
    world.members.before_answer = lambda: (setattr(world.members, "before_answer", None), world.talks())  # type: ignore[func-returns-value]
    await world.shift.set_state(1, AWAY)
    await world.calm()
    assert (world.duty.state, world.duty.talk.call_id) == ("notReady", "main:1.1")
    assert world.asked() == [("pause", "PJSIP/1001", "break"), ("pause", "PJSIP/1001", "acw")]


async def test_a_supervisor_forces_and_it_is_logged_and_told(world: World) -> None:
    await world.ready()
    assert await world.shift.force(BOSS, 1, Target("notReady"), "团队会议")
    assert (world.duty.reason, world.asked()) == ("forced", [("pause", "PJSIP/1001", "forced")])
    details = {"state": "notReady", "reason": "forced", "text": "团队会议"}
    assert world.audit.written == [(2, "agent.force", "1", details)]
    assert world.told("agent.forced") == [{"by": "Someone", **details, "after_call": False}]
    world.phone(AgentState.NOT_READY, pause="forced")
    world.talks(queue=None)
    assert await world.shift.force(BOSS, 1, OFF, "feierabend") is False
    assert world.duty.signed_in
    world.hangs_up("forced")
    await world.calm()
    assert not world.duty.signed_in
    assert world.asked()[-1][0] == "remove"
    await refused("off_duty", world.shift.force(BOSS, 1, READY, "again"))
    await refused("unknown_reason", world.shift.set_state(1, Target("notReady", "forced")))


async def test_who_is_in_queues_without_a_shift_is_taken_over_when_he_acts(world: World) -> None:
    world.phone(AgentState.READY)
    assert world.shift.shown(1).state == "ready"  # type: ignore[union-attr]
    assert not world.shift.governs(1)
    world.talks()
    world.hangs_up()
    await world.calm()
    assert world.asked() == [], "as before"
    await world.shift.set_state(1, AWAY)
    assert (world.asked(), world.shift.governs(1)) == ([("pause", "PJSIP/1001", "break")], True)


async def test_a_member_for_ever_can_only_be_paused_and_that_is_said(world: World) -> None:
    world.members.static = {"support"}
    await world.ready()
    assert await world.shift.sign_out(1) == [Note("support", "static")]
    assert world.asked() == [("pause", "PJSIP/1001", "signedOut", "support"), ("remove", "sales", "PJSIP/1001")]


async def test_the_tab_that_came_last_acts(world: World) -> None:
    world.shift.take_over(1, "tab-one-1")
    world.shift.take_over(1, "tab-two-2")
    world.shift.take_over(1, "tab-two-2")
    assert world.told("session.takenOver") == [{"tab": "tab-one-1"}, {"tab": "tab-two-2"}]
    assert world.shift.shown(1).tab == "tab-two-2"  # type: ignore[union-attr]


async def test_reasons_and_settings_are_the_admins(world: World) -> None:
    world.live.queues[("main", "support")] = QueueView("main", "support")
    kept = await world.shift.put_reasons(BOSS, [replace(BREAK, en="Pause"), Reason("gym", "健身", "Gym", 600)])
    assert [(one.code, one.active) for one in kept] == [
        ("break", True),
        ("gym", True),
        ("meeting", False),
        ("old", False),
    ]
    await refused("reserved_reason", world.shift.put_reasons(BOSS, [Reason("ACW", "话后", "Wrap")]))
    assert [one.code for one in world.shift.reasons()][:2] == ["break", "gym"]
    assert world.shift.queue_settings() == [QueueSetting("main", "support", 20)]
    with pytest.raises(BadInput):
        await world.shift.put_queue_settings(BOSS, [QueueSetting("main", "nowhere", 5)])
    await world.shift.put_queue_settings(BOSS, [QueueSetting("main", "support", 0)])
    assert world.shift.queue_settings() == [QueueSetting("main", "support", 0)]
    await world.ready()
    world.talks()
    world.hangs_up()
    await world.calm()
    assert (world.duty.state, world.duty.acw, world.asked()) == ("ready", None, [])


async def test_the_end_of_a_shift_is_told_once(world: World) -> None:
    ended: list[ShiftEnded] = []
    world.bus.subscribe(ShiftEnded, ended.append)
    await world.ready()
    await world.shift.set_state(1, Target(AgentState.NOT_READY, "break"))
    assert ended == []
    await world.shift.sign_out(1)
    await world.shift.sign_in(1)
    assert ended == [ShiftEnded(1)]
