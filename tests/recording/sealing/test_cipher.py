"""What is sealed opens by any range, and in no other place than its own."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.recording.sealing.cipher import CHUNK, TAG, NotOpened, chunks_of, open_chunk, seal, unwrap, wrap

KEY = bytes(range(32))
SOUND = os.urandom(3 * CHUNK + 77)
SEALED = b"".join(seal(KEY, 9, len(SOUND), io.BytesIO(SOUND)))


def opened(first: int, last: int, sealed: bytes = SEALED, number: int = 9, size: int = len(SOUND)) -> bytes:
    return b"".join(
        open_chunk(KEY, number, size, at, sealed[begin : end + 1])[wanted]
        for at, begin, end, wanted in chunks_of(first, last, size)
    )


@given(st.integers(0, len(SOUND) - 1), st.integers(0, len(SOUND) - 1))
def test_every_range(one: int, other: int) -> None:
    first, last = sorted((one, other))
    assert opened(first, last) == SOUND[first : last + 1]


def test_edges_and_the_whole() -> None:
    assert opened(0, len(SOUND) - 1) == SOUND
    assert opened(CHUNK - 1, CHUNK) == SOUND[CHUNK - 1 : CHUNK + 1]
    assert len(SEALED) == len(SOUND) + 4 * TAG
    assert SOUND[:64] not in SEALED


def test_altered_moved_exchanged_or_cut_off_does_not_open() -> None:
    flipped = bytes([SEALED[0] ^ 1]) + SEALED[1:]
    swapped = SEALED[CHUNK + TAG : 2 * (CHUNK + TAG)] + SEALED[: CHUNK + TAG]
    for sealed, number, size in ((flipped, 9, len(SOUND)), (swapped, 9, len(SOUND)), (SEALED, 8, len(SOUND)),
                                 (SEALED, 9, len(SOUND) - 1), (SEALED[:100], 9, len(SOUND))):  # fmt: skip
        with pytest.raises(NotOpened):
            opened(0, 10, sealed, number, size)


def test_a_wrapped_key_is_of_one_recording_and_one_master() -> None:
    master = os.urandom(32)
    wrapped = wrap(master, 9, KEY)
    assert unwrap(master, 9, wrapped) == KEY
    assert KEY not in wrapped
    assert wrap(master, 9, KEY) != wrapped
    for key, number, text in (
        (master, 8, wrapped),
        (os.urandom(32), 9, wrapped),
        (master, 9, wrapped[:-1]),
        (master, 9, b""),
    ):
        with pytest.raises(NotOpened):
            unwrap(key, number, text)
