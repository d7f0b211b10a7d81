"""Who hears whom, measured by tones on a real Asterisk: listen, whisper, barge, the switches, take-over, release."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import pytest
import pytest_asyncio

from cti_server.ami import actions
from cti_server.core.errors import Conflict, CtiError
from cti_server.live.words import LegRole, SegmentKind
from cti_server.monitoring.model import EndReason, Mode
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.state import State
from tests.conftest import real_part, worker_name
from tests.monitoring.people import BOB, LI, OTHER, SUPERVISOR, signed_in
from tests.monitoring.stage import EXTRA, LONG, TONES, Stage

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

CUSTOMER, SECOND = 980, 1100
AGENT, BOSS, TWELVE = TONES["1001"], TONES["1005"], TONES[LONG]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Stage]:
    wishes = Wishes(name=worker_name("monitoring"), agents=8, extra=EXTRA)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    stage = Stage(pbx)
    try:
        await stage.open()
        yield stage
    finally:
        await stage.close()
        await pbx.discard()


@pytest_asyncio.fixture(loop_scope="module")
async def stage(shared: Stage) -> AsyncIterator[Stage]:
    yield shared
    await shared.quiet()


async def on(
    stage: Stage, agent: int = LI, mode: Mode = Mode.LISTEN, phone: str = "1005", by: int = SUPERVISOR
) -> Call:
    """The supervisor asks, his phone rings, he answers, and the PBX has put him on."""
    await stage.service.monitor(signed_in(by, login=phone), agent, mode)
    ringing = await stage.phones[phone].incoming()
    await ringing.answer()
    await stage.until(lambda: any(one.supervisor_id == by and one.state == "on" for one in stage.service.sessions))
    return ringing


async def hears(call: Call, *tones: int, but: tuple[int, ...] = ()) -> None:
    """These tones are heard, and the others are not, by what the phone itself measures."""
    for tone in tones:
        assert await call.hears(tone), f"{tone} Hz is not heard: {call.levels(tone)}"
    for tone in but:
        assert await call.loses(tone), f"{tone} Hz is heard: {call.levels(tone)}"


async def test_who_listens_hears_both_and_nobody_hears_him(stage: Stage) -> None:
    customer, agent = await stage.talk()
    boss = await on(stage)
    assert (boss.name, boss.number) == ("监听 李娜", "1001")
    await hears(boss, CUSTOMER, AGENT)
    await hears(agent, CUSTOMER, but=(BOSS,))
    await hears(customer, AGENT, but=(BOSS,))


async def test_one_call_is_listened_whispered_and_barged_in_without_ringing_again(stage: Stage) -> None:
    customer, agent = await stage.talk()
    boss = await on(stage)
    who = signed_in()
    for mode in (Mode.WHISPER, Mode.BARGE, Mode.LISTEN, Mode.BARGE, Mode.WHISPER, Mode.LISTEN):
        told = await stage.service.monitor(who, LI, mode)
        assert (told.mode, told.muted, told.state) == (mode, mode is Mode.LISTEN, "on")
        agent_hears = (BOSS,) if mode is not Mode.LISTEN else ()
        customer_hears = (BOSS,) if mode is Mode.BARGE else ()
        await hears(agent, CUSTOMER, *agent_hears, but=tuple({BOSS} - set(agent_hears)))
        await hears(customer, AGENT, *customer_hears, but=tuple({BOSS} - set(customer_hears)))
        await hears(boss, CUSTOMER, AGENT)
    assert not stage.phones["1005"].rings
    (session,) = stage.service.sessions
    assert [part.mode for part in session.stretches][:3] == ["listen", "whisper", "barge"]


async def test_keys_on_the_phone_change_nothing(stage: Stage) -> None:
    customer, agent = await stage.talk()
    boss = await on(stage)
    boss.press("6")
    boss.press("2#")
    boss.press("*")
    await hears(boss, CUSTOMER, AGENT)
    await hears(customer, AGENT, but=(BOSS,))
    await hears(agent, CUSTOMER, but=(BOSS,))


@pytest.mark.parametrize("first", ["short", "long"])
async def test_a_device_whose_name_begins_alike_is_never_heard(stage: Stage, first: str) -> None:
    talks = [("customer", "5001", "1001"), ("second", "5012", LONG)]
    if first == "long":
        talks.reverse()
    for talk in talks:
        await stage.talk(*talk)
    await stage.until(lambda: len(stage.live.calls) == 2)
    boss = await on(stage, LI)
    await hears(boss, CUSTOMER, AGENT, but=(SECOND, TWELVE))
    moved = await stage.service.monitor(signed_in(), BOB, Mode.LISTEN)
    assert moved.agent.user_id == BOB
    await hears(boss, SECOND, TWELVE, but=(CUSTOMER, AGENT))
    assert not stage.phones["1005"].rings


async def test_an_agent_who_is_off_the_phone_is_not_mistaken_for_one_whose_device_begins_alike(stage: Stage) -> None:
    await stage.talk("second", "5012", LONG)
    with pytest.raises(Conflict) as refused:
        await stage.service.monitor(signed_in(), LI, Mode.LISTEN)
    assert refused.value.code == "not_on_call"


async def test_it_ends_with_the_call(stage: Stage) -> None:
    customer, _ = await stage.talk()
    boss = await on(stage)
    (session,) = stage.service.sessions
    customer.hangup()
    await boss.ended()
    await stage.until(lambda: not list(stage.service.sessions))
    assert stage.journal.last(session.id)["end_reason"] == EndReason.CALL_ENDED


async def test_stopping_hangs_up_the_supervisor_alone(stage: Stage) -> None:
    customer, agent = await stage.talk()
    boss = await on(stage)
    (session,) = stage.service.sessions
    over = await stage.service.stop(signed_in(), session.id)
    assert (over.state, over.end_reason) == ("ended", "stopped")
    await boss.ended()
    await hears(agent, CUSTOMER)
    await hears(customer, AGENT)


async def test_the_supervisor_hangs_up_his_phone(stage: Stage) -> None:
    customer, _ = await stage.talk()
    boss = await on(stage)
    (session,) = stage.service.sessions
    boss.hangup()
    await stage.until(lambda: not list(stage.service.sessions))
    assert stage.journal.last(session.id)["end_reason"] == EndReason.HUNG_UP
    await hears(customer, AGENT)


async def test_the_supervisor_refuses_his_own_ring(stage: Stage) -> None:
    customer, _ = await stage.talk()
    stage.phones["1005"].reject_with = 486
    try:
        # Told at once, or when the PBX had reported the ring just before.
        with contextlib.suppress(Conflict):
            await stage.service.monitor(signed_in(), LI, Mode.LISTEN)
        await stage.until(lambda: not list(stage.service.sessions))
    finally:
        stage.phones["1005"].reject_with = None
    (session_id,) = {row["id"] for _, row in stage.journal.rows[-2:]}
    assert stage.journal.last(session_id)["end_reason"] == EndReason.NOT_ANSWERED
    await hears(customer, AGENT)


async def test_two_supervisors_listen_and_whisper_at_once(stage: Stage) -> None:
    customer, agent = await stage.talk()
    boss = await on(stage, mode=Mode.LISTEN)
    other = await on(stage, mode=Mode.WHISPER, phone="1006", by=OTHER)
    await hears(agent, CUSTOMER, TONES["1006"], but=(BOSS,))
    await hears(customer, AGENT, but=(BOSS, TONES["1006"]))
    await hears(boss, CUSTOMER, AGENT)
    await hears(other, CUSTOMER, AGENT)
    assert len(stage.service.sessions.snapshot()["sessions"]) == 2


async def test_listening_is_no_talk_and_no_call_of_the_supervisor(stage: Stage) -> None:
    await stage.talk()
    await on(stage)
    for call in stage.live.calls.values():
        talks = [part.device for part in call.segments if part.kind is SegmentKind.TALK]
        assert "PJSIP/1005" not in talks
    (spy,) = [leg for call in stage.live.calls.values() for leg in call.legs if leg.device == "PJSIP/1005"]
    assert spy.role is LegRole.SYSTEM


async def test_take_over_from_listening_gives_the_customer_to_the_supervisor(stage: Stage) -> None:
    customer, agent = await stage.talk()
    (call_id,) = stage.live.calls
    boss = await on(stage)
    (session,) = stage.service.sessions
    over = await stage.service.take_over(signed_in(), LI)
    assert over.end_reason == EndReason.TAKEN_OVER
    await agent.ended()
    await hears(boss, CUSTOMER, but=(AGENT,))
    await hears(customer, BOSS, but=(AGENT,))
    assert list(stage.live.calls) == [call_id]
    assert not stage.phones["1005"].rings
    assert ("user:1", "call.forced") in [(topic, kind) for topic, kind, _ in stage.hub.told]
    assert stage.journal.last(session.id)["end_reason"] == EndReason.TAKEN_OVER
    talks = {part.device: part for part in stage.live.calls[call_id].segments if part.kind is SegmentKind.TALK}
    assert set(talks) == {"PJSIP/1001", "PJSIP/1005"}
    assert talks["PJSIP/1001"].ended_at is not None
    assert talks["PJSIP/1005"].started_at == pytest.approx(talks["PJSIP/1001"].ended_at, abs=0.5)
    boss.hangup()
    await customer.ended()


async def test_take_over_without_listening_rings_first(stage: Stage) -> None:
    customer, agent = await stage.talk()
    await stage.service.take_over(signed_in(), LI)
    boss = await stage.phones["1005"].incoming()
    await hears(agent, CUSTOMER)  # until it is answered the agent keeps the call
    await boss.answer()
    await agent.ended()
    await hears(boss, CUSTOMER)
    await hears(customer, BOSS, but=(AGENT,))
    assert ("user:1", "call.forced") in [(topic, kind) for topic, kind, _ in stage.hub.told]
    customer.hangup()
    await boss.ended()


async def test_a_phone_that_can_answers_by_itself(stage: Stage) -> None:
    await stage.talk()
    stage.spies.auto_answer = True
    try:
        await stage.service.monitor(signed_in(), LI, Mode.LISTEN)
    finally:
        stage.spies.auto_answer = False
    await stage.until(lambda: any(one.state == "on" for one in stage.service.sessions))
    (boss,) = stage.phones["1005"].calls.values()
    await hears(boss, CUSTOMER, AGENT)


async def test_take_over_of_a_customer_of_a_queue_who_is_on_hold(stage: Stage) -> None:
    await stage.connection.send(actions.queue_add("support", "PJSIP/1001"))
    try:
        customer, agent = await stage.talk(number="4000")
        await agent.hold()
        await stage.until(lambda: any(call.state == "held" for call in stage.live.calls.values()))
        boss = await on(stage)
        await stage.service.take_over(signed_in(), LI)
        await agent.ended()
        await hears(customer, BOSS)
        await hears(boss, CUSTOMER)
        boss.hangup()
        await customer.ended()
    finally:
        await stage.connection.send(actions.queue_remove("support", "PJSIP/1001"))


async def test_take_over_of_a_call_that_the_agent_made(stage: Stage) -> None:
    agent = stage.phones["1001"].call("1006")
    other = await stage.phones["1006"].incoming()
    await other.answer()
    await agent.answered()
    await stage.until(lambda: any(call.answered_at for call in stage.live.calls.values()))
    boss = await on(stage)
    await stage.service.take_over(signed_in(), LI)
    await agent.ended()
    await hears(boss, TONES["1006"], but=(AGENT,))
    await hears(other, BOSS, but=(AGENT,))


async def test_release_ends_the_call_and_tells_the_agent_why(stage: Stage) -> None:
    customer, agent = await stage.talk()
    boss = await on(stage)
    (call_id,) = [call.id for call in stage.live.calls.values() if call.number == "13800000001"]
    await stage.service.release(signed_in(), call_id, "wrong line")
    await agent.ended()
    await customer.ended()
    await boss.ended()
    (told,) = [data for topic, kind, data in stage.hub.told if (topic, kind) == ("user:1", "call.forced")]
    assert (told.call_id, told.how, told.text) == (call_id, "released", "wrong line")


async def test_release_of_one_agent_leaves_one_whose_device_begins_alike(stage: Stage) -> None:
    _, agent = await stage.talk()
    second, twelve = await stage.talk("second", "5012", LONG)
    (call_id,) = [call.id for call in stage.live.calls.values() if any(leg.device == "PJSIP/1001" for leg in call.legs)]
    await stage.service.release(signed_in(), call_id, "wrong line")
    await agent.ended()
    await hears(twelve, SECOND)
    await hears(second, TWELVE)


async def answered(asked: Awaitable[object]) -> bool:
    """Whether a command was carried out; the only refusal is that the call is over."""
    try:
        await asked
    except CtiError as refusal:
        if refusal.code not in ("not_on_call", "no_such_call"):
            raise
        return False
    return True


@pytest.mark.parametrize("agent_first", [True, False])
@pytest.mark.parametrize("command", ["release", "take_over"])
async def test_a_command_that_crosses_the_agents_own_hangup_ends_in_what_the_pbx_did(
    stage: Stage, command: str, agent_first: bool
) -> None:
    for _ in range(3):
        customer, agent = await stage.talk()
        boss = await on(stage)
        (call_id,) = [call.id for call in stage.live.calls.values() if call.number == "13800000001"]
        who = signed_in()
        act = stage.service.release(who, call_id, "x") if command == "release" else stage.service.take_over(who, LI)
        if agent_first:
            agent.hangup()
            done = await answered(act)
        else:
            asked = stage.tasks.start("crossing", answered(act))
            await asyncio.sleep(0)  # the command is on its way
            agent.hangup()
            done = await asked
        await agent.ended()
        # Whatever won, the supervisor's answer, the agent's notice and the line say the same.
        told = [data.how for topic, kind, data in stage.hub.told if (topic, kind) == ("user:1", "call.forced")]
        assert told == ([{"release": "released", "take_over": "takenOver"}[command]] if done else [])
        if done and command == "take_over":
            await hears(customer, BOSS)
            await hears(boss, CUSTOMER)
            boss.hangup()
        await customer.ended()
        await boss.ended()
        await stage.quiet()
