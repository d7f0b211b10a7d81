"""Profiles that can be kept, and the call that is shown of an agent."""

from dataclasses import replace

import pytest

from cti_server.agents.events import AgentProfileChanged
from cti_server.agents.model import QueuePlace, call_of, checked_profile, shown_memberships
from cti_server.core.errors import BadInput
from cti_server.live.views import MembershipView
from cti_server.live.words import LegState, SegmentKind
from tests.calls.made import AT, agent, call, leg, part


@pytest.mark.parametrize(
    "device", ["", "1001", "PJSIP/", "PJSIP/1001\r\nAction: x", "PJSIP/a b", "PJSIP/1001&PJSIP/2", "../x"]
)
def test_what_is_no_device_is_refused(device: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_profile(1, "main", device, [], "")
    assert refused.value.field == "device"


@pytest.mark.parametrize(
    "places",
    [
        [QueuePlace("")],
        [QueuePlace("a\nb")],
        [QueuePlace(" a")],
        [QueuePlace("a" * 101)],
        [QueuePlace("a", -1)],
        [QueuePlace("a", 1001)],
        [QueuePlace("a"), QueuePlace("a", 2)],
        [QueuePlace(str(n)) for n in range(101)],
    ],
)
def test_queues_that_cannot_be_are_refused(places: list[QueuePlace]) -> None:
    with pytest.raises(BadInput) as refused:
        checked_profile(1, "main", "PJSIP/1001", places, "")
    assert refused.value.field == "queues"


def test_a_team_is_one_line() -> None:
    with pytest.raises(BadInput) as refused:
        checked_profile(1, "main", "PJSIP/1001", [], "a\u2028b")
    assert refused.value.field == "team"
    assert checked_profile(1, "main", "Local/7@agents", [QueuePlace("客服", 3)], " 一组 ").team == "一组"


def test_the_talk_is_shown_before_the_ring_and_the_dialling_out_without_either() -> None:
    ring = call("1.1", segments=(part(1, SegmentKind.RING, 9, device="PJSIP/1001"),))
    talk = call("2.2", segments=(part(1, SegmentKind.TALK, 5, device="PJSIP/1001"),))
    dials = call("3.3", legs=(leg("PJSIP/1001", state=LegState.INITIATED, started_at=AT + 2),))
    calls = {one.id: one for one in (ring, talk, dials)}
    both = call_of(agent(call_ids=(ring.id, talk.id)), calls)
    assert both is not None
    assert (both.id, both.since) == (talk.id, AT + 5)
    alone = call_of(agent(call_ids=("gone", dials.id)), calls)
    assert alone is not None
    assert (alone.id, alone.since) == (dials.id, AT + 2)
    assert call_of(agent(call_ids=("gone",)), calls) is None


def test_memberships_by_name() -> None:
    found = shown_memberships(replace(agent(), memberships=(MembershipView("b", 2, True), MembershipView("a"))))
    assert [(one.queue, one.penalty, one.paused) for one in found] == [("a", 0, False), ("b", 2, True)]


def test_the_event_of_a_profile() -> None:
    assert AgentProfileChanged(1, None, ("main", "PJSIP/1001")).before is None


@pytest.mark.parametrize("penalty", [-1, 100, 1000])
def test_a_penalty_is_the_members_own_part(penalty: int) -> None:
    with pytest.raises(BadInput) as told:
        checked_profile(1, "main", "PJSIP/1001", [QueuePlace("sales", penalty)], "")
    assert (told.value.code, told.value.allowed) == ("penalty_too_high", "0 to 99")
    assert checked_profile(1, "main", "PJSIP/1001", [QueuePlace("sales", 99)], "").queues[0].penalty == 99
