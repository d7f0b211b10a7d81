"""What is shown of a call, and what counts as worth writing."""

from dataclasses import replace

import pytest

from cti_server.calls.events import CustomerIdentified
from cti_server.calls.model import digits_of, my_call_json, only_listens, own_leg, signature_of
from cti_server.live.words import CallState, LegRole, LegState, SegmentKind
from tests.calls.made import AT, call, leg, part, story


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+86 138-0013-8000", "8613800138000"),
        ("0086138", "86138"),
        ("010 8888", "108888"),
        ("anonymous", ""),
        ("٣", ""),
    ],
)
def test_digits_by_which_a_number_is_found(written: str, digits: str) -> None:
    assert digits_of(written) == digits


def test_the_signature_changes_where_a_stretch_begins_or_ends_and_not_on_hold() -> None:
    views = [view for _, view in story()]
    marks = [signature_of(view) for view in views]
    assert len(set(marks)) == len(views) - 2  # held and retrieved are told, not written
    assert marks[5] == marks[6] == marks[7]


def test_an_agent_is_shown_his_own_times() -> None:
    by_kind = {str(kind): view for kind, view in story()}
    mine = my_call_json(by_kind["call.established"], "PJSIP/1001", None)
    assert mine is not None
    assert (mine.delivered_at, mine.answered_at, mine.held, mine.my_leg_state) == (AT + 10, AT + 15, False, "connected")
    held = my_call_json(by_kind["call.held"], "PJSIP/1001", None)
    assert held is not None
    assert held.held
    over = my_call_json(by_kind["call.cleared"], "PJSIP/1001", None)
    assert over is not None
    assert (over.ended_at, over.outcome, over.my_leg_state) == (AT + 75, "answered", "cleared")
    assert my_call_json(by_kind["call.cleared"], "PJSIP/1003", None) is None


def test_a_leg_that_went_over_into_another_call_is_over_here() -> None:
    merged = call(legs=(leg(), leg("PJSIP/1001", n=2)), state=CallState.CLEARED, ended_at=AT + 30)
    mine = my_call_json(merged, "PJSIP/1001", None)
    assert mine is not None
    assert (mine.my_leg_state, mine.ended_at) == ("cleared", AT + 30)


def test_a_member_on_a_local_channel_is_known_by_his_segments() -> None:
    phone = leg("PJSIP/2001", n=3, state=LegState.ALERTING)
    ring = part(1, SegmentKind.RING, 1, device="Local/7@agents", leg_id="u3")
    view = call(legs=(leg(), phone), segments=(ring,))
    assert own_leg(view, "Local/7@agents") == phone
    system = replace(phone, role=LegRole.SYSTEM)
    assert own_leg(replace(view, legs=(leg(), system)), "Local/7@agents") is None


def test_the_event_of_a_known_customer() -> None:
    assert CustomerIdentified("main:1.1", 7, "王小明").customer_id == 7


def test_a_supervisor_who_listens_is_no_call_until_he_talks() -> None:
    spy = call("cti-spy-x-1795000000.0", segments=())
    assert only_listens(spy)
    assert not only_listens(replace(spy, segments=(part(0, SegmentKind.TALK, 1.0),)))
    assert not only_listens(call())
