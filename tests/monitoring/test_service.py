"""The rules of supervision, with a PBX that does what the test says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cti_server.core.auth.scope import Scope as Reached
from cti_server.core.bus import Bus
from cti_server.core.errors import BadInput, Conflict, CtiError, Forbidden, NotFound, Unavailable
from cti_server.core.tasks import Tasks
from cti_server.live.changes import LinkChanged
from cti_server.live.views import CallView, LinkView
from cti_server.live.words import LegRole, LegState
from cti_server.monitoring.events import CallForced, MonitoringEnded, MonitoringStarted
from cti_server.monitoring.model import Act, EndReason, Mode, Ring
from cti_server.monitoring.policy import Policy, Rule, Scope
from cti_server.monitoring.service import MonitoringService
from tests.fakes.set_clock import SetClock
from tests.monitoring.people import (
    BOB,
    CUSTOMER,
    LI,
    OTHER,
    SUPERVISOR,
    AskedSpies,
    EmptyDatabase,
    KeptAudit,
    KeptHub,
    KeptJournal,
    Place,
    SetLive,
    Staff,
    call,
    changed,
    leg,
    signed_in,
)

AGENT = leg("PJSIP/1001", 1)
CALL = call(CUSTOMER, AGENT)
WHO = signed_in()


class Room:
    """The service among fakes; by default the PBX rings the supervisor's phone as soon as it is asked."""

    def __init__(self) -> None:
        self.bus, self.hub, self.live, self.staff = Bus(), KeptHub(), SetLive({CALL.id: CALL}), Staff()
        self.spies, self.journal, self.audit, self.clock = AskedSpies(), KeptJournal(), KeptAudit(), SetClock()
        self.tasks = Tasks("monitoring")
        self.heard: list[object] = []
        for kind in (MonitoringStarted, MonitoringEnded, CallForced):
            self.bus.subscribe(kind, self.heard.append)
        self.service = MonitoringService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.staff,
            spies=self.spies,
            journal=self.journal,
            db=EmptyDatabase(),
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            limit=0.05,
        )
        self.spies.on_ring = lambda wanted: self.spy(wanted, LegState.ALERTING, LegRole.AGENT)
        self.spies.on_hang_up = self.end

    async def open(self) -> "Room":
        await self.service.start()
        return self

    def tell(self, call: CallView) -> None:
        if all(leg.ended_at is not None for leg in call.legs):
            self.live.calls.pop(call.id, None)
        else:
            self.live.calls[call.id] = call
        self.bus.publish(changed(call, self.clock.now()))

    def spy(self, wanted: Ring, state: LegState = LegState.CONNECTED, role: LegRole = LegRole.SYSTEM) -> None:
        self.tell(call(leg(wanted.device, 50, role, state, id=wanted.channel_id), id=f"main:{wanted.channel_id}"))

    def end(self, channel: str) -> None:
        for one in list(self.live.calls.values()):
            if any(leg.channel == channel and leg.ended_at is None for leg in one.legs):
                legs = [
                    replace(leg, ended_at=self.clock.now(), state=LegState.CLEARED) if leg.channel == channel else leg
                    for leg in one.legs
                ]
                self.tell(replace(one, legs=tuple(legs)))

    async def on(self, mode: Mode = Mode.LISTEN, who: Any = WHO) -> str:
        """The supervisor asks, his phone is answered, the PBX has put him on; the session's id."""
        asked = await self.service.monitor(who, LI, mode)
        self.spy([wanted[1] for wanted in self.spies.asked if wanted[0] == "ring"][-1])
        return asked.id


@pytest.fixture
async def room() -> Any:
    room = await Room().open()
    yield room
    await room.tasks.close()


async def refused(asked: Any, code: str, kind: type[CtiError] = Conflict) -> None:
    with pytest.raises(kind) as fault:
        await asked
    assert fault.value.code == code


async def test_the_phone_is_rung_for_exactly_that_channel_and_says_for_whom(room: Room) -> None:
    told = await room.service.monitor(WHO, LI, Mode.WHISPER)
    (name, wanted), *rest = room.spies.asked
    assert (name, rest) == ("ring", [])
    assert isinstance(wanted, Ring)
    assert (wanted.device, wanted.target, wanted.mode) == ("PJSIP/1005", "PJSIP/1001-00000001", Mode.WHISPER)
    assert (wanted.shown_name, wanted.shown_number) == ("耳语 李娜", "1001")
    assert (told.state, told.mode, told.queue, told.team) == ("ringing", "whisper", "support", "north")


async def test_a_session_is_told_journaled_and_audited_from_beginning_to_end(room: Room) -> None:
    session_id = await room.on()
    room.clock.pass_seconds(10)
    assert room.service.sessions.snapshot()["sessions"][0].state == "on"
    over = await room.service.stop(WHO, session_id)
    assert over.seconds == {"listen": 10.0}
    assert room.hub.kinds("monitoring") == ["monitoring.started", "monitoring.changed", "monitoring.ended"]
    last = room.journal.last(session_id)
    assert (last["end_reason"], last["stretches"][0]["mode"]) == ("stopped", "listen")
    revisions = [row["revision"] for _, row in room.journal.rows]
    assert revisions == sorted(set(revisions))
    await asyncio.sleep(0)
    assert room.audit.entries == [("wang", "monitoring.listen", "1"), ("wang", "monitoring.stop", "1")]
    assert [type(event) for event in room.heard] == [MonitoringStarted, MonitoringEnded]
    assert not list(room.service.sessions)


async def test_another_mode_is_a_switch_on_the_same_leg(room: Room) -> None:
    await room.on()
    told = await room.service.monitor(WHO, LI, Mode.BARGE)
    assert room.spies.asked[-1] == ("switch", "PJSIP/1005-00000032", Mode.BARGE, "PJSIP/1001-00000001")
    assert (told.mode, told.muted) == ("barge", False)
    assert [name for name, *_ in room.spies.asked] == ["ring", "switch"]
    await refused(room.service.monitor(WHO, LI, Mode.BARGE), "already_listening")


async def test_another_agent_is_heard_by_the_same_leg(room: Room) -> None:
    first = await room.on()
    room.live.calls["main:b"] = call(CUSTOMER, leg("PJSIP/10012", 2), id="main:b")
    told = await room.service.monitor(WHO, BOB, Mode.LISTEN)
    assert room.spies.asked[-1] == ("switch", "PJSIP/1005-00000032", Mode.LISTEN, "PJSIP/10012-00000002")
    assert room.journal.last(first)["end_reason"] == EndReason.MOVED
    assert (told.agent.user_id, told.state) == (BOB, "on")
    room.end("PJSIP/1005-00000032")
    assert room.journal.last(told.id)["end_reason"] == EndReason.HUNG_UP


async def test_what_cannot_be_done_is_refused_with_a_code_and_nothing_is_asked_of_the_pbx(room: Room) -> None:
    service = room.service
    await refused(service.monitor(signed_in(LI), LI, Mode.LISTEN), "own_call")
    await refused(service.monitor(WHO, 77, Mode.LISTEN), "no_such_agent", NotFound)
    await refused(service.monitor(WHO, BOB, Mode.LISTEN), "not_on_call")
    await refused(service.monitor(signed_in(70), LI, Mode.LISTEN), "no_device")
    room.staff.places[SUPERVISOR] = Place("elsewhere", "PJSIP/1005")
    await refused(service.monitor(WHO, LI, Mode.LISTEN), "no_device")
    room.staff.places[SUPERVISOR] = Place("main", "PJSIP/1005")
    room.live.calls["main:own"] = call(leg("PJSIP/1005", 9), id="main:own")
    await refused(service.monitor(WHO, LI, Mode.LISTEN), "supervisor_busy")
    await refused(service.stop(WHO, "nonsense"), "no_such_session", NotFound)
    await refused(service.release(WHO, "main:none", "x"), "no_such_call", NotFound)
    await refused(service.release(WHO, CALL.id, " "), "bad_input", BadInput)
    assert room.spies.asked == []
    assert room.journal.rows == []


async def test_a_phone_that_does_not_ring_ends_the_session(room: Room) -> None:
    room.spies.on_ring = None
    await refused(room.service.monitor(WHO, LI, Mode.LISTEN), "no_device")
    (row,) = {row["id"] for _, row in room.journal.rows}
    assert room.journal.last(row)["end_reason"] == EndReason.NOT_ANSWERED
    assert not list(room.service.sessions)


async def test_a_pbx_that_is_away_leaves_nothing_behind(room: Room) -> None:
    room.spies.fault = Unavailable("away", code="pbx_not_connected")
    await refused(room.service.monitor(WHO, LI, Mode.LISTEN), "pbx_not_connected", Unavailable)
    assert not list(room.service.sessions)
    room.spies.fault = None
    await room.on()


async def test_a_switch_that_the_pbx_refuses_changes_nothing(room: Room) -> None:
    session_id = await room.on()
    room.spies.fault = Conflict("gone", code="not_on_call")
    await refused(room.service.monitor(WHO, LI, Mode.BARGE), "not_on_call")
    session = room.service.sessions.get(session_id)
    assert session is not None
    assert session.mode is Mode.LISTEN


async def test_one_command_at_a_time(room: Room) -> None:
    room.spies.on_ring = None
    first = asyncio.ensure_future(room.service.monitor(WHO, LI, Mode.LISTEN))  # noqa: TID251
    await asyncio.sleep(0)
    await refused(room.service.monitor(WHO, LI, Mode.BARGE), "supervisor_busy")
    await refused(first, "no_device")


async def test_a_session_of_somebody_else_cannot_be_stopped(room: Room) -> None:
    session_id = await room.on()
    await refused(room.service.stop(signed_in(OTHER), session_id), "no_such_session", NotFound)


async def test_it_ends_with_the_agents_leg(room: Room) -> None:
    session_id = await room.on()
    room.end(CUSTOMER.channel)
    room.end(AGENT.channel)
    room.end("PJSIP/1005-00000032")
    assert room.journal.last(session_id)["end_reason"] == EndReason.CALL_ENDED


@pytest.mark.parametrize("tell", [True, False])
async def test_the_agent_is_told_only_when_the_rules_say_so(room: Room, tell: bool) -> None:
    room.service._policy = Policy([Rule(Scope.TEAM, "north", tell_agent=tell)])
    session_id = await room.on()
    shown = room.hub.parts["user", "monitored_by"](LI)
    await room.service.monitor(WHO, LI, Mode.WHISPER)
    await room.service.stop(WHO, session_id)
    kinds = ["monitoring.started", "monitoring.changed", "monitoring.ended"]
    assert room.hub.kinds("user:1") == (kinds if tell else [])
    assert [one.name for one in shown] == (["王建国"] if tell else [])
    assert room.hub.parts["user", "monitored_by"](LI) == []


async def test_take_over_gives_the_supervisor_the_caller_and_releases_the_agent(room: Room) -> None:
    session_id = await room.on()

    def joined(channel: str, mode: Mode, target: str) -> None:
        spy = leg("PJSIP/1005", 50, id=room.journal.last(session_id)["leg_id"])
        room.live.calls.pop(f"main:{spy.id}")
        asyncio.get_running_loop().call_soon(room.tell, replace(CALL, legs=(CUSTOMER, AGENT, spy)))

    room.spies.on_switch = joined
    over = await room.service.take_over(WHO, LI)
    assert room.spies.asked[-2:] == [
        ("switch", "PJSIP/1005-00000032", Mode.TAKE_OVER, CUSTOMER.channel),
        ("hang_up", AGENT.channel),
    ]
    assert over.end_reason == "takenOver"
    assert room.hub.kinds("user:1") == ["call.forced"]
    assert room.heard[-1] == CallForced(LI, CALL.id, SUPERVISOR, "takenOver", "")
    assert not list(room.service.sessions)


async def test_a_take_over_that_the_pbx_does_not_report_leaves_the_agent_his_call(room: Room) -> None:
    await room.on()
    with pytest.raises(CtiError):
        await room.service.take_over(WHO, LI)
    assert "hang_up" not in [name for name, *_ in room.spies.asked]
    assert room.hub.kinds("user:1") == []


async def test_a_call_with_several_others_is_not_taken_over(room: Room) -> None:
    room.live.calls[CALL.id] = call(CUSTOMER, AGENT, leg("PJSIP/10012", 2))
    await refused(room.service.take_over(WHO, LI), "several_parties")


async def test_release_hangs_up_the_agents_legs_and_tells_them_when_they_are_gone(room: Room) -> None:
    told = await room.service.release(WHO, CALL.id, "wrong line")
    assert room.spies.asked == [("hang_up", AGENT.channel)]
    assert (told.how, told.text) == ("released", "wrong line")
    assert [(topic, kind) for topic, kind, _ in room.hub.told] == [("user:1", "call.forced")]
    await asyncio.sleep(0)
    assert room.audit.entries == [("wang", "call.release", CALL.id)]


async def test_release_that_the_pbx_does_not_report_is_not_told(room: Room) -> None:
    room.spies.on_hang_up = None
    with pytest.raises(CtiError):
        await room.service.release(WHO, CALL.id, "wrong line")
    assert room.hub.told == []


async def test_a_call_in_which_no_agent_talks_is_not_released(room: Room) -> None:
    room.live.calls[CALL.id] = call(CUSTOMER)
    await refused(room.service.release(WHO, CALL.id, "x"), "not_on_call")


ACTS: dict[Act, Callable[[MonitoringService], Any]] = {
    Act.LISTEN: lambda service: service.monitor(WHO, LI, Mode.LISTEN),
    Act.WHISPER: lambda service: service.monitor(WHO, LI, Mode.WHISPER),
    Act.BARGE: lambda service: service.monitor(WHO, LI, Mode.BARGE),
    Act.TAKE_OVER: lambda service: service.take_over(WHO, LI),
    Act.RELEASE: lambda service: service.release(WHO, CALL.id, "x"),
}


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("rule", [Rule(Scope.QUEUE, "support"), Rule(Scope.TEAM, "north"), Rule(Scope.SITE)])
async def test_the_rules_are_asked_for_every_act(room: Room, act: Act, rule: Rule) -> None:
    room.service._policy = Policy([replace(rule, allow=frozenset(Act) - {act})])
    await refused(ACTS[act](room.service), "not_allowed", Forbidden)
    room.service._policy = Policy([replace(rule, users=frozenset({OTHER}))])
    await refused(ACTS[act](room.service), "not_allowed", Forbidden)
    assert room.spies.asked == []
    room.service._policy = Policy([replace(rule, allow=frozenset({act}), users=frozenset({SUPERVISOR}))])
    await ACTS[act](room.service)


async def test_while_the_rules_are_not_known_nobody_may() -> None:
    room = Room()
    for act in ACTS.values():
        await refused(act(room.service), "policy_unknown", Unavailable)


async def test_after_a_lost_link_what_the_pbx_does_not_know_has_ended_unseen(room: Room) -> None:
    session_id = await room.on()
    up = LinkChanged(0.0, LinkView("main", True, 0.0))
    room.bus.publish(up)
    assert room.service.sessions.get(session_id) is not None
    room.live.calls = {CALL.id: CALL}
    room.bus.publish(up)
    last = room.journal.last(session_id)
    assert (last["end_reason"], last["exact"]) == (EndReason.UNSEEN, False)


async def test_a_supervisor_of_other_teams_or_queues_may_nothing_here(room: Room) -> None:
    for limit in ({"teams": frozenset({"south"})}, {"queues": frozenset({"sales"})}):
        stranger = replace(WHO, scope=Reached(**limit))
        for mode in (Mode.LISTEN, Mode.WHISPER, Mode.BARGE):
            await refused(room.service.monitor(stranger, LI, mode), "not_allowed", Forbidden)
        await refused(room.service.take_over(stranger, LI), "not_allowed", Forbidden)
        await refused(room.service.release(stranger, CALL.id, "x"), "not_allowed", Forbidden)
    assert room.spies.asked == []
    own = replace(WHO, scope=Reached(teams=frozenset({"north"}), queues=frozenset({"support"})))
    session_id = await room.on(who=own)
    shown = room.hub.topics["monitoring"]["sight"].shown
    (told,) = room.service.sessions.snapshot()["sessions"]
    assert told.id == session_id
    assert shown(own.scope, told) is told
    assert shown(Reached(teams=frozenset({"south"})), told) is None


async def test_who_hung_up_himself_a_moment_before_is_not_told_that_he_was_released(room: Room) -> None:
    room.spies.gone = True
    await refused(room.service.release(WHO, CALL.id, "x"), "not_on_call")
    assert room.hub.told == []
    assert not [event for event in room.heard if isinstance(event, CallForced)]
