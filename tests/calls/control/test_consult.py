"""Attended transfers and conferences on a real PBX: who hears whom at every step, and whose time it is."""

import asyncio

import pytest

from cti_server.agents.shift.told import queue_talk
from cti_server.ami.errors import AmiRefused
from cti_server.calls.control.model import Stage
from cti_server.calls.control.numbers import Target, TargetKind
from cti_server.core.errors import Conflict
from cti_server.live.words import LegState, SegmentKind, SegmentResult
from cti_server.sandbox.phones.phone import Call
from tests.calls.control.office import CUSTOMER, MUSIC, Office, hear, seconds, session, talks_of

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
WHO = session(1)
COLLEAGUE = Target(TargetKind.AGENT, "2")


async def asked(office: Office, call_id: str, customer: Call, agent: Call) -> Call:
    await office.control.consulting.consult(WHO, call_id, COLLEAGUE)
    colleague = await office.phones["1002"].incoming()
    await office.stands(1, Stage.CONSULTING)
    await hear(agent, 620, colleague, 440)
    assert await customer.hears(MUSIC)
    # Music for the one on hold alone, and nobody hears through it.
    silent = (
        (customer, 440),
        (customer, 620),
        (agent, CUSTOMER),
        (agent, MUSIC),
        (colleague, CUSTOMER),
        (colleague, MUSIC),
    )
    assert not [(call.number, tone) for call, tone in silent if not await call.loses(tone)]
    assert list(queue_talk(office.live.calls[call_id])) == [("PJSIP/1001", "support")]
    return colleague


async def test_whose_own_phone_holds_the_call_is_told_to_take_it_back_before_he_asks(office: Office) -> None:
    """He would not be heard: his phone does not send."""
    async with office.queue_call() as (call_id, _, agent):
        await agent.hold()
        await office.until(lambda: (one := office.scene(1)) and one.mine.state is LegState.HELD, "the phone's hold")
        for ask in (office.control.consulting.consult, office.control.consulting.conference):
            with pytest.raises(Conflict) as refused:
                await ask(WHO, call_id, COLLEAGUE)
            assert refused.value.code == "held_by_phone"
        assert not office.phones["1002"].calls
        await asyncio.gather(office.control.consulting.consult(WHO, call_id, COLLEAGUE), agent.retrieve())
        colleague = await office.phones["1002"].incoming()
        await hear(agent, 620, colleague, 440)


async def test_ask_and_complete(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        shown = office.hub.parts["user", "control"](1)[0]
        assert (shown.consult.user_id, shown.consult.state) == (2, "talking")
        await office.control.consulting.complete(WHO, call_id)
        await agent.ended()
        await hear(customer, 620, colleague, CUSTOMER)
        scene = await office.stands(2, Stage.TALKING)
        assert scene.call.id == call_id
        assert list(queue_talk(scene.call)) == [("PJSIP/1002", "support")]
        customer.hangup()
        await colleague.ended()
        call = await office.ended(call_id)
    (first,) = talks_of(call, "PJSIP/1001")
    (then,) = talks_of(call, "PJSIP/1002")
    assert first.result is SegmentResult.TRANSFERRED
    assert first.held_seconds > 0
    assert then.held_seconds == 0
    for talk in (first, then):
        leg = next(leg for leg in call.legs if leg.id == talk.leg_id)
        assert leg.ended_at is not None
        assert leg.answered_at is not None
        assert seconds([talk]) == pytest.approx(leg.ended_at - leg.answered_at, abs=1.0)


async def test_swap_back_and_forth_and_complete_from_either_side(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        await office.control.consulting.swap(WHO, call_id)
        await hear(customer, 440, agent, CUSTOMER)
        assert await colleague.hears(MUSIC)
        assert (office.hub.parts["user", "control"](1)[0].consult.state) == "held"
        await office.control.consulting.swap(WHO, call_id)
        await hear(colleague, 440, agent, 620)
        assert await customer.hears(MUSIC)
        await office.control.consulting.swap(WHO, call_id)
        await hear(customer, 440, agent, CUSTOMER)
        await office.control.consulting.complete(WHO, call_id)
        await agent.ended()
        await hear(customer, 620, colleague, CUSTOMER)
        colleague.hangup()
        await customer.ended()
        call = await office.ended(call_id)
    (first,) = talks_of(call, "PJSIP/1001")
    assert first.result is SegmentResult.TRANSFERRED
    (then,) = talks_of(call, "PJSIP/1002")
    assert then.held_seconds > 0
    leg = next(leg for leg in call.legs if leg.id == then.leg_id)
    assert leg.ended_at is not None
    assert leg.answered_at is not None
    assert seconds([then]) == pytest.approx(leg.ended_at - leg.answered_at, abs=1.0)


@pytest.mark.parametrize("swapped", [False, True])
async def test_cancel_brings_the_customer_back(office: Office, swapped: bool) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        if swapped:
            await office.control.consulting.swap(WHO, call_id)
            await hear(customer, 440, agent, CUSTOMER)
        await office.control.consulting.cancel(WHO, call_id)
        await colleague.ended()
        await office.stands(1, Stage.TALKING)
        await hear(customer, 440, agent, CUSTOMER)
        agent.hangup()
        await customer.ended()
        call = await office.ended(call_id)
    assert len(talks_of(call, "PJSIP/1001")) == 1


async def test_cancel_while_the_colleague_rings(office: Office) -> None:
    office.phones["1002"].answer_after = None
    try:
        async with office.queue_call() as (call_id, customer, agent):
            await office.control.consulting.consult(WHO, call_id, COLLEAGUE)
            colleague = await office.phones["1002"].incoming()
            await office.stands(1, Stage.ASKING)
            with pytest.raises(Conflict) as refused:
                await office.control.consulting.complete(WHO, call_id)
            assert refused.value.code == "colleague_rings"
            await office.control.consulting.cancel(WHO, call_id)
            await colleague.ended()
            await hear(customer, 440, agent, CUSTOMER)
    finally:
        office.phones["1002"].answer_after = 0.05


async def test_a_busy_colleague_leaves_the_customer_on_hold_and_the_agent_told(office: Office) -> None:
    office.phones["1002"].reject_with = 486
    try:
        async with office.queue_call() as (call_id, customer, agent):
            await office.control.consulting.consult(WHO, call_id, COLLEAGUE)
            scene = await office.stands(1, Stage.HELD)
            await office.until(lambda: office.scene(1).mine.tried == "BUSY", "why")  # type: ignore[union-attr]
            assert office.hub.parts["user", "control"](1)[0].tried == "busy"
            assert await customer.hears(MUSIC)
            await office.control.retrieve(WHO, scene.call.id)
            await hear(customer, 440, agent, CUSTOMER)
    finally:
        office.phones["1002"].reject_with = None


async def test_an_agent_who_hangs_up_while_asking_hands_the_customer_over(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        agent.hangup()
        await hear(customer, 620, colleague, CUSTOMER)
        scene = await office.stands(2, Stage.TALKING)
        assert scene.call.id == call_id
        colleague.hangup()
        await customer.ended()
        call = await office.ended(call_id)
    assert talks_of(call, "PJSIP/1001")[0].result is SegmentResult.TRANSFERRED
    assert len(talks_of(call, "PJSIP/1002")) == 1


async def test_a_customer_who_hangs_up_leaves_the_two_talking(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        customer.hangup()
        await office.stands(1, Stage.TALKING)
        await hear(agent, 620, colleague, 440)
        with pytest.raises(Conflict) as refused:
            await office.control.consulting.complete(WHO, call_id)
        assert refused.value.code == "no_consultation"


async def test_when_the_bridge_of_a_swap_fails_the_colleague_is_back(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        bridges = []

        def refuse_first(action: object) -> Exception | None:
            name = getattr(action, "name", "")
            if name == "Bridge":
                bridges.append(action)
            return AmiRefused("Bridge", "Could not bridge") if name == "Bridge" and len(bridges) == 1 else None

        office.refuse = refuse_first
        try:
            with pytest.raises(AmiRefused):
                await office.control.consulting.swap(WHO, call_id)
        finally:
            office.refuse = lambda action: None
        await hear(agent, 620, colleague, 440)
        assert await customer.hears(MUSIC)
        await office.control.consulting.complete(WHO, call_id)
        await hear(customer, 620, colleague, CUSTOMER)


async def test_two_commands_that_cross_end_in_what_the_pbx_did(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        customer.hangup()
        (came,) = await asyncio.gather(office.control.consulting.complete(WHO, call_id), return_exceptions=True)
        assert getattr(came, "code", "") in ("", "no_consultation", "pbx_refused", "call_over")
        agent.hangup()
        await colleague.ended(limit=7.0)
        await office.ended(call_id)


async def test_a_conference_of_three_with_one_who_only_listens_and_one_removed(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        colleague = await asked(office, call_id, customer, agent)
        await office.control.consulting.conference(WHO, call_id, None)
        await office.until(lambda: len(members(office)) == 3, "three members")
        await hear(customer, 440, agent, CUSTOMER)
        await hear(customer, 620, colleague, CUSTOMER)
        await hear(agent, 620, colleague, 440)
        third = next(one for one in members(office) if one.user_id == 2)
        await office.control.consulting.member(WHO, call_id, third.leg, "listen-only")
        assert await customer.loses(620)
        assert await agent.loses(620)
        assert await colleague.hears(CUSTOMER)
        assert next(one for one in members(office) if one.user_id == 2).listen_only
        await office.control.consulting.member(WHO, call_id, third.leg, "listen-only", False)
        assert await customer.hears(620)
        await office.control.mute(WHO, call_id, True)
        assert await customer.loses(440)
        await office.control.mute(WHO, call_id, False)
        assert await customer.hears(440)
        first = next(one for one in members(office) if one.user_id is None)
        await office.control.consulting.member(WHO, call_id, first.leg, "mute")
        assert await agent.loses(CUSTOMER)
        assert await colleague.loses(CUSTOMER)
        await hear(customer, 620, colleague, 440)
        assert await customer.hears(440)
        await office.control.consulting.member(WHO, call_id, first.leg, "mute", False)
        assert await colleague.hears(CUSTOMER)
        await office.control.consulting.member(WHO, call_id, third.leg, "remove")
        await colleague.ended()
        await hear(customer, 440, agent, CUSTOMER)
        await office.control.hangup(WHO, call_id)
        await customer.ended()
        call = await office.ended(call_id)
    kinds = [(part.kind, part.device) for part in call.segments if part.device and part.kind is not SegmentKind.RING]
    assert kinds == [
        ("talk", "PJSIP/1001"),
        ("talk", "PJSIP/1002"),
        ("conference", "PJSIP/1001"),
        ("conference", "PJSIP/1002"),
    ] or sorted(kinds) == sorted([
        ("talk", "PJSIP/1001"), ("talk", "PJSIP/1002"), ("conference", "PJSIP/1001"), ("conference", "PJSIP/1002"),
    ])  # fmt: skip
    for device in ("PJSIP/1001", "PJSIP/1002"):
        leg = next(leg for leg in call.legs if leg.device == device)
        assert leg.ended_at is not None
        assert leg.answered_at is not None
        assert seconds(talks_of(call, device)) == pytest.approx(leg.ended_at - leg.answered_at, abs=1.0)


def members(office: Office) -> tuple[object, ...]:
    shown = office.hub.parts["user", "control"](1)
    return shown[0].members if shown else ()


async def test_a_third_one_is_asked_and_joined_when_he_answers(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.consulting.conference(WHO, call_id, COLLEAGUE)
        colleague = await office.phones["1002"].incoming()
        await office.until(lambda: len(members(office)) == 3, "three members")
        await hear(customer, 620, colleague, CUSTOMER)
        await hear(agent, 620, colleague, 440)
        agent.hangup()
        await hear(customer, 620, colleague, CUSTOMER)
        colleague.hangup()
        await customer.ended()


async def test_a_third_one_who_does_not_come_gives_the_customer_back(office: Office) -> None:
    office.phones["1002"].reject_with = 486
    try:
        async with office.queue_call() as (call_id, customer, agent):
            await office.control.consulting.conference(WHO, call_id, COLLEAGUE)
            await hear(customer, 440, agent, CUSTOMER)
            await office.stands(1, Stage.TALKING)
    finally:
        office.phones["1002"].reject_with = None
