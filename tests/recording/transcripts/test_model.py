"""Speech is cut into utterances with their times, in pieces of any length; silence and clicks are none."""

import array

from cti_server.recording.transcripts.model import (
    BEFORE,
    FRAME,
    FRAME_BYTES,
    LONGEST,
    PAUSE,
    Cutter,
    LineJson,
    in_order,
)

VOICE, QUIET = array.array("h", [1] * (FRAME_BYTES // 2)).tobytes(), bytes(FRAME_BYTES)


class Loud:
    def is_speech(self, frame: bytes, rate: int) -> bool:
        return any(frame)


def cut(sound: bytes, step: int) -> list[tuple[float, float]]:
    cutter = Cutter(Loud())
    found = [one for at in range(0, len(sound), step) for one in cutter.add(sound[at : at + step])]
    return [(one.at, round(one.until, 2)) for one in (*found, *cutter.end())]


def test_two_utterances_with_their_times_in_pieces_of_any_length() -> None:
    sound = QUIET * 50 + VOICE * 40 + QUIET * 60 + VOICE * 30
    first = 50 * FRAME - (BEFORE - 1) * FRAME, (90 + PAUSE) * FRAME
    second = 150 * FRAME - (BEFORE - 1) * FRAME, 180 * FRAME
    due = [tuple(round(at, 2) for at in one) for one in (first, second)]
    for step in (7, 640, 5000, len(sound)):
        assert cut(sound, step) == due, step


def test_clicks_and_silence_are_none_and_whoever_talks_on_is_cut() -> None:
    assert cut(QUIET * 100 + VOICE * 3 + QUIET * 100, 999) == []
    assert len(cut(VOICE * (2 * LONGEST + 50), 4096)) == 3


def test_both_sides_as_they_were_said() -> None:
    lines = [LineJson("customer", 4.0, 5.0, "b"), LineJson("agent", 1.0, 2.0, "a")]
    assert [line.text for line in in_order(lines)] == ["a", "b"]
