"""Checks of typed digits, and texts with places for data."""

import pytest

from cti_server.routing.flows.values import filled, right, storable


@pytest.mark.parametrize(
    ("check", "digits", "good"),
    [
        ("luhn", "4111111111111111", True),
        ("luhn", "4111111111111112", False),
        ("luhn", "*", False),
        ("citizenId", "11010519491231002*", True),
        ("citizenId", "110105194912310021", False),
        ("citizenId", "110105194913310021", False),
        ("mobile", "13800000001", True),
        ("mobile", "12800000001", False),
        ("date", "20280229", True),
        ("date", "20270229", False),
        ("none", "", True),
    ],
)
def test_checks(check: str, digits: str, good: bool) -> None:
    assert right(check, digits) is good


def test_texts() -> None:
    assert filled("${a} and ${call.did} ${none} $a ${A}", {"a": "1", "call.did": "4"}) == "1 and 4  $a ${A}"
    assert storable("a\r\nb\x00" + "x" * 1000) == ("a  b " + "x" * 1000)[:500]
