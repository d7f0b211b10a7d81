"""PocketSphinx with the model of US English that comes with it: works without a network, understands clear speech.

What it was not made for it does not refuse: speech of another language comes out as English words. So it is used for
one language alone, and the transcript says for which.
"""

import importlib.util
import re
from typing import Any, Final

from cti_server.core.errors import BadInput

LANGUAGES: Final = ("en",)
_PRONUNCIATION: Final = re.compile(r"\(\d+\)$")
_NO_WORD: Final = re.compile(r"<.*>|\[.*\]|\+\+.*")


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("pocketsphinx") is not None


def check(language: str) -> None:
    """May this language be transcribed here? Raises BadInput naming the setting."""
    if language not in LANGUAGES:
        raise BadInput(
            f"There is no transcriber for {language}.", field="recording.transcribe", allowed=", ".join(LANGUAGES)
        )
    if not installed():
        raise BadInput(
            "The transcriber is not installed.", field="recording.transcribe",
            allowed="empty, or with the extra cti-server[transcribe]",
        )  # fmt: skip


class Sphinx:
    """An Engine. Takes about 110 MiB and a third of the time that the talk took."""

    name = "PocketSphinx"
    language = "en"

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(loglevel="FATAL")

    def hear(self, sound: bytes) -> list[str]:
        """The words of one utterance."""
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.seg() or ()
        return [_PRONUNCIATION.sub("", one.word) for one in found if not _NO_WORD.fullmatch(one.word)]
