"""Takes in files that a PBX elsewhere sends, and puts both sides of a recording in place at once."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import structlog

from cti_server.core.errors import Conflict, TooMany, Unavailable
from cti_server.recording.delivery.model import MOST_OPEN, Piece, TakenJson, name_of, other_side, sender_of

log = structlog.get_logger(__name__)

INCOMING: Final = "incoming"
"""Beside the folder that is looked into, so that a file comes there whole or not at all."""


class Delivery:
    """The receiving side. `folders`: where each PBX's recordings lie; `states(pbx, names)`: what is known of them."""

    def __init__(
        self,
        tokens: Mapping[str, str],
        folders: Mapping[str, Path],
        *,
        states: Callable[[str, list[str]], Awaitable[dict[str, str]]],
        disk_low: Callable[[], bool],
        ours: str,
    ) -> None:
        self._tokens = tokens
        self._folders = folders
        self._states = states
        self._disk_low = disk_low
        self._ours = ours
        self._busy: set[str] = set()

    async def take(self, authorization: str, piece: Piece) -> TakenJson:
        """Keep a part; an empty one asks how much is here.

        Raises NotSignedIn, BadInput, Conflict (delivery_altered, delivery_busy), TooMany, Unavailable (disk_full).
        """
        pbx = sender_of(self._tokens, authorization)
        name = name_of(piece)
        known = (await self._states(pbx, [name])).get(name, "recording")
        if known != "recording":
            return TakenJson(piece.size, True)
        if self._disk_low() and piece.data:
            raise Unavailable("The disk for recordings is nearly full.", code="disk_full")
        if piece.file in self._busy:
            raise Conflict("Another part of this file is being taken.", code="delivery_busy")
        self._busy.add(piece.file)
        try:
            return await asyncio.to_thread(_take, self._folders[pbx], self._ours, name, piece)
        except OSError as fault:
            log.warning("delivery_not_kept", pbx=pbx, file=piece.file, reason=str(fault))
            raise Unavailable("There is no room for this recording.", code="disk_full") from fault
        finally:
            self._busy.discard(piece.file)


def _take(folder: Path, ours: str, name: str, piece: Piece) -> TakenJson:
    incoming, place = folder / INCOMING, folder / ours
    for each in (incoming, place):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (place / piece.file).exists():
        return TakenJson(piece.size, True)
    whole = incoming / piece.file
    if not whole.exists():
        # The hash is part of the name: a file that has changed meanwhile begins anew.
        part = incoming / f"{piece.file}.{piece.sha256[:16]}.part"
        have = _grow(incoming, part, piece)
        if have < piece.size:
            return TakenJson(have, False)
        _check(part, piece)
        part.replace(whole)
    _place(incoming, place, piece)
    return TakenJson(piece.size, True)


def _grow(incoming: Path, part: Path, piece: Piece) -> int:
    if not part.exists():
        if sum(1 for one in incoming.iterdir() if one.suffix == ".part") >= MOST_OPEN:
            raise TooMany("Too many files are on their way.", code="too_many_deliveries", retry_after=5)
        part.touch(mode=0o600)
    have = part.stat().st_size
    if piece.data and piece.offset == have:
        with part.open("ab") as file:
            file.write(piece.data)
            file.flush()
            os.fsync(file.fileno())
        have += len(piece.data)
    return have


def _check(part: Path, piece: Piece) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if part.stat().st_size != piece.size or found != piece.sha256:
        part.unlink()
        raise Conflict("What came is not what was announced; send it again.", code="delivery_altered")


def _place(incoming: Path, place: Path, piece: Piece) -> None:
    """Both sides together: the intake would take one that lies there alone for all there is."""
    other = other_side(piece.file)
    if piece.alone or (incoming / other).exists():
        for file in (other, piece.file):
            if (incoming / file).exists():
                (incoming / file).replace(place / file)
