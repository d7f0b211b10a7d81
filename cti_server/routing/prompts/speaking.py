"""Text to speech: the seam, and espeak-ng as what stands behind it unless something better is put there."""

import asyncio
import os
import shutil
from typing import Final, Protocol

from cti_server.core.errors import TimedOut, Unavailable
from cti_server.routing.prompts.refining import piped

LIMIT: Final = 20.0
VOICES: Final = {"zh-CN": "cmn", "en": "en-us"}
WORDS_PER_MINUTE: Final = {"zh-CN": 150, "en": 150}


class Speaker(Protocol):
    """Says texts. Another engine needs these two methods only."""

    def missing(self) -> str:
        """Why it cannot speak now and what to do about it; empty when it can."""
        ...

    async def say(self, text: str, language: str) -> bytes:
        """The text as WAV of any rate. Raises Unavailable (no_speech), TimedOut."""
        ...


class Espeak:
    """espeak-ng (https://github.com/espeak-ng/espeak-ng), started for each text; it reads it from standard input."""

    def __init__(self, program: str, limit: float = LIMIT) -> None:
        self._program = program
        self._limit = limit

    def missing(self) -> str:
        """Why it cannot speak now and what to do about it; empty when it can."""
        if shutil.which(self._program):
            return ""
        return (
            f"There is no program {self._program}: install the package espeak-ng, or name it in [prompts] espeak. "
            "Uploading and recording work without it."
        )

    async def say(self, text: str, language: str) -> bytes:
        """The text as WAV of 22,050 Hz. Raises Unavailable (no_speech), TimedOut."""
        lack = self.missing()
        if lack:
            raise Unavailable(lack, code="no_speech")
        command = [self._program, "-v", VOICES[language], "-s", str(WORDS_PER_MINUTE[language]), "--stdin", "--stdout"]
        try:
            async with asyncio.timeout(self._limit):
                sound = await piped(command, text.encode(), env={**os.environ, "LC_ALL": "C.UTF-8"})
        except TimeoutError:
            raise TimedOut("Speaking the text took too long.", code="speech_timed_out") from None
        if len(sound) <= 44:
            raise Unavailable(
                f"{self._program} said nothing; try it by hand with -v {VOICES[language]}.", code="no_speech"
            )
        return sound
