"""RTP: two streams hear each other, keys arrive once, junk does no harm."""

import struct
import time
from collections.abc import Callable

import pytest

from cti_server.sandbox.phones.call import Changes
from cti_server.sandbox.phones.rtp import Pacer, Stream
from cti_server.sandbox.phones.tone import tone_frames

HOST = "127.0.0.1"


async def when(pacer: Pacer, holds: Callable[[], bool]) -> None:
    """Look again at each of the pacer's ticks."""
    changes = Changes()
    pacer.ticked.append(changes.tell)
    await changes.until(holds, 3.0, "the streams")
    pacer.ticked.remove(changes.tell)


def pair(pacer: Pacer) -> tuple[Stream, Stream]:
    one, two = Stream(HOST, tone_frames(440)), Stream(HOST, tone_frames(700))
    one.remote, two.remote = (HOST, two.port), (HOST, one.port)
    pacer.add(one)
    pacer.add(two)
    return one, two


async def test_two_streams_hear_each_other_and_not_themselves() -> None:
    pacer = Pacer()
    one, two = pair(pacer)
    await when(pacer, lambda: one.counts.received >= 10 and two.counts.received >= 10)
    assert one.levels([440, 700])[700] > -14 > -40 > one.levels([440, 700])[440]
    assert two.levels([440, 700])[440] > -14 > -40 > two.levels([440, 700])[700]
    pacer.remove(one)
    pacer.remove(two)


async def test_the_pace_is_fifty_a_second() -> None:
    pacer = Pacer()
    one, two = pair(pacer)
    start = time.monotonic()
    await when(pacer, lambda: one.counts.sent >= 50)
    assert 0.9 < time.monotonic() - start < 1.3
    pacer.remove(one)
    pacer.remove(two)


async def test_keys_arrive_once_each_and_twice_when_pressed_twice() -> None:
    pacer = Pacer()
    one, two = pair(pacer)
    told: list[str] = []
    two.on_digit = told.append
    one.press("11#d")
    await when(pacer, lambda: two.heard_digits == "11#D")
    assert told == ["1", "1", "#", "D"]
    assert one.heard_digits == ""
    pacer.remove(one)
    pacer.remove(two)


def test_what_no_keypad_has_is_refused() -> None:
    stream = Stream(HOST, tone_frames(440))
    with pytest.raises(ValueError, match="keypad"):
        stream.press("1x")
    stream.close()


def test_junk_is_counted_and_headers_of_any_length_are_passed() -> None:
    stream = Stream(HOST, tone_frames(440))
    sound = tone_frames(700)[0]
    header = struct.pack("!BBHII", 0x80, 0, 1, 1, 1)
    extended = struct.pack("!BBHIIIHHI", 0x91, 0, 1, 1, 1, 9, 0xBEDE, 1, 0)
    for junk in (b"", b"\x80", b"\x00" * 40, header, bytes([0x90]) + header[1:], bytes([0x8F]) + header[1:]):
        stream.take(junk, 0.0)
    assert (stream.counts.junk, stream.counts.received) == (6, 0)
    for good in (header, extended):
        for _ in range(5):
            stream.take(good + sound, time.monotonic())
    assert stream.counts.received == 10
    assert stream.levels([700])[700] > -14
    stream.close()


def test_old_sound_is_not_being_heard() -> None:
    stream = Stream(HOST, tone_frames(440))
    header = struct.pack("!BBHII", 0x80, 0, 1, 1, 1)
    for _ in range(10):
        stream.take(header + tone_frames(700)[0], time.monotonic() - 5)
    assert stream.levels([700]) == {700: -120.0}
    stream.close()


async def test_the_timer_stops_with_the_last_stream_and_closing_twice_is_fine() -> None:
    pacer = Pacer()
    one, two = pair(pacer)
    for stream in (one, two, one):
        pacer.remove(stream)
    assert pacer._timer is None
    pacer.remove(two)


async def test_a_stream_of_nobody_sends_nothing() -> None:
    pacer = Pacer()
    one, two = pair(pacer)
    two.remote = None
    await when(pacer, lambda: two.counts.received >= 5)
    assert two.counts.sent == 0
    pacer.remove(one)
    pacer.remove(two)
