"""What is asked of the PBX for a duty."""

from dataclasses import replace

import pytest

from cti_server.agents.shift.model import Duty
from cti_server.agents.shift.pbx_side import PbxSide
from cti_server.core.errors import Unavailable
from cti_server.live.views import AgentView, MembershipView
from cti_server.live.words import AgentState
from tests.agents.people import AskedMembers
from tests.calls.made import AT, agent

KEY = ("main", "PJSIP/1001")
DUTY = Duty(1, *KEY, ("support", "sales"), AgentState.NOT_READY, "break", AT)
PENALTIES = {"support": 0, "sales": 2, "vip": 0}


def side(*memberships: MembershipView) -> tuple[PbxSide, AskedMembers]:
    members = AskedMembers()
    live: dict[tuple[str, str], AgentView] = {KEY: agent(memberships=memberships)} if memberships else {}
    return PbxSide(members, live), members


async def test_bringing_asks_only_for_what_differs() -> None:
    right = (MembershipView("support", 0, True, "break"), MembershipView("sales", 2, True, "break"))
    pbx, members = side(*right)
    await pbx.bring(DUTY, "李娜", PENALTIES)
    assert members.asked == []
    assert pbx.is_done(DUTY)
    pbx, members = side(right[0], MembershipView("sales", 0, True, "acw"), MembershipView("vip"))
    await pbx.bring(DUTY, "李娜", PENALTIES)
    assert members.asked == [
        ("remove", "vip", KEY[1]),
        ("penalty", "sales", KEY[1], 2),
        ("pause", KEY[1], "break"),
    ]


async def test_who_is_signed_out_is_in_no_queue() -> None:
    pbx, members = side(MembershipView("support"), MembershipView("fixed", dynamic=False))
    members.static = {"fixed"}
    await pbx.bring(replace(DUTY, state=AgentState.LOGGED_OFF, queues=()), "李娜", PENALTIES)
    assert members.asked == [("remove", "support", KEY[1]), ("pause", KEY[1], "signedOut", "fixed")]


async def test_a_member_for_ever_elsewhere_is_paused_with_him_and_never_unpaused() -> None:
    fixed = MembershipView("fixed", dynamic=False)
    pbx, members = side(fixed)
    await pbx.join(DUTY, "李娜", {"support": 0, "sales": 2})
    assert members.asked[-1] == ("pause", KEY[1], "break")
    members.asked.clear()
    await pbx.carry(replace(DUTY, state=AgentState.READY, reason=""), "李娜", PENALTIES)
    assert members.asked == [("pause", KEY[1], None, "support"), ("pause", KEY[1], None, "sales")]


async def test_joining_is_all_or_nothing() -> None:
    pbx, members = side()
    real = members.add

    async def add(pbx_name: str, queue: str, *more: object) -> None:
        if queue == "sales":
            raise Unavailable("away")
        await real(pbx_name, queue, *more)  # type: ignore[arg-type]

    members.add = add  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable):
        await pbx.join(DUTY, "李娜", PENALTIES)
    # What became of the second one is not known, so its end is asked for as well.
    assert members.asked == [
        ("add", "support", KEY[1], "李娜", 0, "break"),
        ("remove", "support", KEY[1]),
        ("remove", "sales", KEY[1]),
    ]
    assert not pbx.is_done(DUTY)
