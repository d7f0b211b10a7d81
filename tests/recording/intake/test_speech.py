"""Turns, talk-over, silences, interruptions and syllables, counted by hand."""

import array
import math

from cti_server.recording.intake.speech import BRIDGE, SHORTEST, Side, figures, nuclei, turns


class Told:
    """A detector that says what it is told, frame by frame."""

    def __init__(self, frames: list[int]) -> None:
        self.frames = iter(frames)

    def is_speech(self, frame: bytes, rate: int) -> bool:
        return bool(next(self.frames))


def side(*runs: tuple[int, int]) -> Side:
    """A side that speaks (1) or not (0) for so many frames of 20 ms."""
    frames = [speaks for speaks, count in runs for _ in range(count)]
    made = Side(8000, Told(frames))
    made.add(array.array("h", [3000] * (160 * len(frames))))
    return made


def test_breaths_belong_to_a_turn_and_clicks_do_not() -> None:
    voice = bytes([1] * 20 + [0] * BRIDGE + [1] * 20 + [0] * (BRIDGE + 1) + [1] * (SHORTEST - 1) + [0] * 40)
    assert turns(voice) == [(0, 40 + BRIDGE)]
    assert turns(b"") == []
    assert turns(bytes([1] * 10)) == [(0, 10)]


def test_the_figures_of_a_call() -> None:
    # The customer speaks 0-2 s and 6-8 s, the agent 1.5-4 s and 7-9 s; nobody 4-6 s and 9-10 s.
    told = figures(side((1, 100), (0, 200), (1, 100), (0, 100)), side((0, 75), (1, 125), (0, 150), (1, 100), (0, 50)))
    assert (told.customer.talk, told.agent.talk) == (4.0, 4.5)
    assert told.talk_over == 1.5
    assert (told.silence, told.longest_silence) == (3.0, 2.0)
    assert (told.customer.interruptions, told.agent.interruptions) == (0, 2)
    assert told.share == round(4.5 / 8.5, 3)
    assert told.agent.loudness is not None


def test_a_call_without_a_word() -> None:
    told = figures(side((0, 50)), side((0, 100)))
    assert (told.share, told.silence, told.customer.loudness, told.customer.rate) == (None, 2.0, None, None)


def test_syllables_are_counted_by_their_swell() -> None:
    level = [-30 + 10 * math.sin(math.tau * 5 * n / 100) for n in range(300)]
    assert 14 <= nuclei(level) <= 15
    assert nuclei([-30.0] * 300) == 0
    assert nuclei([]) == 0


def test_what_is_softer_than_the_line_is_no_voice() -> None:
    quiet = Side(8000, Told([1] * 50))
    quiet.add(array.array("h", [20, -20] * 4000))
    assert not any(quiet.voice)
