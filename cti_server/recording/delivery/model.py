"""What may be delivered, by whom, and where it goes on (pure)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from cti_server.core.errors import BadInput, NotSignedIn
from cti_server.recording.model import parts_of

MOST_BYTES: Final = 2**30
"""Of one file: one side of 18 hours at 8 kHz."""
MOST_PART: Final = 256 * 1024
MOST_OPEN: Final = 64
"""Files of a PBX that are on their way at a time."""
SIDES: Final = ("-r.wav", "-t.wav")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file, from byte `offset` on. `alone`: the PBX has no file of the other side."""

    file: str
    size: int
    sha256: str
    offset: int
    data: bytes
    alone: bool = False


@dataclass(frozen=True, slots=True)
class TakenJson:
    """How many bytes of the file are here; `done`: it was taken in, and the PBX need not keep it."""

    have: int
    done: bool


def sender_of(tokens: Mapping[str, str], authorization: str) -> str:
    """The PBX whose token this is; `tokens`: PBX → SHA-256 of its token (hex). Raises NotSignedIn."""
    scheme, _, token = authorization.partition(" ")
    given = hashlib.sha256(token.strip().encode()).hexdigest()
    found = ""
    for pbx, wanted in tokens.items():  # all of them, so that the time tells nothing
        if compare_digest(given, wanted.strip().lower()):
            found = pbx
    if not found or scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("This token delivers for no PBX.", code="no_such_token")
    return found


def name_of(piece: Piece) -> str:
    """The recording of a file. Raises BadInput for what is none, is too long, or does not fit together."""
    side = next((side for side in SIDES if piece.file.endswith(side)), "")
    name = piece.file.removesuffix(side)
    if not side or parts_of(name) is None:
        raise BadInput("This is no file of a recording of ours.", field="file", allowed="…-r.wav and …-t.wav")
    if piece.offset + len(piece.data) > piece.size:
        raise BadInput("More than the file is long.", field="offset", allowed="offset + data within size")
    return name


def other_side(file: str) -> str:
    """The file that belongs to this one."""
    first, second = SIDES
    return file.removesuffix(first) + second if file.endswith(first) else file.removesuffix(second) + first
