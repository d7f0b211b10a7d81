"""The room on the disk, and when a recording may go. What is deleted on a database: tests/recording/test_service.py."""

from pathlib import Path

import pytest

from cti_server.core.errors import Conflict
from cti_server.recording.keeping.model import Keeper, Kept, Room, check_delete, proof
from cti_server.recording.keeping.service import room_of

YOUNG = Kept(1, "main:1", "o", "ab", 9, 2.0, "ready", "", "outbound", 86_400.0)


def test_outbound_is_not_deleted_by_hand_within_thirty_days() -> None:
    with pytest.raises(Conflict):
        check_delete(YOUNG, by_rule=False)
    check_delete(YOUNG, by_rule=True)


def test_the_proof_names_what_it_was_and_the_rules_have_a_name() -> None:
    assert proof(YOUNG, "over")["sha256"] == "ab"
    assert Keeper().login == "(retention)"


def test_the_fullest_disk_counts_and_a_folder_that_is_not_there_yet_is_its_parents(tmp_path: Path) -> None:
    room = room_of((tmp_path / "not" / "there",))
    assert room is not None
    assert room.low(room.free + 2**40)
    assert not Room(100, 50).low(50)
    assert Room(100, 49).low(50)
