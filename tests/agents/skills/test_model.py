"""Which skills can be kept."""

import pytest

from cti_server.agents.skills.model import checked_skills
from cti_server.core.errors import BadInput


def test_skills_are_trimmed_and_in_order() -> None:
    assert list(checked_skills({" 英语 ": 5, "billing": 1}).items()) == [("billing", 1), ("英语", 5)]


@pytest.mark.parametrize("wrong", [{"": 1}, {"a": 0}, {"a": 6}, {"a\n": 1, "b\x00": 2}, {"a": 1, " a": 2}])
def test_others_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        checked_skills(wrong)
