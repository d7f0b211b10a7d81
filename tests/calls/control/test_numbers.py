"""Which numbers may be dialled, and what is dialled for them."""

import pytest

from cti_server.calls.control.dialplan import endpoint_of, room_of
from cti_server.calls.control.numbers import DialRules, checked_keys, outside_exten, plain_number
from cti_server.core.errors import BadInput

RULES = DialRules(outside_prefix="9", forbidden=("0900", "00"), allowed=())
ONLY = DialRules(forbidden=("139",), allowed=("1", "1391"))


@pytest.mark.parametrize(
    ("text", "number"), [("138-0013 8000", "13800138000"), ("+86 (10) 1234", "+86101234"), ("*8#", "*8#")]
)
def test_signs_for_reading_are_left_out(text: str, number: str) -> None:
    assert plain_number(text) == number


@pytest.mark.parametrize("text", ["", " ", "12a", "1" * 21, "1\r\nAction: Hangup", "１２３", "1;2", "1&2"])
def test_what_is_no_number_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        plain_number(text, "number")
    assert (refused.value.code, refused.value.field) == ("bad_number", "number")


def test_the_line_gets_its_prefix() -> None:
    assert outside_exten("13800138000", RULES) == "913800138000"


@pytest.mark.parametrize("number", ["0900123", "90900123", "0049123", "+49123", "90049123"])
def test_a_forbidden_prefix_is_refused_however_it_is_written(number: str) -> None:
    with pytest.raises(BadInput) as refused:
        outside_exten(number, RULES)
    assert refused.value.code == "forbidden_number"


@pytest.mark.parametrize(("number", "may"), [("138", True), ("139", False), ("1391", True), ("200", False)])
def test_the_longest_prefix_decides_and_with_a_list_of_allowed_ones_only_these(number: str, may: bool) -> None:
    if may:
        assert outside_exten(number, ONLY) == number
    else:
        with pytest.raises(BadInput):
            outside_exten(number, ONLY)


def test_with_its_prefix_a_number_has_twenty_digits_at_most() -> None:
    with pytest.raises(BadInput):
        outside_exten("1" * 20, RULES)


def test_keys() -> None:
    assert checked_keys("12#*A") == "12#*A"
    for wrong in ("", "1 2", "x", "1" * 21):
        with pytest.raises(BadInput):
            checked_keys(wrong)


def test_names_in_the_dialplan() -> None:
    assert room_of("pbx1-1795444850.12") == "1179544485012"
    assert endpoint_of("PJSIP/1001") == "1001"
    assert endpoint_of("Local/1001@x") is None
