"""What becomes of a call in our hands when a part is missing or goes away: the phones keep working."""

import asyncio
from typing import Any

import pytest

from cti_server.ami.actions import confbridge_mute
from cti_server.ami.errors import AmiNotConnected
from cti_server.calls.control.dialplan import room_of
from cti_server.calls.control.model import Stage
from cti_server.calls.control.numbers import Target, TargetKind
from cti_server.core.errors import Conflict
from cti_server.live.words import LegState
from tests.calls.control.office import CUSTOMER, MUSIC, Office, hear, seconds, session, talks_of

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
WHO = session(1)


async def test_a_pbx_without_the_module_for_muting_says_so(office: Office) -> None:
    await office.asterisk.cli("module unload res_mutestream.so")
    try:
        async with office.queue_call() as (call_id, customer, agent):
            with pytest.raises(Conflict) as refused:
                await office.control.mute(WHO, call_id, True)
            assert refused.value.code == "mute_unavailable"
            assert not office.hub.parts["user", "control"](1)[0].muted
            await hear(customer, 440, agent, CUSTOMER)
    finally:
        await office.asterisk.cli("module load res_mutestream.so")


@pytest.mark.parametrize("who", ["agent", "customer"])
async def test_without_the_server_nobody_waits_for_somebody_gone(office: Office, who: str) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        # Nobody is there to end his channel at once: it outlives his talk by the seconds of the dialplan's own look.
        office.held_beside_the_pbx = False
        await office.control.hold(WHO, call_id)
        office.refuse = lambda action: AmiNotConnected("down") if action.name == "Hangup" else None
        try:
            gone, left = (agent, customer) if who == "agent" else (customer, agent)
            gone.hangup()
            await left.ended(limit=7.0)
        finally:
            office.refuse = lambda action: None
        await office.ended(call_id)
    office.held_beside_the_pbx = True


async def test_a_server_that_was_away_finds_the_hold_and_takes_the_customer_back(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        again = Office(office.asterisk)
        await again.connect()
        try:
            scene = await again.stands(1, Stage.HELD)
            assert scene.call.id == call_id
            await again.control.retrieve(WHO, call_id)
            await hear(customer, 440, agent, CUSTOMER)
            scene = await again.stands(1, Stage.TALKING)
            assert scene.mine.state is LegState.CONNECTED
        finally:
            await again.disconnect()
        assert await customer.loses(MUSIC)


async def test_a_server_that_was_away_finds_the_consultation_and_completes_it(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.consulting.consult(WHO, call_id, Target(TargetKind.AGENT, "2"))
        colleague = await office.phones["1002"].incoming()
        await office.stands(1, Stage.CONSULTING)
        again = Office(office.asterisk)
        await again.connect()
        try:
            await again.stands(1, Stage.CONSULTING)
            await again.control.consulting.complete(WHO, call_id)
            await hear(customer, 620, colleague, CUSTOMER)
            await agent.ended()
        finally:
            await again.disconnect()


async def test_a_server_that_was_away_finds_who_is_muted(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.mute(WHO, call_id, True)
        await muted_as(office, {1: (True, False)})
        await office.control.consulting.conference(WHO, call_id, Target(TargetKind.AGENT, "2"))
        colleague = await office.phones["1002"].incoming()
        await office.until(lambda: len(shown_members(office)) == 3, "three members")
        await hear(customer, 440, agent, CUSTOMER)
        legs = {one.user_id: one.leg for one in shown_members(office)}
        await office.control.consulting.member(WHO, call_id, legs[2], "listen-only")
        await office.control.consulting.member(WHO, call_id, legs[None], "mute")
        await muted_as(office, {1: (False, False), 2: (False, True), None: (True, False)})
        # Nobody has told us of this one; the PBX lists him all the same.
        channel = next(leg.channel for leg in office.live.calls[call_id].legs if leg.id == legs[1])
        room = room_of(office.live.calls[call_id].linkedid)
        await office.connection.send(confbridge_mute(room, channel, True))
        await muted_as(office, {1: (True, False), 2: (False, True), None: (True, False)})
        assert await customer.loses(620)
        await office.control.consulting.member(WHO, call_id, legs[2], "listen-only", False)
        assert await customer.hears(620)
        await muted_as(office, {1: (True, False), 2: (False, False), None: (True, False)})
        assert await colleague.loses(CUSTOMER)


def shown_members(office: Office) -> tuple[Any, ...]:
    shown = office.hub.parts["user", "control"](1)
    return shown[0].members if shown else ()


async def muted_as(office: Office, wanted: dict[int | None, tuple[bool, bool]]) -> None:
    """A second server, just started, shows (muted, listen_only) of the members; or of agent 1 outside a conference."""
    again = Office(office.asterisk)
    await again.connect()

    def found() -> dict[int | None, tuple[bool, bool]]:
        (shown,) = again.hub.parts["user", "control"](1)
        return {one.user_id: (one.muted, one.listen_only) for one in shown.members} or {1: (shown.muted, False)}

    try:
        async with asyncio.timeout(5):
            await asyncio.gather(*again.tasks._running)  # what the server asks by itself
        assert found() == wanted
        assert not any(wanted[1]) or ("user:1", "control.changed") in [told[:2] for told in again.hub.told]
    finally:
        await again.disconnect()


async def test_a_comparison_with_the_pbx_in_the_middle_of_a_hold_changes_nothing(office: Office) -> None:
    async with office.queue_call() as (call_id, customer, agent):
        await office.control.hold(WHO, call_id)
        before = office.feed.comparisons
        office.feed._wanted.set()
        await office.until(lambda: office.feed.comparisons > before, "a comparison", 10.0)
        assert office.scene(1) is not None
        await office.stands(1, Stage.HELD)
        await office.control.retrieve(WHO, call_id)
        await hear(customer, 440, agent, CUSTOMER)
        agent.hangup()
        call = await office.ended(call_id)
    (talk,) = talks_of(call, "PJSIP/1001")
    leg = next(leg for leg in call.legs if leg.id == talk.leg_id)
    assert leg.ended_at is not None
    assert leg.answered_at is not None
    assert seconds([talk]) == pytest.approx(leg.ended_at - leg.answered_at, abs=1.0)
    assert call.exact
