from typing import Any

import pytest
from msgspec.structs import replace

from cti_server.business.customers.model import (
    CustomerJson,
    HideReason,
    PopState,
    PopStatus,
    checked_contact,
    checked_fields,
    checked_line,
    checked_text,
    state_at,
    who,
    why_ring_ended,
)
from cti_server.business.customers.numbers import normalise
from cti_server.core.errors import BadInput
from cti_server.live.views import CallView, LegView, SegmentView
from cti_server.live.words import CallState, Direction, LegRole, LegState, SegmentKind, SegmentResult

LI = CustomerJson(1, "李雷", "", "", "", "known", [], {}, [], [], 1)


def call(*legs: LegView, segments: tuple[SegmentView, ...] = ()) -> CallView:
    return CallView(
        id="main:1",
        pbx="main",
        linkedid="1",
        state=CallState.DELIVERED,
        direction=Direction.INBOUND,
        number="13800001111",
        name="",
        withheld=False,
        dialled="4001",
        queue=None,
        started_at=1.0,
        legs=legs,
        segments=segments,
    )


def leg(device: str, state: LegState) -> LegView:
    return LegView("l", f"{device}-1", device, LegRole.AGENT, state, "", "", 1.0)


def test_who_it_is() -> None:
    assert who([]).status is PopStatus.NUMBER_ONLY
    assert who([LI]).status is PopStatus.MATCHED
    assert who([replace(LI, status="new")]).status is PopStatus.NEW
    several = who([LI, replace(LI, id=2)])
    assert several.status is PopStatus.SEVERAL
    assert several.customer is None
    assert [one.id for one in several.candidates] == [1, 2]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], None),
        ([LegState.CLEARED], None),
        ([LegState.ALERTING], PopState.RINGING),
        ([LegState.CLEARED, LegState.ALERTING], PopState.RINGING),
        ([LegState.HELD], PopState.TALKING),
        ([LegState.ALERTING, LegState.CONNECTED], PopState.TALKING),
    ],
)
def test_how_a_device_takes_part(states: list[LegState], expected: PopState | None) -> None:
    legs = [leg("PJSIP/1001", state) for state in states]
    assert state_at(call(*legs, leg("PJSIP/1002", LegState.CONNECTED)), "PJSIP/1001") is expected


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (SegmentResult.ELSEWHERE, HideReason.ELSEWHERE),
        (SegmentResult.NO_ANSWER, HideReason.NO_ANSWER),
        (SegmentResult.REJECTED, HideReason.NO_ANSWER),
        (SegmentResult.ABANDONED, HideReason.ENDED),
        (None, HideReason.ENDED),
    ],
)
def test_why_a_ring_ended(result: SegmentResult | None, reason: HideReason) -> None:
    ring = SegmentView(1, SegmentKind.RING, 1.0, 2.0, result, None, "PJSIP/1001")
    assert why_ring_ended(call(segments=(ring,)), "PJSIP/1001") is reason


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\x1b[31m", "a\u2028b", "x" * 201, "a\ud800"])
def test_lines_that_are_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        checked_line(text, "name", 200, least=1)
    assert caught.value.field == "name"


def test_lines_and_texts_that_are_kept() -> None:
    assert checked_line("  王小明 ", "name", 200) == "王小明"
    assert checked_text("one\r\ntwo\tthree ", "text") == "one\ntwo\tthree"
    assert checked_line("<img src=x onerror=alert(1)>", "name", 200)
    with pytest.raises(BadInput):
        checked_text("a\0", "text")
    with pytest.raises(BadInput):
        checked_text("  ", "text", least=1)


@pytest.mark.parametrize(
    "fields", [{"a": [1]}, {"a": {"b": 1}}, {"": 1}, {"a\n": 1, "b\0": 2}, {str(n): n for n in range(51)}]
)
def test_fields_that_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        checked_fields(fields)


def test_contacts_have_one_form() -> None:
    phone = checked_contact("phone", "0086 138 0000 1111", True, normalise("0086 138 0000 1111"))
    assert (phone.value, phone.display, phone.primary) == ("+8613800001111", "138 0000 1111", True)
    assert checked_contact("email", "Li.Lei@Example.com", False, None).value == "li.lei@example.com"
    assert checked_contact("wechat", "lilei_88", False, None).value == "lilei_88"
    for kind, value in [("phone", "abc"), ("email", "nobody"), ("fax", "1")]:
        with pytest.raises(BadInput):
            checked_contact(kind, value, False, normalise(value))
