from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cti_server.ami.framing import Framer
from cti_server.ami.message import event_name, field, headers, repeated

TALKS = Path(__file__).parents[1] / "talks"
EVENT = (
    "Event: QueueMemberPause\r\nQueue: 客服\r\nPausedReason: 午休 lunch\r\nEmpty: \r\nBare:\r\nno colon here\r\n"
    "ChanVariable: A=1\r\nChanVariable: B=x: y\r\nState: 1\r\nState: 2\r\nActionID: x-1"
).encode()


def test_the_name_of_an_event() -> None:
    assert event_name(EVENT) == b"QueueMemberPause"
    assert event_name(b"Event: Alone") == b"Alone"
    assert event_name(b"Response: Success\r\nEvent: no") == b""
    assert event_name(b"") == b""


def test_one_field() -> None:
    assert field(EVENT, b"Queue") == "客服"
    assert field(EVENT, b"Empty") == ""
    assert field(EVENT, b"Bare") == ""
    assert field(EVENT, b"ActionID") == "x-1"
    assert field(EVENT, b"Event") == "QueueMemberPause"
    assert field(EVENT, b"ChanVariable") == "A=1"
    assert field(EVENT, b"Reason") is None
    assert field(EVENT, b"lunch") is None


def test_repeated_headers() -> None:
    assert repeated(EVENT, b"ChanVariable") == ["A=1", "B=x: y"]
    assert repeated(EVENT, b"Nothing") == []


def test_all_headers() -> None:
    assert headers(EVENT) == {
        "Event": "QueueMemberPause",
        "Queue": "客服",
        "PausedReason": "午休 lunch",
        "Empty": "",
        "Bare": "",
        "ChanVariable": "A=1\nB=x: y",
        "State": "2",
        "ActionID": "x-1",
    }


def test_output_lines_of_a_command_are_kept_in_order() -> None:
    raw = b"Response: Success\r\nOutput: one\r\nOutput: two"
    assert headers(raw)["Output"] == "one\ntwo"


def test_chan_variables_that_name_their_channel_repeat_too() -> None:
    raw = b"Event: O\r\nChanVariable(PJSIP/1-1): A=1\r\nChanVariable(PJSIP/1-1): B=2"
    assert headers(raw)["ChanVariable(PJSIP/1-1)"] == "A=1\nB=2"


def test_a_bare_line_feed_is_part_of_the_value() -> None:
    talk = Framer().feed((TALKS / "22" / "s13_park.ami").read_bytes())
    reply = next(raw for raw in talk if field(raw, b"ActionID") == "Park-3")
    assert field(reply, b"Message") == "Park successful\n"


def test_bytes_that_are_not_utf8_do_not_vanish() -> None:
    raw = b"Event: A\r\nCallerIDName: " + "张三".encode("gbk") + b"!"
    assert "\ufffd" in headers(raw)["CallerIDName"]
    assert (field(raw, b"CallerIDName") or "").endswith("!")


@given(st.binary(max_size=300))
def test_anything_can_be_read(raw: bytes) -> None:
    headers(raw)
    event_name(raw)
    field(raw, b"Queue")
    repeated(raw, b"Queue")
