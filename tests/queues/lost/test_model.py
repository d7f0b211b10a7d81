"""Which calls are lost, and what may be done with an item."""

from dataclasses import replace

import pytest

from cti_server.core.errors import CtiError
from cti_server.live.words import Direction, LegRole, Outcome
from cti_server.queues.lost.model import (
    UNDO_SECONDS,
    ContactKind,
    LostJson,
    check_callable,
    check_claim,
    check_hold,
    check_undo,
    contact_of,
)
from tests.queues.lost.made import AT, answered_call, lost_call

ITEM = LostJson(
    id=1, state="open", number="13800000001", name="", callable=True, calls=1, queues=("support",), first_at=AT,
    last_at=AT, longest_wait=30.0, claimed_by=None, claimed_by_name="", claimed_at=None, attempts=0, attempt_at=None,
    ended_at=None, ended_by=None, ended_by_name="", reason="", revision=1,
)  # fmt: skip
MINE, THEIRS = replace(ITEM, state="claimed", claimed_by=1), replace(ITEM, state="claimed", claimed_by=2)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_callers_who_reached_nobody_are_lost(outcome: Outcome) -> None:
    contact = contact_of(lost_call(outcome=outcome), "86138")
    lost = outcome in (Outcome.ABANDONED, Outcome.LEFT_QUEUE, Outcome.NO_ANSWER)
    assert (contact is not None) is lost
    if contact is not None:
        assert (contact.kind, contact.at, contact.waited, contact.queue) == (
            ContactKind.LOST,
            AT + 100,
            30.0,
            "support",
        )


def test_what_is_no_loss() -> None:
    assert contact_of(replace(lost_call(), direction=Direction.OUTBOUND), "k") is None
    assert contact_of(replace(lost_call(), direction=Direction.INTERNAL), "k") is None
    assert contact_of(replace(lost_call(), ended_at=None, outcome=None), "k") is None
    assert contact_of(lost_call(), "k", least_wait=36.0) is None
    assert contact_of(lost_call(), "k", least_wait=35.0) is not None


def test_a_withheld_number_is_lost_without_a_key_and_reached_by_nothing() -> None:
    contact = contact_of(lost_call(number=""), "")
    assert contact is not None
    assert contact.number_key == ""
    assert contact_of(answered_call(number=""), "") is None


def test_a_talk_reaches_from_its_first_word_until_its_end() -> None:
    during, over = contact_of(answered_call(seconds=None), "k"), contact_of(answered_call(), "k")
    assert during is not None
    assert over is not None
    assert (during.kind, during.at, over.at) == (ContactKind.REACHED, AT + 200, AT + 260)
    out = contact_of(replace(answered_call(), direction=Direction.OUTBOUND), "k")
    assert out is not None
    assert out.kind is ContactKind.CALLED_BACK


def test_a_colleague_who_answers_is_not_the_customer() -> None:
    call = answered_call()
    colleague = replace(call.legs[0], role=LegRole.AGENT)
    assert contact_of(replace(call, direction=Direction.OUTBOUND, legs=(colleague,)), "k") is None


def code(check: object) -> str:
    with pytest.raises(CtiError) as fault:
        check()  # type: ignore[operator]
    return fault.value.code


def test_who_may_take_and_end_an_item() -> None:
    check_claim(ITEM, 1)
    check_claim(MINE, 1)
    assert code(lambda: check_claim(THEIRS, 1)) == "already_claimed"
    assert code(lambda: check_claim(replace(ITEM, state="done"), 1)) == "lost_is_over"
    check_hold(ITEM, 1, chief=False)
    check_hold(MINE, 1, chief=False)
    check_hold(THEIRS, 1, chief=True)
    assert code(lambda: check_hold(THEIRS, 1, chief=False)) == "claimed_by_other"
    assert code(lambda: check_hold(replace(ITEM, state="reached"), 1, chief=True)) == "lost_is_over"
    assert code(lambda: check_callable(replace(ITEM, callable=False))) == "number_withheld"


def test_what_can_be_taken_back_and_how_long() -> None:
    over = replace(ITEM, state="dismissed", ended_at=AT)
    check_undo(over, AT + UNDO_SECONDS)
    assert code(lambda: check_undo(over, AT + UNDO_SECONDS + 1)) == "too_late"
    assert code(lambda: check_undo(replace(over, state="reached"), AT)) == "lost_not_over"
    assert code(lambda: check_undo(ITEM, AT)) == "lost_not_over"
