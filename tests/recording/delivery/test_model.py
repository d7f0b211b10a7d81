"""Who may deliver what."""

import pytest

from cti_server.core.errors import BadInput, NotSignedIn
from cti_server.recording.delivery.model import Piece, name_of, other_side, sender_of
from cti_server.recording.delivery.sender import new_token

NAME = "pbx1-1.0+pbx1-1.0+1796000001000"


def piece(file: str, **more: int) -> Piece:
    return Piece(file, more.get("size", 10), "0" * 64, more.get("offset", 0), b"x" * more.get("data", 1))


def test_a_token_is_of_one_pbx() -> None:
    (east, of_east), (west, of_west) = new_token(), new_token()
    tokens = {"east": of_east, "west": of_west}
    assert sender_of(tokens, f"Bearer {west}") == "west"
    assert sender_of(tokens, f"bearer {east}") == "east"
    for wrong in ("", "Bearer ", f"Basic {east}", f"Bearer {of_east}", f"Bearer {east}x", east):
        with pytest.raises(NotSignedIn):
            sender_of(tokens, wrong)


def test_only_files_of_ours_within_their_size() -> None:
    assert name_of(piece(f"{NAME}-r.wav")) == NAME
    assert other_side(f"{NAME}-r.wav") == f"{NAME}-t.wav"
    assert other_side(f"{NAME}-t.wav") == f"{NAME}-r.wav"
    for wrong in (
        "x.wav",
        f"../{NAME}-r.wav",
        f"{NAME}-r.wav/../x",
        f"{NAME}.mp3",
        f"/etc/{NAME}-t.wav",
        f"{NAME}-r.wav\0",
    ):
        with pytest.raises(BadInput):
            name_of(piece(wrong))
    with pytest.raises(BadInput):
        name_of(piece(f"{NAME}-r.wav", offset=10))
