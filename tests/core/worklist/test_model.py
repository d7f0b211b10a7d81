"""Reasons, and whose an item is."""

from dataclasses import dataclass

import pytest

from cti_server.core.errors import BadInput, Conflict
from cti_server.core.worklist.model import check_not_anothers, checked_reason


@dataclass(frozen=True)
class Taken:
    claimed_by: int | None = None
    claimed_by_name: str = ""


def test_a_reason_is_asked_for() -> None:
    assert checked_reason(" x ", needed=True) == "x"
    assert checked_reason("", needed=False) == ""
    for text in ("", " ", "x" * 201, "a\nb"):
        with pytest.raises(BadInput):
            checked_reason(text, needed=True)


def test_what_somebody_has_taken_is_his_unless_a_supervisor_steps_in() -> None:
    check_not_anothers(Taken(), 1)
    check_not_anothers(Taken(1), 1)
    check_not_anothers(Taken(2), 1, chief=True)
    with pytest.raises(Conflict, match="Eva"):
        check_not_anothers(Taken(2, "Eva"), 1)
