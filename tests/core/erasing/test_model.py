"""How a person is found in texts."""

import re

import pytest

from cti_server.core.erasing.model import MARK, Person

HE = Person(
    keys=("8613800138000",), numbers=("+8613800138000", "138 0013 8000", "13800138000", "li@example.com"),
    names=("李明", "Li (Ming)"), own_names=("Li (Ming)",),
)  # fmt: skip


def blank(text: str, words: str) -> str:
    return re.sub(words, MARK, text, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    ["13800138000", "+8613800138000", "8613800138000", "138-0013-8000", "138 0013 8000", "+86 138 0013 8000",
     "(138) 0013.8000", "李明", "LI (MING)", "Li@Example.com"],
)  # fmt: skip
def test_every_way_to_write_him_is_found_whole(text: str) -> None:
    left = blank(f"<{text}>", HE.words)
    assert left.strip("<>(+ ").replace(MARK, "") == "", left
    assert HE.named_in(f"call {text} back")


def test_others_stay() -> None:
    for text in ("13800138001", "li ming", "lixexample.com", "4001", ""):
        assert blank(text, HE.words) == text


def test_a_name_that_others_have_stays_in_texts_that_are_not_about_him() -> None:
    assert blank("李明 13800138000", HE.own_words) == f"李明 {MARK}"


def test_short_numbers_and_nothing_at_all_fit_no_text() -> None:
    assert blank("room 1001", Person(keys=("1001",), numbers=("1001",)).words) == "room 1001"
    assert not Person().named_in("anything")
