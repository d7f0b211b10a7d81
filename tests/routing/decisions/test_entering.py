"""What the dialplan is told of a caller who enters a queue."""

from cti_server.live.words import AgentState
from cti_server.routing.decisions.entering import Arrival, asked_longer, way_in
from cti_server.routing.decisions.model import CustomerFacts
from cti_server.routing.decisions.policy import Policy
from tests.routing.decisions.made import NOW, member, rules

POLICY = rules(tiers={"add": {"gold": 5}}, prefer="lastAgent", prefer_seconds=15)


def test_a_caller_whom_nobody_knows_enters_as_ever() -> None:
    way = way_in(POLICY, Arrival("main:1", "support", NOW), [member()])
    assert way.variables == {"CTI_QUEUE_PRIO": "0", "CTI_QUEUE_MIN": "", "CTI_QUEUE_MAX": "", "CTI_QUEUE_RULE": ""}
    assert (way.decisions, way.reserve) == ((), None)


def test_the_last_agent_is_kept_for_him() -> None:
    known = CustomerFacts(tier="gold", last_agent=2)
    way = way_in(POLICY, Arrival("main:1", "support", NOW, known, extra=3), [member(1), member(2)])
    assert way.variables == {
        "CTI_QUEUE_PRIO": "8",
        "CTI_QUEUE_MIN": "1500",
        "CTI_QUEUE_MAX": "1599",
        "CTI_QUEUE_RULE": "cti-prefer-15",
    }
    assert way.reserve is not None
    assert (way.reserve.device, way.until) == ("PJSIP/1002", NOW + 15)
    assert [one.kind for one in way.decisions] == ["priority", "preferred"]


def test_a_last_agent_who_is_away_is_said_and_not_waited_for() -> None:
    known = CustomerFacts(last_agent=2)
    way = way_in(POLICY, Arrival("main:1", "support", NOW, known), [member(2, state=AgentState.NOT_READY)])
    assert way.reserve is None
    assert way.variables["CTI_QUEUE_RULE"] == ""
    assert way.decisions[0].reasons[0].code == "preferredAway"


def test_a_flow_may_ask_for_another_time() -> None:
    assert asked_longer(Policy(), 12).prefer_seconds == 15
    assert asked_longer(Policy(), 12).prefer == "lastAgent"
    assert asked_longer(POLICY, 0).prefer_seconds == 0
    assert asked_longer(POLICY, 600).prefer_seconds == 60
