"""Where the sound lies: written whole or not at all, readable by the user as which Asterisk runs, never changed."""

import os
import shutil
from pathlib import Path

from cti_server.core.errors import NotFound, Unavailable
from cti_server.routing.prompts.model import Refined, file_stem

NARROW = ".wav"
WIDE = ".wav16"
SAID = "said"
"""Folder of the texts that were spoken."""


class PromptFiles:
    """The folder of the prompts. Its methods touch the disk: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def playable(self, prompt_id: int, language: str, version: int) -> str:
        """What Asterisk's Playback and STREAM FILE take: the whole path without what comes after the dot."""
        return str(self._folder / str(prompt_id) / file_stem(language, version))

    def said(self, stem: str) -> str:
        """The same for a text that was spoken."""
        return str(self._folder / SAID / stem)

    def is_there(self, playable: str) -> bool:
        """Whether both rates of it lie there."""
        return all(Path(playable + ending).is_file() for ending in (NARROW, WIDE))

    def write(self, playable: str, sound: Refined) -> None:
        """Keep both rates. Raises Unavailable (prompts_folder)."""
        place = Path(playable).parent
        try:
            place.mkdir(parents=True, exist_ok=True)
            for folder in (self._folder, place):
                folder.chmod(0o755)
            stem = Path(playable).name
            for ending, data in ((WIDE, sound.wide), (NARROW, sound.narrow)):
                _write_whole(place / f"{stem}{ending}", data)
        except OSError as error:
            raise Unavailable(
                f"The sound cannot be written to {place}: {error.strerror}.", code="prompts_folder"
            ) from error

    def read(self, playable: str) -> bytes:
        """The wide one, as WAV. Raises NotFound (prompt_file_missing)."""
        try:
            return Path(playable + WIDE).read_bytes()
        except OSError:
            raise NotFound("The file of this prompt is not there any more.", code="prompt_file_missing") from None

    def remove(self, prompt_id: int) -> None:
        """Take a prompt's files away; what cannot be removed stays."""
        shutil.rmtree(self._folder / str(prompt_id), ignore_errors=True)


def _write_whole(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o644)
    draft.replace(path)
