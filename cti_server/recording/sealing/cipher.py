"""Bytes sealed so that any range of them can be opened alone, and keys wrapped under keys.

AES-256-GCM (NIST SP 800-38D). A sound is cut into chunks of CHUNK bytes, each with a tag of its own. The nonce is the
number of the chunk: a key seals one sound once, so no nonce comes twice. What each chunk is bound to (recording, size,
place) makes one that was moved, exchanged or cut off fail to open.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cti_server.core.errors import Unavailable

CHUNK: Final = 64 * 1024
TAG: Final = 16
KEY_BYTES: Final = 32
_NONCE: Final = 12


class NotOpened(Unavailable):
    """What is kept is not what was sealed, or the key is another."""

    default_code = "recording_not_opened"


def seal(key: bytes, recording_id: int, size: int, source: BinaryIO) -> Iterator[bytes]:
    """Sealed chunks of the `size` bytes of a file."""
    cipher, number = AESGCM(key), 0
    while chunk := source.read(CHUNK):
        yield cipher.encrypt(_nonce(number), chunk, _bound(recording_id, size, number))
        number += 1


def open_chunk(key: bytes, recording_id: int, size: int, number: int, sealed: bytes) -> bytes:
    """The bytes of chunk `number` of a sound of `size` bytes. Raises NotOpened."""
    try:
        return AESGCM(key).decrypt(_nonce(number), sealed, _bound(recording_id, size, number))
    except InvalidTag:
        raise NotOpened("The sound of this recording cannot be opened: it was altered.") from None


def chunks_of(first: int, last: int, size: int) -> Iterator[tuple[int, int, int, slice]]:
    """For bytes `first` to `last` of a sound: number of each chunk, its first and last sealed byte, and what is wanted
    of what is inside it."""
    for number in range(first // CHUNK, last // CHUNK + 1):
        begin = number * CHUNK
        end = min(begin + CHUNK, size)
        at = number * (CHUNK + TAG)
        yield number, at, at + end - begin + TAG - 1, slice(max(first - begin, 0), min(last + 1, end) - begin)


def wrap(master: bytes, recording_id: int, key: bytes) -> bytes:
    """A recording's key as it may stand in the database."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(master).encrypt(nonce, key, _of(recording_id))


def unwrap(master: bytes, recording_id: int, wrapped: bytes) -> bytes:
    """The key itself. Raises NotOpened."""
    try:
        return AESGCM(master).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _of(recording_id))
    except (InvalidTag, ValueError):
        raise NotOpened("The key of this recording cannot be opened: it was altered.") from None


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE, "big")


def _bound(recording_id: int, size: int, number: int) -> bytes:
    return b"cti-sound" + b"".join(value.to_bytes(8, "big") for value in (recording_id, size, number))


def _of(recording_id: int) -> bytes:
    return b"cti-key" + recording_id.to_bytes(8, "big")
