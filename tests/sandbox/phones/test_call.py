"""A call between two phones without a PBX: each step, each way out."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.sandbox.phones.call import Call, PhoneError, Stage
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.phones.sip import SipError
from cti_server.sandbox.phones.wire import HOST


@pytest_asyncio.fixture
async def phones() -> AsyncIterator[tuple[Phone, Phone]]:
    pacer = Pacer()
    one = await Phone.open("1", sip_port=9, tone=440, pacer=pacer)
    two = await Phone.open("2", sip_port=9, tone=700, pacer=pacer)
    yield one, two
    await one.close()
    await two.close()


def ring(phones: tuple[Phone, Phone], **more: object) -> Call:
    return phones[0].call("2", peer=(HOST, phones[1].port), **more)  # type: ignore[arg-type]


async def talk(phones: tuple[Phone, Phone]) -> tuple[Call, Call]:
    out = ring(phones)
    into = await phones[1].incoming()
    await into.answer()
    await out.answered()
    return out, into


async def test_it_rings_is_answered_and_hung_up_by_the_caller(phones: tuple[Phone, Phone]) -> None:
    out = ring(phones, caller="13800000001", name='王 "小" 明')
    await out.ringing()
    assert out.stage is Stage.RINGING
    into = await phones[1].incoming()
    assert (into.number, into.name) == ("13800000001", '王 "小" 明')
    await into.answer()
    await out.answered()
    assert await out.hears(700)
    assert await into.hears(440)
    out.hangup()
    await into.ended()
    await phones[0].idle()
    await phones[1].idle()


async def test_the_called_side_hangs_up(phones: tuple[Phone, Phone]) -> None:
    out, into = await talk(phones)
    into.hangup()
    await out.ended()
    assert out.reason == "the other side hung up"


async def test_busy(phones: tuple[Phone, Phone]) -> None:
    phones[1].reject_with = 486
    out = ring(phones)
    with pytest.raises(PhoneError, match="486 Busy Here") as error:
        await out.answered()
    assert error.value.status == 486


async def test_the_caller_gives_up(phones: tuple[Phone, Phone]) -> None:
    out = ring(phones)
    into = await phones[1].incoming()
    await out.ringing()
    out.hangup()
    await out.ended()
    await into.ended()
    assert (out.status, into.status) == (487, 487)


async def test_giving_up_at_once_waits_for_the_first_word(phones: tuple[Phone, Phone]) -> None:
    out = ring(phones)
    out.hangup()
    await out.ended()
    assert out.status == 487


async def test_it_answers_by_itself_after_the_wished_time(phones: tuple[Phone, Phone]) -> None:
    phones[1].answer_after = 0.1
    out = ring(phones)
    await out.ringing()
    await out.answered()


@pytest.mark.parametrize(
    "header",
    [{"Call-Info": "<sip:x>;answer-after=0"}, {"Alert-Info": "<http://x>;info=alert-autoanswer;delay=0"}],
)
async def test_a_call_that_asks_for_it_is_answered_at_once(phones: tuple[Phone, Phone], header: dict[str, str]) -> None:
    await ring(phones, headers=header).answered()


async def test_hold_silences_and_retrieve_gives_back(phones: tuple[Phone, Phone]) -> None:
    out, into = await talk(phones)
    assert await out.hears(700)
    await into.hold()
    assert into.held
    assert await out.loses(700)
    assert await into.loses(440)
    await into.retrieve()
    assert await out.hears(700)
    assert await into.hears(440)


async def test_keys_both_ways(phones: tuple[Phone, Phone]) -> None:
    out, into = await talk(phones)
    out.press("12#")
    into.press("9")
    await into.digits("12#")
    await out.digits("9")


async def test_requests_within_the_call_are_answered(phones: tuple[Phone, Phone]) -> None:
    out, into = await talk(phones)
    for method, status in (("OPTIONS", 200), ("INFO", 200), ("UPDATE", 200), ("PUBLISH", 405)):
        assert (await out.request(method)).status == status
    assert (await into.request("NOTIFY", {"Event": "refer"}, b"SIP/2.0 100 Trying\r\n")).status == 200
    assert out.referred == ["SIP/2.0 100 Trying"]


async def test_a_refused_transfer_is_told(phones: tuple[Phone, Phone]) -> None:
    out, _ = await talk(phones)
    with pytest.raises(PhoneError, match="405"):
        await out.transfer("3")


async def test_a_withheld_number_is_not_shown(phones: tuple[Phone, Phone]) -> None:
    ring(phones, caller="13800000001", name="secret", withheld=True)
    into = await phones[1].incoming()
    assert (into.number, into.name) == ("anonymous", "Anonymous")
    assert "13800000001" not in into.invite.encode().decode()


async def test_the_wait_says_what_did_not_come(phones: tuple[Phone, Phone]) -> None:
    out = ring(phones)
    with pytest.raises(TimeoutError, match="answer of 2"):
        await out.answered(0.1)


async def test_line_ends_are_refused(phones: tuple[Phone, Phone]) -> None:
    with pytest.raises(SipError):
        ring(phones, name="x\r\nX-Trunk: 1")


async def test_many_calls_at_once_stay_apart(phones: tuple[Phone, Phone]) -> None:
    phones[1].answer_after = 0.0
    calls = [ring(phones, caller=f"1{n:03}") for n in range(8)]
    await asyncio.gather(*(call.answered() for call in calls))
    incoming = [await phones[1].incoming() for _ in calls]
    assert {call.number for call in incoming} == {f"1{n:03}" for n in range(8)}
    calls[3].hangup()
    await next(call for call in incoming if call.number == "1003").ended()
    assert sum(call.stage is Stage.TALKING for call in incoming) == 7
