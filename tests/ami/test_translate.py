"""Raw messages into facts: lazily, whole characters, and never an exception."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.ami import translate as translate_module
from cti_server.ami.message import event_name, headers
from cti_server.ami.translate import flow_data, translate
from cti_server.live import facts
from tests.live.replaying import NAMES, messages

ALL = [message for name in NAMES for message in messages(name)]


def event(name: str, *lines: str) -> bytes:
    return "\r\n".join([f"Event: {name}", "Privilege: call,all", *lines]).encode()


def test_a_new_channel() -> None:
    raw = next(m for m in messages("22/s16_utf8_chanvars") if event_name(m) == b"Newchannel")
    told = translate(raw, 1.0)
    assert told is not None
    fact, at = told
    assert isinstance(fact, facts.ChannelBegan)
    assert (fact.channel.number, fact.channel.caller_name, fact.exten, fact.state) == (
        "075512345678", "张三丰·客户", "4009", 4,
    )  # fmt: skip
    assert fact.channel.id == fact.channel.linkedid
    assert at == float(headers(raw)["Timestamp"])
    assert translate(raw, 1.0, clock_offset=300.0) == (fact, at + 300.0)


def test_without_a_time_stamp_arrival_counts() -> None:
    assert translate(event("Hold", "Uniqueid: 1.0"), 7.5) == (facts.Held("1.0"), 7.5)
    assert translate(event("Hold", "Timestamp: later", "Uniqueid: 1.0"), 7.5) == (facts.Held("1.0"), 7.5)


def test_what_nobody_needs_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {name.decode() for name in translate_module._READERS}
    assert not needed & {
        "AgentComplete",
        "Cdr",
        "NewConnectedLine",
        "TestEvent",
        "RTCPSent",
        "VarSet",
        "DTMFBegin",
        "Status",
    }
    for raw in ALL:
        if event_name(raw) not in translate_module._READERS:
            assert translate(raw, 0.0) is None
    assert translate(b"Response: Success\r\nUniqueid: 1", 0.0) is None
    assert translate(b"", 0.0) is None


def test_states_of_queues_and_items_of_listings_are_no_events() -> None:
    assert translate(event("DeviceStateChange", "Device: Queue:support", "State: RINGING"), 0.0) is None
    assert translate(event("DeviceStateChange", "Device: park:701@parkedcalls", "State: INUSE"), 0.0) is None
    assert translate(event("DeviceStateChange", "Device: Local/1@c", "State: INUSE"), 0.0) is None
    assert translate(event("DeviceStateChange", "ActionID: x", "Device: PJSIP/1", "State: INUSE"), 0.0) is None
    assert translate(event("ParkedCall", "ActionID: x", "ParkeeUniqueid: 1"), 0.0) is None
    told = translate(event("DeviceStateChange", "Device: PJSIP/1001", "State: INUSE"), 0.0)
    assert told == (facts.DeviceChanged("PJSIP/1001", "INUSE"), 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_headers_in_another_order_say_the_same(name: str) -> None:
    for raw in messages(name):
        told = translate(raw, 0.0)
        if told is None:
            continue
        first, *rest = raw.split(b"\r\n")
        repeated = [line for line in rest if b"ChanVariable" in line]
        rest = [line for line in reversed(rest) if line not in repeated]
        assert translate(b"\r\n".join([first, *rest, *repeated]), 0.0) == told, raw


def test_variables_are_collected_and_empty_ones_left_out() -> None:
    lines = ["Uniqueid: 1", "Linkedid: 1", "ChanVariable: A=1=2", "ChanVariable: B=", "ChanVariable: C=中"]
    told = translate(event("Hangup", *lines, "Cause: 16"), 0.0)
    assert told is not None
    assert isinstance(told[0], facts.ChannelEnded)
    assert (dict(told[0].data), told[0].cause) == ({"A": "1=2", "C": "中"}, 16)


def test_bytes_that_are_no_utf_8_are_replaced_not_dropped() -> None:
    raw = event(
        "NewCallerid", "Channel: PJSIP/1-1", "CallerIDNum: 1", "CallerIDName: a?b", "Uniqueid: 1", "Linkedid: 1"
    )
    told = translate(raw.replace(b"?", b"\xff"), 0.0)
    assert told is not None
    assert isinstance(told[0], facts.CallerIdChanged)
    assert told[0].channel.caller_name == "a\ufffdb"


def test_a_bare_line_feed_and_names_of_headers_in_values_mislead_nobody() -> None:
    raw = event("Hold", "CallerIDName: x\nUniqueid: 9", "Foo: Uniqueid: 8", "Uniqueid: 1")
    assert translate(raw, 0.0) == (facts.Held("1"), 0.0)


def test_queue_status_of_the_dialplan() -> None:
    for lines in (
        ["UserEvent: QueueEnd", "Uniqueid: 1", "Status: TIMEOUT"],
        ["UserEvent: X", "Uid: 1", "QUEUESTATUS: TIMEOUT"],
    ):
        assert translate(event("UserEvent", *lines), 0.0) == (facts.QueueStatusTold("1", "TIMEOUT"), 0.0)
    assert translate(event("UserEvent", "UserEvent: Hello", "Uniqueid: 1", "Status: fine"), 0.0) is None


def test_transfers_that_failed_are_none() -> None:
    assert translate(event("BlindTransfer", "Result: Fail", "TransfererUniqueid: 1"), 0.0) is None
    told = translate(event("AttendedTransfer", "Result: Success", "OrigTransfererUniqueid: 1"), 0.0)
    assert told == (facts.Transferred(("1",), "", attended=True), 0.0)


@given(st.sampled_from(ALL), st.integers(0, 2000), st.integers(0, 255), st.booleans())
def test_broken_messages_never_raise(raw: bytes, at: int, byte: int, cut: bool) -> None:
    place = at % (len(raw) + 1)
    broken = raw[:place] if cut else raw[:place] + bytes([byte]) + raw[place + 1 :]
    told = translate(broken, 5.0)
    assert told is None or isinstance(told[1], float)


def test_our_dialplan_tells_where_it_has_a_leg() -> None:
    lines = ("Channel: PJSIP/trunk-1", "Uniqueid: 1.0", "Linkedid: 1.0", "UserEvent: CtiPlace")
    told = translate(event("UserEvent", *lines, "Place: hold", "With: PJSIP/1001-2"), 1.0)
    assert told is not None
    fact = told[0]
    assert isinstance(fact, facts.Placed)
    assert (fact.channel.id, fact.place, fact.waits_for, fact.tried) == ("1.0", "hold", "PJSIP/1001-2", "")
    assert translate(event("UserEvent", *lines, "Place: nowhere"), 1.0) is None


def test_what_a_flow_has_found_out_is_read_from_its_one_variable() -> None:
    """Names in capitals are variables of the PBX: no flow can pretend one."""
    assert flow_data("level=7&topic=card+7&%E5%A7%93=x&QUEUESTATUS=FULL&way=a%26b%3Dc&empty=") == {
        "level": "7", "topic": "card 7", "way": "a&b=c",
    }  # fmt: skip
