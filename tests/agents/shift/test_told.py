"""What calls say to a shift."""

from dataclasses import replace

from cti_server.agents.shift.told import is_busy, is_idle, missed_offer, queue_talk, shift_json
from cti_server.live.words import AgentState, CallState, LegState, Place, SegmentKind, SegmentResult
from tests.agents.shift.world import PROFILE, World
from tests.calls.control import scenes
from tests.calls.made import agent, call, part


def test_only_an_offer_of_a_queue_that_was_let_pass_counts() -> None:
    def rang(result: SegmentResult, queue: str | None = "support") -> bool:
        ring = part(1, SegmentKind.RING, 0, 9, device="PJSIP/1001", queue=queue, result=result)
        return missed_offer(call(segments=(ring,)), "PJSIP/1001")

    assert rang(SegmentResult.NO_ANSWER)
    assert rang(SegmentResult.REJECTED)
    assert not rang(SegmentResult.ABANDONED)
    assert not rang(SegmentResult.ELSEWHERE)
    assert not rang(SegmentResult.NO_ANSWER, None)
    assert not missed_offer(call(), "PJSIP/1001")


def test_who_talks_because_of_a_queue() -> None:
    over = part(1, SegmentKind.TALK, 0, 9, device="PJSIP/1002", queue="sales")
    direct = part(2, SegmentKind.TALK, 0, device="PJSIP/1003")
    now = part(3, SegmentKind.TALK, 9, device="PJSIP/1001", queue="support")
    assert list(queue_talk(call(segments=(over, direct, now)))) == [("PJSIP/1001", "support")]


FIRST = part(2, SegmentKind.TALK, 0, 9, device=scenes.AGENT, queue="support")
SECOND = part(3, SegmentKind.TALK, 5, device=scenes.OTHER, leg_id="u2")


def test_a_call_that_was_handed_on_is_of_the_queue_through_which_it_came() -> None:
    legs = (scenes.customer(), scenes.leg(2, scenes.OTHER))
    assert list(queue_talk(call(queue="support", legs=legs, segments=(FIRST, SECOND)))) == [(scenes.OTHER, "support")]
    assert list(queue_talk(call(queue=None, legs=legs, segments=(FIRST, SECOND)))) == []
    room = (scenes.customer(Place.ROOM), scenes.leg(2, scenes.OTHER, place=Place.ROOM))
    assert list(queue_talk(call(queue="support", legs=room, segments=(FIRST, SECOND)))) == [(scenes.OTHER, "support")]


def test_who_is_only_asked_has_no_call_of_the_queue() -> None:
    still = replace(FIRST, ended_at=None)
    asked = call(queue="support", legs=scenes.CONSULTING.legs, segments=(still, SECOND))
    assert list(queue_talk(asked)) == [(scenes.AGENT, "support")]
    # He who got the call by a transfer asks a third one, and then talks to the customer while that one waits.
    third = part(4, SegmentKind.TALK, 8, device="PJSIP/1003", leg_id="u3")
    legs = (scenes.customer(Place.HOLD), scenes.leg(2, scenes.OTHER, place=Place.CONSULT), scenes.leg(3, "PJSIP/1003"))
    assert list(queue_talk(call(queue="support", legs=legs, segments=(FIRST, SECOND, third)))) == []
    legs = (scenes.customer(), scenes.leg(2, scenes.OTHER), scenes.leg(3, "PJSIP/1003", place=Place.HOLD))
    swapped = call(queue="support", legs=legs, segments=(FIRST, SECOND, third))
    assert list(queue_talk(swapped)) == [(scenes.OTHER, "support")]


def test_colleagues_who_talk_on_without_the_customer_have_no_call_of_the_queue() -> None:
    legs = (scenes.customer(state=LegState.CLEARED), scenes.leg(2, scenes.OTHER), scenes.leg(3, "PJSIP/1003"))
    over = call(state=CallState.ESTABLISHED, queue="support", legs=legs, segments=(FIRST, SECOND))
    assert list(queue_talk(over)) == []


async def test_idle_and_busy(world: World) -> None:
    assert is_idle(world.live, PROFILE.key)
    for state, calls, idle, busy in (
        (AgentState.READY, (), True, False),
        (AgentState.ALERTING, ("1",), False, False),
        (AgentState.BUSY, (), False, True),
        (AgentState.UNREACHABLE, (), True, False),
        (AgentState.READY, ("1",), False, False),
    ):
        world.live.agents[PROFILE.key] = agent(state=state, call_ids=calls)
        assert (is_idle(world.live, PROFILE.key), is_busy(world.live, PROFILE.key)) == (idle, busy)


async def test_nobody_signed_in_is_shown_as_logged_off(world: World) -> None:
    shown = shift_json(PROFILE, None, None, world.shift._book, "")
    assert (shown.signed_in, shown.state, shown.acw, shown.since) == (False, "loggedOff", None, None)
    assert [(one.queue, one.signed_in) for one in shown.queues] == [("support", False), ("sales", False)]
