"""When a call is written, and with which revision."""

from dataclasses import replace

from cti_server.calls.events import CustomerIdentified
from cti_server.calls.model import digits_of
from cti_server.calls.writer import CALL, CALL_CUSTOMER, CallWriter
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.words import CallState
from tests.calls.made import AT, Kept, Live, People, call, story
from tests.fakes.set_clock import SetClock


def writer(kept: Kept, live: Live, clock: SetClock | None = None) -> CallWriter:
    return CallWriter(kept, live, People(), clock or SetClock(AT), digits_of)


def test_every_change_told_twice_writes_as_often_as_told_once() -> None:
    kept, live = Kept(), Live()
    once = writer(kept, live)
    for kind, view in story():
        once.hear(CallChanged(kind, AT, view))
    twice_kept = Kept()
    twice = writer(twice_kept, live)
    for kind, view in story():
        twice.hear(CallChanged(kind, AT, view))
        twice.hear(CallChanged(kind, AT, view))
    assert len(kept.of(CALL)) == len(twice_kept.of(CALL)) == len(list(story())) - 2


def test_revisions_rise_also_when_the_clock_is_set_back() -> None:
    kept, live, clock = Kept(), Live(), SetClock(AT)
    mine = writer(kept, live, clock)
    for kind, view in story():
        mine.hear(CallChanged(kind, AT, view))
        clock.pass_seconds(-3600)
    revisions = [row["revision"] for row in kept.of(CALL)]
    assert revisions == sorted(set(revisions))


def test_after_a_restart_revisions_go_on_above_what_was_kept() -> None:
    kept, live = Kept(), Live()
    first = writer(kept, live)
    views = [view for _, view in story()]
    for kind, view in list(story())[:3]:
        first.hear(CallChanged(kind, AT, view))
    second = writer(kept, live, SetClock(AT - 7200))
    assert second.remember(kept.of(CALL)) == [views[2]]
    before = kept.of(CALL)[-1]["revision"]
    second.hear(CallChanged(CallKind.DELIVERED, AT, views[2]))
    assert len(kept.of(CALL)) == 3, "nothing is new"
    second.hear(CallChanged(CallKind.CLEARED, AT, views[-1]))
    assert kept.of(CALL)[-1]["revision"] > before


def test_what_is_over_or_unreadable_is_not_taken_up() -> None:
    kept = Kept()
    mine = writer(kept, Live())
    for kind, view in story():
        mine.hear(CallChanged(kind, AT, view))
    rows = kept.of(CALL)
    broken = {**rows[0], "linkedid": "9.9", "started_at": "soon"}
    fresh = writer(kept, Live())
    assert fresh.remember([*rows, broken]) == []
    assert [found.state for found in fresh.remember(rows[:2])] == [CallState.QUEUED]


def test_a_customer_is_written_with_the_live_call_or_on_its_own_afterwards() -> None:
    kept, live = Kept(), Live()
    mine = writer(kept, live)
    view = call()
    live.calls[view.id] = view
    mine.hear(CallChanged(CallKind.ORIGINATED, AT, view))
    assert mine.identify(CustomerIdentified(view.id, 7, "王小明")) == view
    mine.hear(CallChanged(CallKind.UPDATED, AT, view))
    assert kept.of(CALL)[-1]["customer_id"] == 7, "nothing else has changed, and yet it is written again"
    mine.hear(CallChanged(CallKind.UPDATED, AT, replace(view, queue="support")))
    assert kept.of(CALL)[-1]["customer_name"] == "王小明"
    del live.calls[view.id]
    mine.forget(view.id)
    assert mine.identify(CustomerIdentified("main:1.1", 8, "李\x00")) is None
    assert kept.of(CALL_CUSTOMER) == [{"pbx": "main", "linkedid": "1.1", "customer_id": 8, "name": "李"}]
