"""Click-to-call on a real PBX: the agent's phone first, then the other side."""

import pytest

from cti_server.calls.control.model import Stage
from cti_server.core.errors import BadInput, Conflict, NotFound
from cti_server.live.words import Direction
from tests.calls.control.office import CUSTOMER, MUSIC, Office, hear, session, talks_of

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
WHO = session(1)


async def test_the_agents_phone_answers_by_itself_and_then_the_customer_is_called(office: Office) -> None:
    office.phones["1001"].answer_after = None
    try:
        done = await office.control.dial(WHO, "138-0013 8000")
        agent = await office.phones["1001"].incoming()
        assert "answer-after=0" in agent.invite.get("call-info")
        customer = await office.trunk.incoming()
        assert (customer.number, customer.invite.uri.split("@")[0]) == ("1001", "sip:13800138000")
        scene = await office.stands(1, Stage.TALKING)
        assert scene.call.id == done.call_id
        assert (scene.call.direction, scene.call.number) == (Direction.OUTBOUND, "13800138000")
        await hear(customer, 440, agent, CUSTOMER)
        assert office.audit.notes[-1] == (1, "call.dial", "13800138000")
        await office.control.hold(WHO, done.call_id)
        assert await customer.hears(MUSIC)
        await office.control.retrieve(WHO, done.call_id)
        await hear(customer, 440, agent, CUSTOMER)
        customer.hangup()
        await agent.ended()
        call = await office.ended(done.call_id)
        (talk,) = talks_of(call, "PJSIP/1001")
        assert talk.held_seconds > 0
    finally:
        office.phones["1001"].answer_after = 0.05


async def test_a_colleague_is_dialled_by_his_extension(office: Office) -> None:
    done = await office.control.dial(WHO, "1002")
    agent = await office.phones["1001"].incoming()
    colleague = await office.phones["1002"].incoming()
    await hear(agent, 620, colleague, 440)
    with pytest.raises(Conflict) as refused:
        await office.control.dial(WHO, "13800138000")
    assert refused.value.code == "on_a_call"
    await office.control.hangup(WHO, done.call_id)
    await office.ended(done.call_id)


@pytest.mark.parametrize(
    ("number", "code"),
    [("1001", "oneself"), ("900123", "forbidden_number"), ("x", "bad_number"), ("1009", "unreachable")],
)
async def test_a_bad_number_does_not_ring_the_agents_phone(office: Office, number: str, code: str) -> None:
    with pytest.raises((BadInput, Conflict)) as refused:
        await office.control.dial(WHO, number)
    assert refused.value.code == code
    assert not office.phones["1001"].rings


async def test_nobody_is_parked_there(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.control.pickup(WHO, "701")
