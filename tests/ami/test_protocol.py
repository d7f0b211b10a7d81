import asyncio
import re

import pytest

from cti_server.ami import actions
from cti_server.ami.actions import Action
from cti_server.ami.connection import LinkState
from cti_server.ami.errors import AmiBusy, AmiRefused, AmiTimeout
from cti_server.ami.protocol import Exchange

MEMBERS = [f"Event: QueueMember\r\nQueue: 客服\r\nName: 坐席{n}\r\nLocation: PJSIP/{n}" for n in range(1001, 1004)]


async def ready(pbx, connect):
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    return watcher.connection


@pytest.mark.parametrize("chunk", [0, 1, 7])
async def test_a_listing_is_gathered_whatever_the_packets(pbx, connect, chunk: int) -> None:
    pbx.items = {"QueueStatus": MEMBERS}
    pbx.chunk = chunk
    connection = await ready(pbx, connect)
    reply = await connection.send(actions.queue_status())
    assert [item["Name"] for item in reply.items] == ["坐席1001", "坐席1002", "坐席1003"]
    assert connection.pending == 0


async def test_events_between_the_items_of_a_listing_stay_events(pbx, connect) -> None:
    def interleaved(action) -> bytes:
        event = "Event: Hangup\r\nCause: 16\r\n\r\n"
        items = "".join(f"{item}\r\nActionID: {{id}}\r\n\r\n{event}" for item in MEMBERS)
        done = "Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n"
        return f"Response: Success\r\nActionID: {{id}}\r\nEventList: start\r\n\r\n{event}{items}{done}{event}".encode()

    pbx.scripts = {"QueueStatus": interleaved}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await watcher.events(1)
    reply = await watcher.connection.send(actions.queue_status())
    assert len(reply.items) == 3
    assert await watcher.events(5) == [b"Event: Hangup\r\nCause: 16"] * 5
    assert reply.answered_at - reply.asked_at == 4


async def test_many_at_once_get_each_their_own_answer(pbx, connect) -> None:
    def echo(action) -> bytes:
        return b"Response: Success\r\nActionID: {id}\r\nValue: %s\r\n\r\n" % action.get("Variable").encode()

    pbx.scripts = {"Getvar": echo}
    pbx.chunk = 3
    connection = await ready(pbx, connect)
    names = [f"CTI_{n}" for n in range(100)]
    replies = await asyncio.gather(*(connection.send(actions.get_variable("PJSIP/1-1", name)) for name in names))
    assert [reply.headers["Value"] for reply in replies] == names


async def test_a_refusal_is_told_in_the_pbxs_words(pbx, connect) -> None:
    refusal = b"Response: Error\r\nActionID: {id}\r\nMessage: Unable to add interface: Already there\r\n\r\n"
    pbx.scripts = {"QueueAdd": lambda action: refusal}
    connection = await ready(pbx, connect)
    with pytest.raises(AmiRefused) as caught:
        await connection.send(actions.queue_add("support", "PJSIP/1001"))
    assert caught.value.message == "Unable to add interface: Already there"
    assert not caught.value.unavailable


async def test_an_empty_conference_list_is_no_error(pbx, connect) -> None:
    none = b"Response: Error\r\nActionID: {id}\r\nMessage: No active conferences.\r\n\r\n"
    pbx.scripts = {"ConfbridgeListRooms": lambda action: none}
    connection = await ready(pbx, connect)
    assert (await connection.send(actions.confbridge_list_rooms())).items == ()


async def test_an_answer_that_comes_twice_counts_once(pbx, connect) -> None:
    twice = b"Response: Success\r\nActionID: {id}\r\nMessage: Done\r\n\r\n" * 2
    pbx.scripts = {"QueuePause": lambda action: twice}
    connection = await ready(pbx, connect)
    for _ in range(10):
        assert (await connection.send(actions.queue_pause("PJSIP/1001", True))).message == "Done"


async def test_a_listing_that_stops_in_the_middle_ends_in_time_and_its_rest_is_dropped(pbx, connect) -> None:
    start = b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    pbx.scripts = {"QueueStatus": lambda action: start}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await watcher.events(1)
    with pytest.raises(AmiTimeout):
        await watcher.connection.send(actions.queue_status(), 0.05)
    assert watcher.connection.pending == 0
    late = pbx.of("QueueStatus")[0].get("ActionID")
    await pbx.say(f"{MEMBERS[0]}\r\nActionID: {late}\r\n\r\n".encode())
    await pbx.event("Hangup")
    assert await watcher.events(1) == [b"Event: Hangup\r\nPrivilege: call,all"]


async def test_a_cancelled_listing_is_a_refusal(pbx, connect) -> None:
    broken = b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    broken += b"Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: cancelled\r\n\r\n"
    pbx.scripts = {"QueueStatus": lambda action: broken}
    connection = await ready(pbx, connect)
    with pytest.raises(AmiRefused):
        await connection.send(actions.queue_status())


async def test_the_originate_response_is_an_event_for_the_reader(pbx, connect) -> None:
    answer = b"Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n"
    answer += b"Event: OriginateResponse\r\nActionID: {id}\r\nResponse: Failure\r\nUniqueid: cti-7\r\n\r\n"
    pbx.scripts = {"Originate": lambda action: answer}
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    await watcher.events(1)
    reply = await watcher.connection.send(actions.originate("1001", exten="9", context="c", channel_id="cti-7"))
    (event,) = await watcher.events(1)
    assert event.startswith(b"Event: OriginateResponse\r\nActionID: " + reply.action_id.encode())


async def test_another_clients_user_event_cannot_answer_for_us(pbx, connect) -> None:
    pbx.mute = {"QueuePause"}
    connection = await ready(pbx, connect)

    async def forge() -> None:
        (action,) = await pbx.wait_for("QueuePause")
        await pbx.event("UserEvent", f"UserEvent: X\r\nActionID: {action.get('ActionID')}", "Response: Success")

    with pytest.raises(AmiTimeout):
        await asyncio.gather(connection.send(actions.queue_pause("PJSIP/1", True), 0.1), forge())


async def test_too_many_unanswered_actions_are_refused_unsent(pbx, connect, monkeypatch) -> None:
    monkeypatch.setattr("cti_server.ami.protocol.MAX_PENDING", 3)
    pbx.mute = {"QueuePause"}
    connection = await ready(pbx, connect)
    results = await asyncio.gather(
        *(connection.send(actions.queue_pause("PJSIP/1", True), 0.1) for _ in range(5)), return_exceptions=True
    )
    assert [type(result) for result in results].count(AmiBusy) == 2
    assert len(pbx.of("QueuePause")) == 3
    assert connection.pending == 0


async def test_action_ids_cannot_be_guessed() -> None:
    ids = [Exchange(Action("Ping"), 0).id for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    assert all(re.fullmatch(r"cti-s-[0-9a-f]{16}", action_id) for action_id in ids)


async def test_what_goes_out() -> None:
    exchange = Exchange(actions.queue_pause("PJSIP/1001", True, reason="午休"), 0)
    lines = ["Action: QueuePause", f"ActionID: {exchange.id}", "Interface: PJSIP/1001", "Paused: true", "Reason: 午休"]
    assert str(exchange) == "\r\n".join((*lines, "", ""))
