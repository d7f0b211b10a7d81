"""Hears what was recorded: decodes an MP3 by a library that is none of ours and measures tones in each channel."""

from __future__ import annotations

import array
from dataclasses import dataclass

import miniaudio

from cti_server.sandbox.phones.tone import level_of


@dataclass(frozen=True, slots=True)
class Heard:
    """A stereo recording: samples of the left (the other side) and the right channel (our agents)."""

    left: array.array  # type: ignore[type-arg]
    right: array.array  # type: ignore[type-arg]
    rate: int

    @classmethod
    def mp3(cls, data: bytes) -> Heard:
        """Decode. Raises ValueError for what is no stereo MP3."""
        info = miniaudio.mp3_get_info(data)
        if info.nchannels != 2:
            raise ValueError(f"{info.nchannels} channels")
        sound = miniaudio.decode(data, nchannels=2, sample_rate=info.sample_rate)
        samples = array.array("h", bytes(sound.samples))
        return cls(samples[0::2], samples[1::2], info.sample_rate)

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.left) / self.rate

    def levels(self, side: str, at: float, *tones: int, for_seconds: float = 0.2) -> dict[int, float]:
        """How loud each tone (Hz) is at a second, in dB below full scale. `side` is left or right."""
        samples: array.array = getattr(self, side)  # type: ignore[type-arg]
        part = samples[int(at * self.rate) : int((at + for_seconds) * self.rate)]
        return {tone: level_of(part, tone, self.rate) for tone in tones}

    def loudest(self, side: str, first: float, last: float) -> int:
        """The highest sample (0 to 32768) between two seconds."""
        samples: array.array = getattr(self, side)  # type: ignore[type-arg]
        return max((abs(one) for one in samples[int(first * self.rate) : int(last * self.rate)]), default=0)
