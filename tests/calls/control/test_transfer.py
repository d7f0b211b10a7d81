"""Blind transfers, parking and pickup on a real PBX: who hears whom, and whose time it is."""

import asyncio
from collections.abc import Awaitable

import pytest

from cti_server.agents.shift.told import queue_talk
from cti_server.ami.actions import Action, queue_add, queue_remove
from cti_server.calls.control.model import Stage
from cti_server.calls.control.numbers import Target, TargetKind
from cti_server.core.errors import BadInput, Conflict, CtiError
from cti_server.live.words import LegRole, Place, SegmentKind, SegmentResult
from tests.calls.control.office import CUSTOMER, MUSIC, Office, hear, seconds, session, talks_of

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
WHO = session(1)


async def test_a_transfer_to_a_colleague_is_one_call_with_two_talks(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        uuid = office.live.calls[call_id].data["CALLUUID"]
        await office.control.transfer(WHO, call_id, Target(TargetKind.AGENT, "2"))
        await agent.ended()
        second = await office.phones["1002"].incoming()
        assert second.number == "13800000001"
        await hear(customer, 620, second, CUSTOMER)
        scene = await office.stands(2, Stage.TALKING)
        assert list(queue_talk(scene.call)) == [("PJSIP/1002", "support")]
        assert (scene.call.id, scene.call.data["CALLUUID"]) == (call_id, uuid)
        second.hangup()
        await customer.ended()
        call = await office.ended(call_id)
    (first,) = talks_of(call, "PJSIP/1001")
    (then,) = talks_of(call, "PJSIP/1002")
    assert first.result is SegmentResult.TRANSFERRED
    assert first.ended_at is not None
    assert first.ended_at <= then.started_at
    for talk, device in ((first, "PJSIP/1001"), (then, "PJSIP/1002")):
        leg = next(leg for leg in call.legs if leg.device == device)
        assert leg.ended_at is not None
        assert leg.answered_at is not None
        assert seconds([talk]) == pytest.approx(leg.ended_at - leg.answered_at, abs=1.0)
    assert len(office.over) == len({call.linkedid for call in office.over.values()})


async def test_a_transfer_outside_is_audited_and_goes_over_the_trunk(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.transfer(WHO, call_id, Target(TargetKind.EXTERNAL, "139 1234 5678"))
        outside = await office.trunk.incoming()
        assert outside.invite.uri.startswith("sip:13912345678@")
        await outside.answered()
        await agent.ended()
        assert await customer.hears(CUSTOMER)
        assert await outside.hears(CUSTOMER)
    assert office.audit.notes[-1] == (1, "call.transfer", "13912345678")


async def test_a_transfer_to_a_queue_keeps_number_and_name_of_the_call(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        uuid = office.live.calls[call_id].data["CALLUUID"]
        await office.control.transfer(WHO, call_id, Target(TargetKind.QUEUE, "sales"))
        await agent.ended()
        await office.until(lambda: office.live.calls[call_id].queue == "sales", "the wait in sales")
        assert office.live.queues["main", "sales"].waiting[0].number == "13800000001"
        await office.connection.send(queue_add("sales", "PJSIP/1003"))
        third = await office.phones["1003"].incoming()
        await hear(customer, 770, third, CUSTOMER)
        await office.connection.send(queue_remove("sales", "PJSIP/1003"))
        assert office.live.calls[call_id].data["CALLUUID"] == uuid
        third.hangup()
        call = await office.ended(call_id)
    kinds = [(part.kind, part.queue) for part in call.segments if part.kind in (SegmentKind.QUEUE, SegmentKind.TALK)]
    assert kinds == [("queue", "support"), ("talk", "support"), ("queue", "sales"), ("talk", "sales")]


async def test_nobody_there_brings_the_customer_back_to_who_sent_him(office: Office) -> None:
    office.phones["1002"].reject_with = 486
    try:
        async with office.queue_call() as (call_id, customer, agent):
            await office.control.transfer(WHO, call_id, Target(TargetKind.AGENT, "2"))
            await agent.ended()
            again = await office.phones["1001"].incoming()
            await hear(customer, 440, again, CUSTOMER)
            scene = await office.stands(1, Stage.TALKING)
            assert scene.call.id == call_id
    finally:
        office.phones["1002"].reject_with = None


async def test_from_hold_the_customer_can_be_sent_on_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent leaves when the PBX has told that the customer is off hold: sooner he is taken for left alone."""
    places: list[Place | None] = []

    def look(action: Action) -> None:
        if action.name == "Hangup":
            places.extend(leg.place for leg in office.live.calls[call_id].legs if leg.role is LegRole.CUSTOMER)

    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        await office.stands(1, Stage.HELD)
        monkeypatch.setattr(office, "refuse", look)
        await office.control.transfer(WHO, call_id, Target(TargetKind.EXTENSION, "1002"))
        await agent.ended()
        second = await office.phones["1002"].incoming()
        await hear(customer, 620, second, CUSTOMER)
        customer.hangup()
        call = await office.ended(call_id)
    assert places == [Place.TRANSFER]
    (first,) = talks_of(call, "PJSIP/1001")
    assert first.result is SegmentResult.TRANSFERRED
    assert first.held_seconds > 0


async def test_from_hold_the_customer_can_be_sent_to_a_service_too(office: Office) -> None:
    """An extension that is nobody's phone: here the number of a queue in the context cti-inside."""
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        await office.stands(1, Stage.HELD)
        await office.control.transfer(WHO, call_id, Target(TargetKind.EXTENSION, "4001"))
        await agent.ended()
        await office.until(lambda: office.scene(1) is None, "the agent's end")
        await office.until(lambda: office.live.calls[call_id].queue == "sales", "the wait in sales")
        assert await customer.hears(MUSIC)
        customer.hangup()
        await office.ended(call_id)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (TargetKind.AGENT, "1", "oneself"),
        (TargetKind.EXTENSION, "1001", "oneself"),
        (TargetKind.AGENT, "77", "unknown_target"),
        (TargetKind.EXTENSION, "1999", "unknown_target"),
        (TargetKind.EXTENSION, "777", "unknown_target"),
        (TargetKind.EXTENSION, "1009", "unreachable"),
        (TargetKind.QUEUE, "nowhere", "unknown_target"),
        (TargetKind.EXTERNAL, "900123", "forbidden_number"),
        (TargetKind.EXTENSION, "9900123", "forbidden_number"),
        (TargetKind.EXTERNAL, "+4912345", "forbidden_number"),
        (TargetKind.EXTERNAL, "12ab", "bad_number"),
    ],
)
async def test_a_bad_target_is_refused_and_nothing_happens(
    office: Office, kind: TargetKind, value: str, code: str
) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        for command in (office.control.transfer, office.control.consulting.consult):
            with pytest.raises((BadInput, Conflict)) as refused:
                await command(WHO, call_id, Target(kind, value))
            wanted = (
                "not_a_person" if kind is TargetKind.QUEUE and command == office.control.consulting.consult else code
            )
            assert refused.value.code == wanted
        await hear(customer, 440, agent, CUSTOMER)


async def test_a_parked_customer_hears_music_and_anybody_can_take_him(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        done = await office.control.park(WHO, call_id)
        await agent.ended()
        assert await customer.hears(MUSIC)
        (parked,) = office.control.parked(session(2))
        assert (parked.slot, parked.number, parked.call_id) == (done.slot, "13800000001", call_id)
        await office.control.pickup(session(2), parked.slot)
        second = await office.phones["1002"].incoming()
        await hear(customer, 620, second, CUSTOMER)
        await office.stands(2, Stage.TALKING)
        assert office.control.parked(session(2)) == []
        customer.hangup()
        call = await office.ended(call_id)
    assert [part.kind for part in call.segments if part.kind is not SegmentKind.RING] == [
        "queue", "talk", "park", "talk",
    ]  # fmt: skip
    assert len(talks_of(call, "PJSIP/1002")) == 1


async def refusal(asked: Awaitable[object]) -> str:
    """With which code a command was refused; empty when it was carried out."""
    try:
        await asked
    except CtiError as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("who", ["customer", "agent"])
async def test_a_transfer_that_crosses_a_hangup_ends_in_what_the_pbx_did(office: Office, who: str, first: bool) -> None:
    for _ in range(3):
        async with office.queue_call() as (call_id, customer, agent):
            office.hub.told.clear()
            leaves = customer if who == "customer" else agent
            transfer = refusal(office.control.transfer(WHO, call_id, Target(TargetKind.AGENT, "2")))
            if first:
                leaves.hangup()
                refused = await transfer
            else:
                asked = office.tasks.start("crossing", transfer)
                await asyncio.sleep(0)  # the command is on its way
                leaves.hangup()
                refused = await asked
            assert refused in ("", "call_over", "nobody_there", "pbx_refused", "not_your_call", "no_such_call"), refused
            await agent.ended()
            await office.until(lambda: ("user:1", "control.gone") in [told[:2] for told in office.hub.told], "the end")
            if who == "agent" and not refused:
                second = await office.phones["1002"].incoming()
                await hear(customer, 620, second, CUSTOMER)
                await office.stands(2, Stage.TALKING)
                second.hangup()
            await customer.ended()
            call = await office.ended(call_id)
        (talk,) = talks_of(call, "PJSIP/1001")
        if refused:
            assert talk.result is not SegmentResult.TRANSFERRED
            assert not talks_of(call, "PJSIP/1002")
        elif who == "agent":
            assert talk.result is SegmentResult.TRANSFERRED
            assert len(talks_of(call, "PJSIP/1002")) == 1
