"""What is no part of a line that a person can read."""

import pytest

from cti_server.core.signs import is_one_line


@pytest.mark.parametrize(
    "sign", ["\x00", "\t", "\n", "\r", "\x1f", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ud800"]
)
def test_a_hidden_sign_anywhere_is_seen(sign: str) -> None:
    for text in (sign, f"a{sign}", f"{sign}a", f"王{sign}明"):
        assert not is_one_line(text)


@pytest.mark.parametrize("text", ["", "王小明", "O'Brien, Zoë — 3rd floor", "a\xa0b", "😀"])
def test_ordinary_text_is_one_line(text: str) -> None:
    assert is_one_line(text)
