"""Phones on a real Asterisk: registration, a queue call with audio, hold, keys, transfers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.asterisk_config import MUSIC_HZ
from cti_server.sandbox.phones.call import Call, PhoneError
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer

pytestmark = pytest.mark.pbx

TRUNK = {"X-Trunk": "1"}
AGENT_HZ, OTHER_HZ, CALLER_HZ = 440, 700, 1000


@dataclass
class Room:
    """Two agents' phones, the first one in the queue `support`, and the line from outside."""

    agent: Phone
    other: Phone
    trunk: Phone

    async def connected(self) -> tuple[Call, Call]:
        caller = self.trunk.call("4000", caller="13800000001", name="王小明", headers=TRUNK)
        leg = await self.agent.incoming()
        await leg.answer()
        await caller.answered()
        # Our 200 is confirmed before the PBX has joined the two: only the tone says that they are.
        assert await caller.hears(AGENT_HZ)
        return caller, leg


@pytest_asyncio.fixture
async def room(asterisk: Asterisk) -> AsyncIterator[Room]:
    pacer = Pacer()

    async def phone(user: str, tone: int) -> Phone:
        return await Phone.open(
            user, asterisk.passwords.get(user, ""), sip_port=asterisk.sip_port, tone=tone, pacer=pacer
        )

    room = Room(await phone("1001", AGENT_HZ), await phone("1002", OTHER_HZ), await phone("trunk", CALLER_HZ))
    await room.agent.register()
    await room.other.register()
    await asterisk.cli("queue add member PJSIP/1001 to support")
    yield room
    await asterisk.cli("queue remove member PJSIP/1001 from support")
    for one in (room.agent, room.other, room.trunk):
        await one.close()


async def test_a_phone_registers_and_unregisters(asterisk: Asterisk, room: Room) -> None:
    assert f"127.0.0.1:{room.agent.port}" in await asterisk.cli("pjsip show contacts")
    await room.agent.unregister()
    assert f"127.0.0.1:{room.agent.port}" not in await asterisk.cli("pjsip show contacts")


async def test_a_wrong_password_is_refused(asterisk: Asterisk) -> None:
    phone = await Phone.open("1001", "wrong", sip_port=asterisk.sip_port, tone=440)
    with pytest.raises(PhoneError, match="1001 cannot register: 401") as error:
        await phone.register()
    assert error.value.status == 401
    await phone.close()


async def test_caller_and_agent_hear_each_other_through_a_queue(room: Room) -> None:
    caller, leg = await room.connected()
    assert (leg.number, leg.name) == ("13800000001", "王小明")
    assert await caller.hears(AGENT_HZ)
    assert await leg.hears(CALLER_HZ)
    assert caller.levels(OTHER_HZ)[OTHER_HZ] < -40
    caller.hangup()
    await leg.ended()


async def test_the_caller_hears_music_while_nobody_answers(room: Room) -> None:
    caller = room.trunk.call("4000", caller="13800000001", headers=TRUNK)
    leg = await room.agent.incoming()
    assert await caller.hears(MUSIC_HZ)
    caller.hangup()
    await leg.ended()
    assert leg.reason == "the caller gave up"


async def test_a_busy_agent_is_rung_again(room: Room) -> None:
    caller = room.trunk.call("4000", caller="13800000001", headers=TRUNK)
    (await room.agent.incoming()).reject()
    leg = await room.agent.incoming()
    await leg.answer()
    assert await caller.hears(AGENT_HZ)
    leg.hangup()


async def test_hold_and_retrieve(room: Room) -> None:
    caller, leg = await room.connected()
    assert await caller.hears(AGENT_HZ)
    await leg.hold()
    assert await caller.loses(AGENT_HZ)
    assert await caller.hears(MUSIC_HZ)
    await leg.retrieve()
    assert await caller.hears(AGENT_HZ)
    assert await leg.hears(CALLER_HZ)
    caller.hangup()
    await leg.ended()


async def test_keys_pass_the_pbx_both_ways(room: Room) -> None:
    caller, leg = await room.connected()
    caller.press("147#")
    await leg.digits("147#")
    leg.press("0")
    await caller.digits("0")
    caller.hangup()
    await leg.ended()


async def test_a_blind_transfer(room: Room) -> None:
    caller, leg = await room.connected()
    await leg.transfer("1002")
    target = await room.other.incoming()
    await target.answer()
    assert await caller.hears(OTHER_HZ)
    assert await target.hears(CALLER_HZ)
    await leg.ended()
    caller.hangup()
    await target.ended()


async def test_an_attended_transfer(room: Room) -> None:
    caller, leg = await room.connected()
    await leg.hold()
    consultation = room.agent.call("1002")
    target = await room.other.incoming()
    await target.answer()
    await consultation.answered()
    assert await target.hears(AGENT_HZ)
    await leg.transfer_to(consultation)
    assert await caller.hears(OTHER_HZ)
    assert await target.hears(CALLER_HZ)
    await leg.ended()
    await consultation.ended()
    caller.hangup()
    await target.ended()


async def test_a_call_to_nobody_fails_with_a_reason(room: Room) -> None:
    call = room.agent.call("1003")
    with pytest.raises(PhoneError) as error:
        await call.answered()
    assert error.value.status >= 400
