"""Hold, retrieve, mute, keys, hang up on a real PBX: who hears whom, and what the live model makes of it."""

import pytest

from cti_server.calls.control.model import Stage
from cti_server.core.errors import Conflict
from cti_server.live.words import CallState, LegState, SegmentResult
from tests.calls.control.office import CUSTOMER, MUSIC, Office, hear, seconds, session, talks_of

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
WHO = session(1)


async def test_on_hold_the_customer_hears_music_and_the_agent_nothing_and_then_both_again(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        scene = await office.stands(1, Stage.HELD)
        assert (scene.call.state, scene.mine.state) == (CallState.HELD, LegState.HELD)
        assert await customer.hears(MUSIC)
        assert await agent.loses(CUSTOMER)
        assert not await customer.hears(440, within=0.3)
        assert not await agent.hears(MUSIC, within=0.3)
        await office.control.retrieve(WHO, call_id)
        scene = await office.stands(1, Stage.TALKING)
        assert (scene.call.state, scene.mine.state) == (CallState.ESTABLISHED, LegState.CONNECTED)
        await hear(customer, 440, agent, CUSTOMER)
        assert await customer.loses(MUSIC)
        customer.hangup()
        call = await office.ended(call_id)
    (talk,) = talks_of(call, "PJSIP/1001")
    assert talk.result is SegmentResult.CLEARED
    assert 0.3 < talk.held_seconds < seconds([talk])
    leg = next(leg for leg in call.legs if leg.device == "PJSIP/1001")
    assert leg.ended_at is not None
    assert leg.answered_at is not None
    assert seconds([talk]) == pytest.approx(leg.ended_at - leg.answered_at, abs=0.3)


async def test_a_muted_agent_hears_and_is_not_heard_also_after_a_hold(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.mute(WHO, call_id, True)
        assert await customer.loses(440)
        assert await agent.hears(CUSTOMER)
        assert office.hub.parts["user", "control"](1)[0].muted
        await office.control.hold(WHO, call_id)
        await office.stands(1, Stage.HELD)
        await office.control.retrieve(WHO, call_id)
        await office.stands(1, Stage.TALKING)
        assert await customer.loses(MUSIC)
        assert not await customer.hears(440, within=0.3)
        await office.control.mute(WHO, call_id, False)
        await hear(customer, 440, agent, CUSTOMER)


async def test_keys_reach_the_customer(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, _):
        await office.control.dtmf(WHO, call_id, "12#")
        await customer.digits("12#")


async def test_hanging_up_ends_the_call_for_both(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hangup(WHO, call_id)
        await customer.ended()
        await agent.ended()
        call = await office.ended(call_id)
    assert office.hub.told[-1][:2] == ("user:1", "control.gone")
    assert call.outcome == "answered"


async def test_hanging_up_while_the_customer_is_on_hold_leaves_nobody_with_the_music(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        await office.stands(1, Stage.HELD)
        agent.hangup()
        await customer.ended(limit=2.0)
        call = await office.ended(call_id)
    (talk,) = talks_of(call, "PJSIP/1001")
    assert talk.held_seconds > 0


async def test_a_customer_who_hangs_up_on_hold_sets_the_agent_free(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        await office.stands(1, Stage.HELD)
        customer.hangup()
        await agent.ended(limit=2.0)
        call = await office.ended(call_id)
    (talk,) = talks_of(call, "PJSIP/1001")
    assert talk.held_seconds == pytest.approx(seconds([talk]), abs=1.0)


async def test_hanging_up_a_ringing_phone_refuses_the_call(office: Office) -> None:
    office.phones["1001"].answer_after = None
    try:
        caller = office.phones["1002"].call("1001")
        scene = await office.stands(1, Stage.RINGING)
        with pytest.raises(Conflict) as refused:
            await office.control.hold(WHO, scene.call.id)
        assert refused.value.code == "ringing"
        await office.control.hangup(WHO, scene.call.id)
        await caller.ended()
        await office.ended(scene.call.id)
    finally:
        office.phones["1001"].answer_after = 0.05
        for call in list(office.phones["1001"].calls.values()):
            call.hangup()
    # The call rang and was not handed out: the next test must not get it.
    office.phones["1001"]._waiting.clear()
