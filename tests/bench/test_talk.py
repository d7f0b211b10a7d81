import re
from itertools import pairwise

import pytest

from bench.talk import DAY, Filter, Traffic, chunks, name_of, read_filters, recommended, recording, renamed, time_of

ANSWERED = ("s02_queue_answer_callerhangup",)


def ids(raw: bytes) -> list[bytes]:
    return re.findall(rb"pbx16000-\d+\.\d+", raw)


def test_a_recording_begins_with_its_first_channel_and_holds_no_answers() -> None:
    one = recording(ANSWERED[0])
    assert name_of(one.lines[0].raw) == "Newchannel"
    assert one.lines[0].after == 0.0
    assert [name_of(raw) for raw in one.members] == ["QueueMemberAdded"]
    assert 1.0 < one.length < 3.0


@pytest.mark.parametrize("name", ["s15_reconnect_midcall_2", *sorted(set(DAY))])
def test_answers_to_the_recorder_are_left_out(name: str) -> None:
    assert all(line.raw.startswith(b"Event: ") and b"\r\nActionID: " not in line.raw for line in recording(name).lines)


def test_renaming_touches_ids_agents_channels_and_bridges_alone() -> None:
    raw = (
        b"Event: X\r\nChannel: PJSIP/1001-00000001\r\nUniqueid: pbx16000-1795317478.1\r\nCallerIDNum: 13800001111\r\n"
        b"BridgeUniqueid: 0a1b2c3d-1111-2222-3333-444455556666\r\nPort: 10010"
    )
    assert renamed(raw, 2, 5) == (
        b"Event: X\r\nChannel: PJSIP/10021-00000051\r\nUniqueid: pbx16000-1795400005.1\r\nCallerIDNum: 13800001111\r\n"
        b"BridgeUniqueid: 00000005-1111-2222-3333-444455556666\r\nPort: 10010"
    )
    assert b"CallerIDNum: 13912345678" in renamed(raw, 2, 5, b"13912345678")


def test_no_two_calls_share_an_id_and_times_never_go_back() -> None:
    spoken = list(Traffic(3, pause=0.5).calls(1000.0, 20.0))
    owners: dict[bytes, set[int]] = {}
    for one in spoken:
        for found in ids(one.raw):
            owners.setdefault(found, set()).add(one.call)
    assert len({one.call for one in spoken}) > 10
    assert all(len(calls) == 1 for calls in owners.values())
    assert all(first.at <= second.at for first, second in pairwise(spoken))
    assert all(time_of(one.raw) == pytest.approx(one.at, abs=1e-5) for one in spoken)


def test_every_call_that_began_comes_to_its_end() -> None:
    spoken = list(Traffic(4, ANSWERED, pause=0.5).calls(1000.0, 5.0))
    begun = [one.call for one in spoken if name_of(one.raw) == "Newchannel"]
    ended = [one.call for one in spoken if name_of(one.raw) == "Hangup"]
    assert sorted(begun) == sorted(ended)
    assert max(one.at for one in spoken) < 1000.0 + 5.0 + 2 * recording(ANSWERED[0]).length + 0.5


def test_the_pace_is_what_comes() -> None:
    traffic = Traffic(20, pause=0.5)
    spoken = [one for one in traffic.calls(0.0, 200.0) if one.at < 200.0]
    assert len(spoken) / 200.0 == pytest.approx(traffic.pace, rel=0.05)


def test_each_agent_is_a_member_of_a_queue_once() -> None:
    members = Traffic(2, first_lane=7).members()
    found = [tuple(re.findall(rb"\r\n(?:Queue|Interface): ([^\r]*)", raw)) for raw in members]
    assert len(found) == len(set(found))
    assert (b"support", b"PJSIP/10071") in found
    assert (b"support", b"PJSIP/10081") in found


def test_filters_are_read_as_asterisk_reads_them() -> None:
    text = (
        "; a comment\n"
        "eventfilter(action(exclude),name(TestEvent)) =\n"
        "eventfilter(action(exclude),name(DeviceStateChange),header(Device),method(starts_with)) = Queue:\n"
        "eventfilter(action(exclude),header(Channel),method(exact)) = Local/x\n"
    )
    test, queue, channel = read_filters(text)
    assert test == Filter(b"TestEvent\r\n")
    assert test.drops(b"Event: TestEvent\r\nState: X")
    assert not test.drops(b"Event: TestEventLater\r\nState: X")
    assert queue.drops(b"Event: DeviceStateChange\r\nDevice: Queue:support_avail\r\nState: X")
    assert not queue.drops(b"Event: DeviceStateChange\r\nDevice: PJSIP/1001\r\nState: X")
    assert channel.drops(b"Event: Newstate\r\nChannel: Local/x\r\nUniqueid: 1")
    assert not channel.drops(b"Event: Newstate\r\nChannel: Local/xy\r\nUniqueid: 1")


@pytest.mark.parametrize(
    "line",
    [
        "eventfilter = !Event: RTCP",
        "eventfilter(action(include),name(X)) =",
        "eventfilter(action(exclude),header(X)) = y",
    ],
)
def test_a_filter_that_cannot_be_applied_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="cannot apply"):
        read_filters(line)


def test_the_recommended_filters_leave_out_a_good_part_of_a_call() -> None:
    whole, left = recording(ANSWERED[0]), recording(ANSWERED[0], recommended())
    assert "TestEvent" not in {name_of(line.raw) for line in left.lines}
    assert len(left.lines) < 0.85 * len(whole.lines)
    assert {"Newchannel", "AgentCalled", "DialBegin", "Hangup"} <= {name_of(line.raw) for line in left.lines}


def test_chunks_are_the_same_bytes() -> None:
    events = Traffic(1).events(30)
    assert b"".join(chunks(events, 100)) == b"".join(raw + b"\r\n\r\n" for raw in events)
    assert {len(chunk) for chunk in chunks(events, 100)[:-1]} == {100}
