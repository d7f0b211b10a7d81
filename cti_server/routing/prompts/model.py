"""What a prompt is, which files are taken in, and when one may go (pure)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from cti_server.core.errors import BadInput, Conflict

LANGUAGES: Final = ("zh-CN", "en")
MOST_BYTES: Final = 10 * 2**20
"""Bytes of a file that is taken in: ten minutes of MP3 at 128 kbit/s, two of a CD's sound."""
MOST_SECONDS: Final = 300.0
LEAST_SECONDS: Final = 0.1
MOST_TEXT: Final = 2000
KEPT_AFTER_DELETION: Final = 86400.0
"""Seconds for which the files of a deleted prompt stay: a call that runs may still come to it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""By which flows name it."""
_LABEL = re.compile(r"[^\x00-\x1f\x7f\u0085\u2028\u2029]{0,100}")


class Source(StrEnum):
    """Where the sound came from."""

    UPLOAD = "upload"
    RECORDING = "recording"  # by the microphone of the browser
    SPEECH = "speech"  # by the machine, from text


class Format(StrEnum):
    """What is taken in."""

    WAV = "wav"
    MP3 = "mp3"


@dataclass(frozen=True, slots=True)
class Use:
    """A place of a flow that plays the prompt. `state`: draft or published."""

    flow: str
    flow_name: str
    node: str
    state: str


class FlowUses(Protocol):
    """What the prompts need of the flows."""

    async def uses_of_prompt(self, name: str) -> Sequence[Use]:
        """Where the prompt of this name is played. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class AudioJson:
    """A prompt in one language as it is played now. `created_at` unix seconds; `gain` decibels that were added."""

    language: str
    version: int
    source: str
    file_name: str
    text: str
    seconds: float
    gain: float
    created_at: float
    created_by: int | None


@dataclass(frozen=True, slots=True)
class PromptJson:
    """A prompt with its newest sound in each language that it has."""

    id: int
    name: str
    """By which flows name it."""
    label: str
    """For people."""
    created_at: float
    audio: tuple[AudioJson, ...] = ()

    def of(self, language: str) -> AudioJson | None:
        """Its sound in this language, if it has one."""
        return next((each for each in self.audio if each.language == language), None)


@dataclass(frozen=True, slots=True)
class Refined:
    """A sound fit to be played: WAV of 8 and of 16 kHz, mono, 16 bit, silence cut off, made equally loud."""

    narrow: bytes
    wide: bytes
    seconds: float
    gain: float
    """Decibels by which it was made louder (or softer)."""


def format_of(data: bytes) -> Format:
    """What the bytes themselves say they are; the name of a file is not asked. Raises BadInput (bad_audio)."""
    if len(data) > MOST_BYTES:
        raise BadInput(
            "This file is too large.", field="data", allowed=f"at most {MOST_BYTES // 2**20} MB", code="audio_too_large"
        )
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return Format.WAV
    if data[:3] == b"ID3" or _mp3_frame(data[:4]):
        return Format.MP3
    raise BadInput("This is neither WAV nor MP3.", field="data", allowed="a WAV or MP3 file", code="bad_audio")


def _mp3_frame(head: bytes) -> bool:
    """Whether these are the four bytes before a frame of MPEG 1, 2 or 2.5 layer III (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    rate, sampling = head[2] >> 4, (head[2] >> 2) & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and sampling != 3


def check_seconds(seconds: float) -> None:
    """Raise BadInput when a sound is too long or too short."""
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise BadInput(
            "This sound is too long or too short.",
            field="data",
            allowed=f"{LEAST_SECONDS:g} to {MOST_SECONDS:g} seconds",
            code="audio_length",
        )


def checked_name(text: str) -> str:
    """A name fit to be kept. Raises BadInput."""
    name = text.strip()
    if not _NAME.fullmatch(name):
        raise BadInput(
            "This name cannot be used.",
            field="name",
            allowed="1 to 64 letters, digits, dots, dashes and underscores; the first a letter or digit",
            code="bad_prompt_name",
        )
    return name


def checked_label(text: str) -> str:
    """What people call it; may be empty. Raises BadInput."""
    label = text.strip()
    if not _LABEL.fullmatch(label):
        raise BadInput("This cannot be shown.", field="label", allowed="at most 100 characters on one line")
    return label


def checked_language(text: str) -> str:
    """A language in which callers are spoken to. Raises BadInput."""
    if text not in LANGUAGES:
        raise BadInput("Callers are not spoken to in this language.", field="language", allowed=", ".join(LANGUAGES))
    return text


def checked_text(text: str) -> str:
    """A text fit to be spoken. Raises BadInput."""
    clean = " ".join(text.split())
    if not clean or len(clean) > MOST_TEXT or not any(each.isalnum() for each in clean):
        raise BadInput("There is nothing to say.", field="text", allowed=f"1 to {MOST_TEXT} characters")
    return clean


def check_unused(uses: Sequence[Use]) -> None:
    """Raise Conflict (prompt_in_use) when some flow plays it."""
    if uses:
        flows = ", ".join(sorted({use.flow_name for use in uses})[:5])
        raise Conflict(f"The prompt is played in: {flows}.", code="prompt_in_use", flows=flows, places=len(uses))


def texts_in(plain: Any) -> set[tuple[str, str]]:
    """The fixed texts of a flow that was made into dicts and lists, with their languages."""
    if isinstance(plain, Mapping):
        own = plain.get("text")
        if plain.get("say") == "text" and isinstance(own, Mapping):
            return {(" ".join(text.split()), language) for language, text in own.items()}
        found: set[tuple[str, str]] = set()
        return found.union(*(texts_in(each) for each in plain.values()))
    if isinstance(plain, list | tuple):
        return set().union(*(texts_in(each) for each in plain))
    return set()


def nodes_playing(plain: Any, prompt: str) -> list[str]:
    """The nodes of a flow, made into dicts and lists, that play the prompt of this name."""
    return [name for name, node in plain.get("nodes", {}).items() if _plays(node, prompt)]


def _plays(plain: Any, prompt: str) -> bool:
    if isinstance(plain, Mapping):
        if plain.get("say") == "prompt" and plain.get("prompt") == prompt:
            return True
        return any(_plays(each, prompt) for each in plain.values())
    return isinstance(plain, list | tuple) and any(_plays(each, prompt) for each in plain)


def said_stem(text: str, language: str) -> str:
    """The name under which a spoken text is kept: the same text is spoken once."""
    return f"{language}-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def file_stem(language: str, version: int) -> str:
    """The name of a version's files in the prompt's folder, without what comes after the dot."""
    return f"{language}-{version}"
