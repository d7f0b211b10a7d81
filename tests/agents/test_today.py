"""An agent's day: each segment once, in the day in which it began."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cti_server.agents.model import TodayJson
from cti_server.agents.today import Today, Work, told_work
from cti_server.live.words import Outcome, SegmentKind, SegmentResult
from cti_server.queues.business_day import BusinessDay
from tests.calls.made import AT, call, part, story

DAYS = BusinessDay(ZoneInfo("Asia/Shanghai"))


def booked(today: Today, view: object) -> None:
    for device, key, work in told_work(view):  # type: ignore[arg-type]
        today.book(("main", device), key, work, AT)


def test_the_day_of_both_who_were_rung() -> None:
    today = Today(DAYS, AT)
    for _ in range(2):
        for _, view in story():
            booked(today, view)
    assert today.of(("main", "PJSIP/1001")) == TodayJson(answered=1, talk_seconds=50.0, hold_seconds=10.0)
    assert today.of(("main", "PJSIP/1002")) == TodayJson(missed=1)
    assert today.of(7) == TodayJson()


def test_in_a_merged_consultation_the_ring_counts_and_the_talk_does_not() -> None:
    ring = part(1, SegmentKind.RING, 0, 3, device="PJSIP/1002", result=SegmentResult.ANSWERED)
    talk = part(2, SegmentKind.TALK, 3, 20, device="PJSIP/1002", result=SegmentResult.TRANSFERRED)
    consult = call("2.2", segments=(ring, talk))
    today = Today(DAYS, AT)
    booked(today, consult)
    assert today.of(("main", "PJSIP/1002")) == TodayJson(answered=1, talk_seconds=17.0)
    booked(today, replace(consult, outcome=Outcome.MERGED))
    assert today.of(("main", "PJSIP/1002")) == TodayJson(answered=1)


def test_who_took_it_elsewhere_missed_nothing() -> None:
    ring = part(1, SegmentKind.RING, 0, 3, device="PJSIP/1002", result=SegmentResult.ELSEWHERE)
    today = Today(DAYS, AT)
    booked(today, call(segments=(ring,)))
    assert today.of(("main", "PJSIP/1002")) == TodayJson()


def test_a_new_day_begins_with_nothing_and_yesterday_s_talk_stays_there() -> None:
    today = Today(DAYS, AT)
    assert today.book(1, 1, Work(AT, talk=5.0), AT)
    tomorrow = AT + 86400
    assert not today.book(1, 2, Work(AT, talk=5.0), tomorrow)
    assert today.of(1) == TodayJson()
    assert today.book(1, 3, Work(tomorrow, answered=1), tomorrow)
    assert today.of(1).answered == 1


def test_work_stays_with_who_did_it() -> None:
    today = Today(DAYS, AT)
    today.book(1, 1, Work(AT, talk=5.0), AT)
    assert today.book(2, 1, Work(AT, talk=7.0), AT)
    assert (today.of(1).talk_seconds, today.of(2).talk_seconds) == (7.0, 0.0)


work = st.builds(Work, st.just(AT), st.integers(0, 1), st.integers(0, 1), st.integers(0, 99), st.integers(0, 99))


@given(st.lists(st.tuples(st.integers(0, 4), st.none() | work)))
def test_the_sums_are_those_of_what_was_told_last(told: list[tuple[int, Work | None]]) -> None:
    today, truth = Today(DAYS, AT), dict[int, Work | None]()
    for key, one in told:
        assert today.book(1, key, one, AT) == (truth.get(key) != one)
        truth[key] = one
    left = [one for one in truth.values() if one is not None]
    assert today.of(1) == TodayJson(
        sum(one.answered for one in left),
        sum(one.missed for one in left),
        sum(one.talk for one in left),
        sum(one.hold for one in left),
    )
