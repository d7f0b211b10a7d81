"""Memberships on the PBX: what is asked, and what an answer means."""

import pytest

from cti_server.agents.members import MemberKeeper, PbxMembers
from cti_server.agents.model import MemberChange, Profile, QueuePlace
from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.live.views import MembershipView
from tests.agents.people import AskedMembers
from tests.calls.made import agent

KEY = ("main", "PJSIP/1001")


def profile(*places: tuple[str, int], device: str = "PJSIP/1001") -> Profile:
    return Profile(1, "main", device, tuple(QueuePlace(*place) for place in places))


class Link:
    """Answers every action with one refusal, or with success."""

    def __init__(self, refusal: str | None) -> None:
        self.refusal = refusal
        self.sent: list[tuple[str, Action]] = []

    async def send(self, pbx: str, action: Action) -> Reply:
        self.sent.append((pbx, action))
        if self.refusal:
            raise AmiRefused(action.name, self.refusal)
        return Reply("1", {})


async def test_actions_are_addressed_to_the_pbx() -> None:
    link = Link(None)
    members = PbxMembers(link.send)
    await members.add("main", "客服", "PJSIP/1001", "李娜", 3)
    await members.remove("main", "客服", "PJSIP/1001")
    assert [(pbx, action.name) for pbx, action in link.sent] == [("main", "QueueAdd"), ("main", "QueueRemove")]
    assert {"Queue: 客服", "Interface: PJSIP/1001", "MemberName: 李娜", "Penalty: 3"} <= set(link.sent[0][1].lines)


@pytest.mark.parametrize(
    ("text", "add_fails", "remove_fails"),
    [
        ("Unable to add interface: Already there", False, True),
        ("Unable to remove interface: Not there", True, False),
        ("Unable to remove interface from queue: No such queue", True, False),
        ("Member not dynamic", True, True),
        ("Permission denied", True, True),
    ],
)
async def test_what_is_so_already_is_fine_and_nothing_else(text: str, add_fails: bool, remove_fails: bool) -> None:
    members = PbxMembers(Link(text).send)
    for fails, work in (
        (add_fails, members.add("main", "q", "PJSIP/1", "", 0)),
        (remove_fails, members.remove("main", "q", "PJSIP/1")),
    ):
        if fails:
            with pytest.raises(AmiRefused):
                await work
        else:
            await work


async def test_only_what_differs_is_asked() -> None:
    members = AskedMembers()
    live = {
        KEY: agent(memberships=(MembershipView("a", 0), MembershipView("b", 1), MembershipView("s", 9, dynamic=False)))
    }
    keeper = MemberKeeper(members, live)
    done = await keeper.change(profile(("a", 0), ("x", 0)), profile(("a", 0), ("b", 2), ("c", 0), ("s", 1)), "李娜")
    assert members.asked == [
        ("remove", "x", "PJSIP/1001"),
        ("penalty", "b", "PJSIP/1001", 2),
        ("add", "c", "PJSIP/1001", "李娜", 0),
    ]
    assert done == [
        MemberChange("x", "remove", True),
        MemberChange("b", "penalty", True),
        MemberChange("c", "add", True),
    ]


async def test_a_new_device_leaves_the_old_one_in_no_queue() -> None:
    members = AskedMembers()
    await MemberKeeper(members, {}).change(profile(("a", 0)), profile(("a", 0), device="PJSIP/2"), "")
    assert members.asked == [("remove", "a", "PJSIP/1001"), ("add", "a", "PJSIP/2", "", 0)]


async def test_what_could_not_be_ended_is_tried_again_unless_it_is_wanted_again() -> None:
    members = AskedMembers()
    members.away()
    keeper = MemberKeeper(members, {})
    done = await keeper.change(profile(("a", 0), ("b", 0)), None, "")
    assert [(one.done, one.reason) for one in done] == [(False, "The PBX is away.")] * 2
    assert not (await keeper.bring(profile(("b", 0)), ""))[0].done
    members.fault = None
    members.asked.clear()
    await keeper.retry_removals("other")
    await keeper.retry_removals("main")
    await keeper.retry_removals("main")
    assert members.asked == [("remove", "a", "PJSIP/1001")]


async def test_a_paused_member_is_added_and_given_his_reason() -> None:
    link = Link(None)
    members = PbxMembers(link.send)
    await members.add("main", "q", "PJSIP/1001", "李娜", 0, "午休")
    assert [action.name for _, action in link.sent] == ["QueueAdd", "QueuePause"]
    assert "Paused: true" in link.sent[0][1].lines
    assert set(link.sent[1][1].lines) == {"Interface: PJSIP/1001", "Paused: true", "Queue: q", "Reason: 午休"}
    await members.pause("main", "PJSIP/1001", None)
    assert set(link.sent[2][1].lines) == {"Interface: PJSIP/1001", "Paused: false"}


async def test_a_member_of_the_configuration_cannot_leave() -> None:
    assert await PbxMembers(Link("Member not dynamic").send).leave("main", "q", "PJSIP/1") is False
    assert await PbxMembers(Link("Unable to remove interface: Not there").send).leave("main", "q", "PJSIP/1") is True
    with pytest.raises(AmiRefused):
        await PbxMembers(Link("Permission denied").send).leave("main", "q", "PJSIP/1")


async def test_a_penalty_that_routing_ranked_is_still_the_members_own() -> None:
    """1305 is 5, outside the ring: taking him out and in again would undo it and forget his calls."""
    members = AskedMembers()
    ranked = agent(memberships=(MembershipView("support", 1305), MembershipView("sales", 204)))
    keeper = MemberKeeper(members, {KEY: ranked})
    await keeper.bring(profile(("support", 5), ("sales", 3)), "Li")
    assert members.asked == [("penalty", "sales", "PJSIP/1001", 3)]
