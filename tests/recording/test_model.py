"""Names of files, and what people may see and write."""

import pytest

from cti_server.core.errors import BadInput
from cti_server.recording.model import NameParts, Within, checked_tags, checked_text, parts_of


def test_a_name_of_ours_is_read_and_nothing_else_is() -> None:
    assert parts_of("pbx1-17.0+pbx1-17.3+1796071581123") == NameParts("pbx1-17.0", "pbx1-17.3", 1796071581.123)
    for wrong in ("", "a+b", "../x+y+1796071581123", "a+b;rm+1796071581123", "a+b+17960x", "a\n+b+1796071581123"):
        assert parts_of(wrong) is None


def test_a_part_of_the_site_is_a_queue_or_its_people() -> None:
    within = Within(5, ("vip",), (7,))
    assert within.holds("vip", frozenset())
    assert within.holds(None, frozenset({7, 9}))
    assert within.holds("sales", frozenset({5}))
    assert not within.holds("sales", frozenset({7}))
    team = Within(5, None, (7,), (7, 8))
    assert team.holds("sales", frozenset({8}))
    assert team.holds("sales", frozenset())
    assert not team.holds("sales", frozenset({9}))
    assert not team.holds(None, frozenset())
    assert not Within(5).holds(None, frozenset({7}))


def test_tags_and_texts() -> None:
    assert checked_tags([" 投诉 ", "投诉", "vip"]) == ["投诉", "vip"]
    with pytest.raises(BadInput):
        checked_tags(["x" * 41])
    with pytest.raises(BadInput):
        checked_text("   ", "why")
