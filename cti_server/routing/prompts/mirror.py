"""Gives the files of the prompts to PBXs on other hosts, which fetch them (`fetching.py`): whole, or from a byte on."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cti_server.core.errors import NotFound

MOST_PART: Final = 256 * 1024
"""Bytes of one answer."""
_PATH: Final = re.compile(r"(?:said|[0-9]{1,18})/[A-Za-z0-9-]{1,80}\.wav(?:16)?")


@dataclass(frozen=True, slots=True)
class FileJson:
    """A file below the folder of the prompts; it never changes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FilesJson:
    """All files. `folder`: where callers' PBXs look for them, there and here."""

    folder: str
    items: list[FileJson]


class PromptMirror:
    """`sender_of(authorization)`: which PBX's token this is; raises NotSignedIn."""

    def __init__(self, folder: Path, sender_of: Callable[[str], str]) -> None:
        self._folder = folder.absolute()
        self._sender_of = sender_of
        self._known: dict[str, FileJson] = {}

    async def files(self, authorization: str) -> FilesJson:
        """What there is. Raises NotSignedIn."""
        self._sender_of(authorization)
        return await asyncio.to_thread(self._files)

    async def part(self, authorization: str, path: str, offset: int) -> bytes:
        """At most MOST_PART bytes of a file, empty at its end. Raises NotSignedIn, NotFound (no_such_file)."""
        self._sender_of(authorization)
        if not _PATH.fullmatch(path):
            raise NotFound("There is no such file.", code="no_such_file")
        return await asyncio.to_thread(self._part, path, offset)

    def _files(self) -> FilesJson:
        places = sorted(self._folder.glob("*/*.wav")) + sorted(self._folder.glob("*/*.wav16"))
        found = [str(place.relative_to(self._folder)) for place in places if not place.is_symlink()]
        # A file is hashed once: it is written whole and never changed.
        self._known = {path: self._known.get(path) or self._hashed(path) for path in found if _PATH.fullmatch(path)}
        return FilesJson(str(self._folder), list(self._known.values()))

    def _hashed(self, path: str) -> FileJson:
        with (self._folder / path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileJson(path, file.tell(), digest)

    def _part(self, path: str, offset: int) -> bytes:
        try:
            with (self._folder / path).open("rb") as file:
                file.seek(offset)
                return file.read(MOST_PART)
        except OSError:
            raise NotFound("There is no such file.", code="no_such_file") from None
