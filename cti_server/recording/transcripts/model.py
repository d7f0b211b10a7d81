"""What a transcript is, what an engine must be able to do, and how speech is cut into utterances (pure)."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

RATE: Final = 16_000
"""Samples a second that an engine is given: 16 bit, one channel."""
FRAME: Final = 0.02
FRAME_BYTES: Final = int(RATE * FRAME) * 2
BEFORE: Final = 10
"""Frames (0.2 s) before the first voice that belong to an utterance."""
PAUSE: Final = 25
"""Frames (0.5 s) without a voice that end it."""
SHORTEST: Final = 15
"""Frames (0.3 s) of voice that it has at least; a click is no word."""
LONGEST: Final = 1000
"""Frames (20 s) after which it is cut, so that memory stays flat."""
MOST_TRIES: Final = 3
SIDES: Final = ("customer", "agent")


class Detector(Protocol):
    """WebRTC's voice detector."""

    def is_speech(self, frame: bytes, rate: int) -> bool:
        """Whether a frame of 20 ms holds a voice."""


class Engine(Protocol):
    """Turns speech into words. It runs in a worker process and may take as long as the talk did."""

    name: str
    language: str

    def hear(self, sound: bytes) -> list[str]:
        """The words of one utterance (RATE, 16 bit, one channel); none when it understood nothing."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of one side's speech; seconds from the beginning of the recording."""

    at: float
    sound: bytes

    @property
    def until(self) -> float:
        """When it ends."""
        return self.at + len(self.sound) / 2 / RATE


@dataclass(frozen=True, slots=True)
class LineJson:
    """What one side said in one go."""

    side: str
    from_seconds: float
    to_seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptJson:
    """A transcript. `state`: waiting, ready or failed (`reason` says why); `language` in which it was listened for."""

    state: str
    reason: str
    language: str
    engine: str
    lines: tuple[LineJson, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A recording to be transcribed."""

    recording_id: int
    seconds: float
    attempts: int


class Cutter:
    """Cuts the sound of one side into utterances, as it comes."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._frames = 0
        self._rest = b""
        self._before: deque[bytes] = deque(maxlen=BEFORE)
        self._held: list[bytes] = []
        self._voiced = 0
        self._quiet = 0

    def add(self, sound: bytes) -> Iterator[Utterance]:
        """Samples in order, in pieces of any length; what has ended comes out."""
        sound = self._rest + sound
        whole = len(sound) - len(sound) % FRAME_BYTES
        self._rest = sound[whole:]
        for at in range(0, whole, FRAME_BYTES):
            yield from self._frame(sound[at : at + FRAME_BYTES])

    def end(self) -> Iterator[Utterance]:
        """There is no more."""
        yield from self._close()

    def _frame(self, frame: bytes) -> Iterator[Utterance]:
        self._frames += 1
        voice = self._detector.is_speech(frame, RATE)
        if not self._held:
            self._before.append(frame)
            if voice:
                self._held, self._voiced, self._quiet = list(self._before), 1, 0
                self._before.clear()
            return
        self._held.append(frame)
        self._voiced += voice
        self._quiet = 0 if voice else self._quiet + 1
        if self._quiet >= PAUSE or len(self._held) >= LONGEST:
            yield from self._close()

    def _close(self) -> Iterator[Utterance]:
        held, self._held = self._held, []
        if held and self._voiced >= SHORTEST:
            yield Utterance(round((self._frames - len(held)) * FRAME, 2), b"".join(held))


def in_order(lines: list[LineJson]) -> list[LineJson]:
    """Both sides' lines as they were said."""
    return sorted(lines, key=lambda line: (line.from_seconds, line.side))
