"""All PBXs as one: the same names on two of them are two things."""

import pytest

from cti_server.live.facts import ListingBegun, Truth
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from tests.live.scripts import START, Story
from tests.live.test_resync import MEMBER, true

DEVICE = "PJSIP/1001"
TALKING = Truth(
    channels=(true("1", "PJSIP/trunk-1", bridge="b"), true("2", "PJSIP/1001-2", bridge="b")),
    queues=("support",),
    members=(MEMBER,),
)


def two() -> tuple[Pbxs, Pbx, Pbx]:
    north, south = Pbx("north"), Pbx("south")
    return Pbxs({"north": north, "south": south}), north, south


def test_the_same_channels_on_two_pbxs_are_two_calls_of_two_agents() -> None:
    both, north, south = two()
    for pbx in (north, south):
        pbx.apply(TALKING, START)
    assert set(both.calls) == {"north:1", "south:1"}
    assert set(both.agents) == {("north", DEVICE), ("south", DEVICE)}
    assert set(both.queues) == {("north", "support"), ("south", "support")}
    south.apply(Truth(queues=("support",), members=(MEMBER,)), START + 1)
    assert set(both.calls) == {"north:1"}
    assert both.agents["north", DEVICE].state == "busy"
    assert both.agents["south", DEVICE].state == "ready"


def test_it_is_live_and_knows_nothing_of_others() -> None:
    both, north, _ = two()
    assert len(both.agents) == 0
    assert not both.links["north"].up
    north.apply(TALKING, START)
    assert len(both.agents) == 1
    assert (both.links["north"].up, both.links["south"].up) == (True, False)
    assert ("south", DEVICE) not in both.agents
    assert ("west", DEVICE) not in both.agents
    assert ("north", DEVICE) in both.agents
    assert "north" not in both.agents
    with pytest.raises(KeyError):
        both.of("west")


def test_each_pbx_gets_its_own_calls_back_and_those_of_a_pbx_that_is_gone_are_left() -> None:
    before, north, south = two()
    west = Pbx("west")
    for pbx in (north, south, west):
        pbx.apply(TALKING, START)
    again, *_ = two()
    again.restore([*before.calls.values(), *west.calls.values()])
    assert set(again.calls) == {"north:1", "south:1"}
    assert again.of("north").calls["north:1"].segments == before.calls["north:1"].segments


def test_after_a_restart_an_agent_is_busy_since_his_call_began_and_not_since_the_restart() -> None:
    story = Story().member("1001").incoming().joins().rings("2", "1001").talk_of("1001", "2").after(50)
    again = Story().after(60)
    again.pbx.restore(story.pbx.calls.values())
    # The questions go out before the answers come: in between it is not known that he is a member at all.
    again.tell(ListingBegun()).after(1).tell(TALKING)
    agent = again.pbx.agents[DEVICE]
    assert (agent.state, agent.since) == ("busy", START)
