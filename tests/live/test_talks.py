"""Every recorded talk replays to the right end state, whatever the chunking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.ami.framing import Framer
from cti_server.live.views import CallView, SegmentView
from tests.live.end_states import END_STATES
from tests.live.replaying import NAMES, TALKS, Replay, listing, pieces, segment_line, talk, told

CUT_OFF = {"22/s15_reconnect_midcall_1", "16/s15_reconnect_midcall_1", "22/s17_core_restart_now"}
TOLERANCE = 0.02


def end_state(replay: Replay) -> list[str]:
    lines: list[str] = []
    for call in replay.calls():
        lines.append(f"call {call.direction} {call.number or '-'} {call.outcome or call.state}")
        lines += [length_line(segment) for segment in call.segments]
    for agent in sorted(replay.pbx.agents.values(), key=lambda agent: agent.device):
        lines.append(f"agent {agent.device.removeprefix('PJSIP/')} {agent.state} {agent.reason}".strip())
    for queue in replay.pbx.queues.values():
        lines += [f"waiting {queue.name} {who.number} {who.position}" for who in queue.waiting]
    return lines


def length_line(segment: SegmentView) -> str:
    length = "-" if segment.ended_at is None else f"{segment.ended_at - segment.started_at:.2f}"
    held = f" held {segment.held_seconds:.2f}" if segment.held_seconds > 0.01 else ""
    return f"{segment_line(segment)} {length}{held}"


def same(line: str, expected: str) -> bool:
    found, wanted = line.split(), expected.split()
    return len(found) == len(wanted) and all(map(same_word, found, wanted))


def same_word(found: str, wanted: str) -> bool:
    try:
        return abs(float(found) - float(wanted)) <= TOLERANCE
    except ValueError:
        return found == wanted


def assert_end_state(replay: Replay, name: str) -> None:
    found = end_state(replay)
    expected = [line.strip() for line in END_STATES[name].strip().splitlines()]
    assert len(found) == len(expected), "\n".join(found)
    wrong = [(line, wanted) for line, wanted in zip(found, expected, strict=True) if not same(line, wanted)]
    assert not wrong, wrong


def test_every_talk_has_its_end_state() -> None:
    assert set(END_STATES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_talk_ends_as_its_time_line_says(name: str) -> None:
    replay = Replay().feed(talk(name))
    assert_end_state(replay, name)
    if name not in CUT_OFF:
        assert replay.kept == 0


@pytest.mark.parametrize("name", NAMES)
def test_segments_are_numbered_and_lie_within_their_call(name: str) -> None:
    for call in Replay().feed(talk(name)).calls():
        assert [segment.n for segment in call.segments] == list(range(1, len(call.segments) + 1))
        for segment in call.segments:
            assert segment.started_at >= call.started_at
            assert segment.ended_at is None or segment.started_at <= segment.ended_at
            if call.ended_at is not None:
                assert segment.ended_at is not None
                assert segment.ended_at <= call.ended_at


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), sizes=st.lists(st.integers(1, 4000), max_size=60))
def test_any_chunking_gives_the_same_end_state(name: str, sizes: list[int]) -> None:
    framer = Framer()
    data = (TALKS / f"{name}.ami").read_bytes()
    messages = [message for chunk in pieces(data, sizes) for message in framer.feed(chunk)]
    assert_end_state(Replay().feed(told(messages)), name)


@pytest.mark.parametrize("version", ["22", "16"])
def test_a_reconnect_in_mid_call_goes_on_where_it_was(version: str) -> None:
    first, second = f"{version}/s15_reconnect_midcall_1", f"{version}/s15_reconnect_midcall_2"
    replay = Replay().feed(talk(first))
    before = {call.id: call for call in replay.pbx.calls.values()}
    events = talk(second)
    at = events[0][1]
    replay.apply(listing(second), at)
    assert {call.id: without_data(call) for call in replay.pbx.calls.values()} == {
        key: without_data(call) for key, call in before.items()
    }
    replay.feed(events)
    talked, waited = replay.calls()
    assert [segment_line(s) for s in talked.segments] == [
        "queue sales answered",
        "ring PJSIP/1001 sales answered",
        "talk PJSIP/1001 sales cleared",
    ]
    assert [segment_line(s) for s in waited.segments] == ["queue sales abandoned", "ring PJSIP/1001 sales rejected"]
    assert (talked.outcome, waited.outcome) == ("answered", "abandoned")
    assert talked.exact
    assert replay.kept == 0


def without_data(call: CallView) -> tuple[object, ...]:
    return call.state, call.legs, call.segments, call.direction, call.number


def test_a_restart_of_the_pbx_interrupts_its_calls() -> None:
    replay = Replay().feed(talk("22/s17_core_restart_now"))
    (call,) = replay.pbx.calls.values()
    at = call.segments[-1].started_at + 5
    replay.apply(listing("22/s17_core_restart_now_2"), at)
    (call,) = replay.calls()
    assert (call.outcome, call.exact, call.segments[-1].result) == ("interrupted", False, "interrupted")
    assert replay.pbx.agents["PJSIP/1001"].state == "loggedOff"
    assert replay.kept == 0
