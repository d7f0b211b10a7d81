"""The admin's lists."""

import pytest

from cti_server.agents.shift.model import RESERVED, ShiftRules
from cti_server.agents.shift.reasons import (
    QueueSetting,
    Reason,
    RuleBook,
    checked_reasons,
    checked_settings,
    merged_reasons,
)
from cti_server.core.errors import BadInput

GOOD = Reason("break", " 小休 ", "Break", 900)


def test_a_list_is_trimmed_and_keeps_its_order() -> None:
    assert checked_reasons([Reason("z", "甲", "A"), GOOD]) == [
        Reason("z", "甲", "A"),
        Reason("break", "小休", "Break", 900),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        [GOOD, GOOD],
        [Reason("", "甲", "A")],
        [Reason("9", "甲", "A")],
        [Reason("a b", "甲", "A")],
        [Reason("a", " ", "A")],
        [Reason("a", "甲", "A\nB")],
        [Reason("a", "甲", "A" * 41)],
        [Reason("a", "甲", "A", 0)],
        [Reason("a", "甲", "A", 86_401)],
        [Reason(f"r{n}", "甲", "A") for n in range(51)],
        *[[Reason(code.upper(), "甲", "A")] for code in sorted(RESERVED)],
    ],
)
def test_what_cannot_be_a_reason(wrong: list[Reason]) -> None:
    with pytest.raises(BadInput) as refused:
        checked_reasons(wrong)
    assert refused.value.field
    assert refused.value.allowed


def test_what_is_left_out_stays_for_the_history() -> None:
    kept = merged_reasons([GOOD, Reason("gym", "健身", "Gym")], [Reason("gym", "健身房", "Gym", 60)])
    assert [(one.code, one.active) for one in kept] == [("gym", True), ("break", False)]


def test_settings_of_queues() -> None:
    known = {("main", "support"), ("main", "sales")}
    good = [QueueSetting("main", "support", 0), QueueSetting("main", "sales", 300, True)]
    assert checked_settings(good, known, 300) == good
    for wrong in ([good[0], good[0]], [QueueSetting("main", "x", 1)], [QueueSetting("main", "sales", 301)]):
        with pytest.raises(BadInput):
            checked_settings(wrong, known, 300)
    book = RuleBook(ShiftRules(acw_seconds=15))
    book.put_settings(good)
    assert (book.setting("main", "sales").acw_seconds, book.setting("main", "new").acw_seconds) == (300, 15)
