"""On a real Asterisk: a password comes and goes, and a registration ends although its page holds on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.calls.softphone import unregister
from cti_server.calls.softphone.doorkeeper import PbxDoorkeeper
from cti_server.calls.softphone.unregister import RegistrarFault, forget_contacts
from cti_server.sandbox.asterisk import Asterisk
from tests.calls.softphone.desk import contacts

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]
URI = "sip:1001w@cti.invalid"


def websocket(pbx: Asterisk) -> str:
    return f"ws://127.0.0.1:{pbx.http_port}/ws"


@pytest_asyncio.fixture(loop_scope="session")
async def door(asterisk: Asterisk) -> AsyncIterator[PbxDoorkeeper]:
    reader, writer = await asyncio.open_connection(asterisk.host, asterisk.ami_port)
    login = Action("Login", (f"Username: {asterisk.ami_user}", f"Secret: {asterisk.ami_secret}", "Events: off"))

    async def send(_pbx: str, action: Action) -> Reply:
        writer.write("\r\n".join([f"Action: {action.name}", *action.lines, "", ""]).encode())
        block = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
        if "Response: Success" not in block:
            raise AmiRefused(action.name, block)
        return Reply("", {})

    await send("main", login)
    yield PbxDoorkeeper(send, {"main": websocket(asterisk)})
    writer.close()


async def stay_registered(pbx: Asterisk, user: str, password: str) -> unregister._Socket:
    """A page that has registered and does not let go."""
    socket = await unregister._Socket.open(websocket(pbx))

    def request(number: int, proof: str = "") -> str:
        text = unregister._request(URI, "held00000000@cti.invalid", number, proof)
        return text.replace("Contact: *", "Contact: <sip:x@y.invalid;transport=ws>").replace(
            "Expires: 0", "Expires: 60"
        )

    status, head = await socket.ask(request(1))
    assert status == 401
    status, head = await socket.ask(request(2, unregister._proof(head, URI, user, password)))
    assert status == 200, head
    return socket


async def test_a_registration_ends_with_its_password(asterisk: Asterisk, door: PbxDoorkeeper) -> None:
    await door.give("main", "1001w", "user-1", "a-b_c")
    socket = await stay_registered(asterisk, "user-1", "a-b_c")
    assert await contacts(asterisk, "1001w") == 1
    await door.take("main", "1001w")
    assert await contacts(asterisk, "1001w") == 0
    with pytest.raises(RegistrarFault):
        await forget_contacts(websocket(asterisk), URI, "user-1", "a-b_c", limit=5)
    await socket.close()


async def test_only_browser_phones_get_a_password_and_a_desk_phone_keeps_its_own(
    asterisk: Asterisk, door: PbxDoorkeeper
) -> None:
    for endpoint in ("1001", "trunk", "nobody"):
        with pytest.raises(AmiRefused):
            await door.give("main", endpoint, "u", "p")
    await door.take("main", "1001", registered=False)
    assert f"password                 : {asterisk.passwords['1001']}" in await asterisk.cli("pjsip show auth 1001")


async def test_an_unreachable_websocket_does_not_keep_the_password(asterisk: Asterisk, door: PbxDoorkeeper) -> None:
    await door.give("main", "1002w", "u", "p")
    lame = PbxDoorkeeper(door._send, {"main": "ws://127.0.0.1:9/ws"})
    await lame.take("main", "1002w")
    assert "0 results" in await asterisk.cli("database show cti_phone/auth/1002w")


async def test_nobody_hears_of_it(asterisk: Asterisk, door: PbxDoorkeeper) -> None:
    reader, writer = await asyncio.open_connection(asterisk.host, asterisk.ami_port)
    login = f"Action: Login\r\nUsername: {asterisk.ami_user}\r\nSecret: {asterisk.ami_secret}\r\nEvents: on\r\n\r\n"
    writer.write(login.encode())
    await asyncio.wait_for(reader.readuntil(b"Event: FullyBooted"), 5)
    await door.give("main", "1003w", "u", "the-password")
    with pytest.raises(AmiRefused):
        await door.give("main", "1003", "u", "the-password")
    await door.take("main", "1003w")
    writer.write(b"Action: UserEvent\r\nUserEvent: Last\r\n\r\n")
    heard = (await asyncio.wait_for(reader.readuntil(b"UserEvent: Last"), 5)).decode()
    writer.close()
    assert "cti-phone" not in heard
    assert "the-password" not in heard
    assert "Event: Cdr" not in heard
