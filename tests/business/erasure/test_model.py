"""Who may be erased, and what has to be said."""

from types import SimpleNamespace
from typing import Any

import pytest

from cti_server.business.erasure.model import (
    BlockJson,
    check_blocks,
    check_confirmed,
    checked_why,
    on_the_line,
    with_calls,
)
from cti_server.core.erasing.model import Person
from cti_server.core.errors import BadInput, Conflict

HE = Person(
    customers=(3,), keys=("8613800138000",), numbers=("13800138000",), names=("王小明",), calls=(("main", "c1"),)
)


def line(*calls: tuple[str, str]) -> Any:
    return SimpleNamespace(
        calls={linkedid: SimpleNamespace(pbx="main", linkedid=linkedid, number=number) for linkedid, number in calls}
    )


def test_on_the_line_by_his_number_or_his_call() -> None:
    keys = {"013800138000": "8613800138000", "139": "139"}
    assert on_the_line(line(("c9", "139"), ("c8", "013800138000")), HE, keys)
    assert on_the_line(line(("c1", "")), HE, keys)
    assert not on_the_line(line(("c9", "139"), ("c7", "")), HE, keys)


def test_the_numbers_as_the_pbx_told_them_are_his_too() -> None:
    calls = [("main", "c2", "913800138000", "WANG"), ("main", "c1", "139", ""), ("main", "c2", "913800138000", "WANG")]
    he = with_calls(HE, calls, frozenset({"913800138000"}))
    assert he.calls == (("main", "c1"), ("main", "c2"))
    assert he.numbers == ("13800138000", "913800138000")


def test_what_has_to_be_typed() -> None:
    check_confirmed(" 王 小明", "王小明")
    check_confirmed("138 0013 8000", "13800138000")
    for wrong in ("", "王小", "王小明明"):
        with pytest.raises(BadInput):
            check_confirmed(wrong, "王小明")
    assert checked_why(" he asked ", HE) == "he asked"
    for wrong in ("", " ", "x" * 501, "a\x00", "王小明 asked", "call 138-0013-8000"):
        with pytest.raises(BadInput):
            checked_why(wrong, HE)


@pytest.mark.parametrize("code", ["recording_held", "recording_too_young", "recording_unfinished", "on_the_line"])
def test_each_block_has_its_sentence(code: str) -> None:
    check_blocks([])
    with pytest.raises(Conflict) as refused:
        check_blocks([BlockJson(code, "recordings", 2, None)])
    assert refused.value.code == code
    assert refused.value.details["count"] == 2
