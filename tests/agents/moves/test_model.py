"""What a change makes of somebody's queues, and what taking it back does."""

import pytest

from cti_server.agents.model import QueuePlace
from cti_server.agents.moves.model import (
    Change,
    Item,
    Kind,
    Places,
    checked_change,
    missing_queues,
    rearranged,
    taken_back,
    with_level,
)
from cti_server.core.errors import BadInput


def places(**queues: int) -> Places:
    return tuple(QueuePlace(queue, penalty) for queue, penalty in queues.items())


HAS = places(sales=2, support=0)


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (Change(Kind.ADD, ("vip",)), places(sales=2, support=0, vip=0)),
        (Change(Kind.ADD, ("vip", "sales"), 5), places(sales=5, support=0, vip=5)),
        (Change(Kind.ADD, ("sales",)), HAS),
        (Change(Kind.REMOVE, ("sales", "vip")), places(support=0)),
        (Change(Kind.PENALTY, ("sales", "vip"), 7), places(sales=7, support=0)),
        (Change(Kind.ONLY, ("sales", "vip")), places(sales=2, vip=0)),
        (Change(Kind.ONLY, ("vip",), 3), places(vip=3)),
    ],
)
def test_each_kind(change: Change, after: Places) -> None:
    assert rearranged(HAS, checked_change(change)) == after


def test_queues_of_others_are_not_touched() -> None:
    only = Change(Kind.ONLY, ("vip",))
    assert rearranged(HAS, only, lambda queue: queue != "support") == places(support=0, vip=0)


@pytest.mark.parametrize(
    "wrong",
    [
        Change(Kind.ADD),
        Change(Kind.ADD, ("a", "a")),
        Change(Kind.PENALTY, ("a",)),
        Change(Kind.ADD, ("a",), 1001),
        Change(Kind.SKILL, skill=""),
        Change(Kind.SKILL, skill="a", level=6),
    ],
)
def test_changes_that_mean_nothing(wrong: Change) -> None:
    with pytest.raises(BadInput):
        checked_change(wrong)


def test_taking_back_restores_what_was_touched_and_leaves_what_was_not() -> None:
    item = Item(1, "", HAS, places(support=0, vip=0))
    assert taken_back(places(support=0, vip=0), item) == HAS
    assert taken_back(places(support=4, vip=0, night=1), item) == places(sales=2, support=4, night=1)


@pytest.mark.parametrize("now", [places(support=0), places(support=0, vip=3), places(support=0, vip=0, sales=2)])
def test_what_somebody_has_changed_meanwhile_is_not_taken_back(now: Places) -> None:
    assert taken_back(now, Item(1, "", HAS, places(support=0, vip=0))) is None


def test_levels_and_unknown_queues() -> None:
    assert with_level({"b": 1}, "a", 3) == {"a": 3, "b": 1}
    assert with_level({"b": 1}, "b", None) == {}
    assert missing_queues(places(old=0, new=0, known=0), places(old=0), ["known"]) == ["new"]


def test_no_penalty_that_would_be_our_ranking() -> None:
    with pytest.raises(BadInput) as told:
        checked_change(Change(Kind.ADD, ("a",), 100))
    assert (told.value.code, told.value.field) == ("penalty_too_high", "penalty")
    assert checked_change(Change(Kind.PENALTY, ("a",), 99)).penalty == 99
