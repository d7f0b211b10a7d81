"""Who spoke when, how loud and how fast: the speech figures of a call, from its two sides (pure, no transcript).

Voice is told by WebRTC's detector (frames of 20 ms) and must be above NOISE_FLOOR. Gaps below BRIDGE in a turn count
as speech, as people breathe. Speech rate: syllable nuclei by peaks of loudness, after de Jong & Wempe, "Praat script to
detect syllable nuclei", Behavior Research Methods 41 (2009), without the test of pitch.
"""

from __future__ import annotations

import array
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

FRAME: Final = 0.02
NOISE_FLOOR: Final = -52.0
"""dB below full scale; what is softer is the line, not a voice."""
BRIDGE: Final = 15
"""Frames (0.3 s) of silence inside a turn that are still that turn."""
SHORTEST: Final = 6
"""Frames (0.12 s) that a turn lasts at least; a click is no word."""
CUTS_IN: Final = 15
"""Frames (0.3 s) that both must speak until the later one counts as having interrupted."""
DIP: Final = 2.0
"""dB by which loudness must fall between two syllables."""
NUCLEUS_APART: Final = 8
"""Steps of 10 ms between two nuclei at least: nobody speaks more than 12 syllables a second."""
_FULL: Final = 32768.0


class Detector(Protocol):
    """WebRTC's voice detector."""

    def is_speech(self, frame: bytes, rate: int) -> bool:
        """Whether a frame of 20 ms holds a voice."""


@dataclass(frozen=True, slots=True)
class SideFigures:
    """One side of a call: seconds of speech, its mean loudness in dB below full scale, syllables a second."""

    talk: float
    loudness: float | None
    rate: float | None
    interruptions: int
    """How often this side began to speak into the other's words."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Both sides together; seconds. `share`: the agents' part of all speech, None when nobody spoke."""

    customer: SideFigures
    agent: SideFigures
    silence: float
    longest_silence: float
    talk_over: float
    share: float | None


class Side:
    """One side while it is read: give it all samples in order, then ask for its turns."""

    def __init__(self, rate: int, detector: Detector) -> None:
        self._rate = rate
        self._detector = detector
        self._step = rate // 100
        self.voice = bytearray()
        """1 for each frame of 20 ms with a voice."""
        self.level = array.array("f")
        """Loudness of each 10 ms, dB below full scale."""

    def add(self, samples: array.array[int]) -> None:
        """A block; all but the last one hold whole frames of 20 ms."""
        step = self._step
        for at in range(0, len(samples) - 2 * step + 1, 2 * step):
            first = _loudness(samples[at : at + step])
            second = _loudness(samples[at + step : at + 2 * step])
            self.level.extend((first, second))
            loud = max(first, second) > NOISE_FLOOR
            frame = samples[at : at + 2 * step]
            self.voice.append(1 if loud and self._detector.is_speech(frame.tobytes(), self._rate) else 0)


def _loudness(samples: array.array[int]) -> float:
    power = sum(map(operator.mul, samples, samples)) / max(1, len(samples))
    return 10 * math.log10(power / (_FULL * _FULL)) if power > 0 else -120.0


def turns(voice: bytes | bytearray) -> list[tuple[int, int]]:
    """Stretches of speech as (first frame, frame after the last), without breaths and clicks."""
    found: list[tuple[int, int]] = []
    at = voice.find(1)
    while at >= 0:
        end = voice.find(0, at)
        end = len(voice) if end < 0 else end
        if found and at - found[-1][1] <= BRIDGE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((at, end))
        at = voice.find(1, end)
    return [turn for turn in found if turn[1] - turn[0] >= SHORTEST]


def figures(customer: Side, agent: Side) -> Figures:
    """The figures of a call."""
    theirs, ours = turns(customer.voice), turns(agent.voice)
    length = max(len(customer.voice), len(agent.voice))
    over = _overlaps(theirs, ours)
    silences = _silences(theirs, ours, length)
    talk_theirs, talk_ours = _length(theirs), _length(ours)
    both = talk_theirs + talk_ours
    return Figures(
        customer=_side(customer, theirs, sum(1 for long, later in over if long >= CUTS_IN and later == 0)),
        agent=_side(agent, ours, sum(1 for long, later in over if long >= CUTS_IN and later == 1)),
        silence=round(sum(silences) * FRAME, 2),
        longest_silence=round(max(silences, default=0) * FRAME, 2),
        talk_over=round(sum(long for long, _ in over) * FRAME, 2),
        share=round(talk_ours / both, 3) if both else None,
    )


def _side(side: Side, own: Sequence[tuple[int, int]], interruptions: int) -> SideFigures:
    talk = _length(own) * FRAME
    # Turn by turn: all levels of a long call as a list would be most of the worker's memory.
    power = sum(10 ** (level / 10) for first, last in own for level in side.level[2 * first : 2 * last])
    count = sum(max(0, min(2 * last, len(side.level)) - 2 * first) for first, last in own)
    loudness = round(10 * math.log10(power / count), 1) if power else None
    syllables = sum(nuclei(side.level[2 * first : 2 * last]) for first, last in own)
    return SideFigures(round(talk, 2), loudness, round(syllables / talk, 2) if talk >= 1 else None, interruptions)


def nuclei(level: Sequence[float]) -> int:
    """How many syllables a turn has: peaks of loudness with a dip of DIP before and after each."""
    if len(level) < 3:
        return 0
    floor = max(level) - 25.0
    count, peak, valley, last = 0, -120.0, level[0], -NUCLEUS_APART
    for n, now in enumerate(level):
        if now > peak and now - valley >= DIP:
            peak = now
        elif peak > floor and peak - now >= DIP:
            if n - last >= NUCLEUS_APART:
                count, last = count + 1, n
            peak, valley = -120.0, now
        valley = min(valley, now)
    return count


def _length(own: Sequence[tuple[int, int]]) -> int:
    return sum(last - first for first, last in own)


def _overlaps(theirs: Sequence[tuple[int, int]], ours: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(frames in which both speak, who began later: 0 the other side, 1 ours) for each such stretch."""
    found, i, j = [], 0, 0
    while i < len(theirs) and j < len(ours):
        first, last = max(theirs[i][0], ours[j][0]), min(theirs[i][1], ours[j][1])
        if last > first:
            found.append((last - first, 0 if theirs[i][0] > ours[j][0] else 1))
        if theirs[i][1] < ours[j][1]:
            i += 1
        else:
            j += 1
    return found


def _silences(theirs: Sequence[tuple[int, int]], ours: Sequence[tuple[int, int]], length: int) -> list[int]:
    found, until = [], 0
    for first, last in sorted([*theirs, *ours]):
        if first > until:
            found.append(first - until)
        until = max(until, last)
    if length > until:
        found.append(length - until)
    return found
