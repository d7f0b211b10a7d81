"""Who may do what."""

import pytest

from cti_server.core.errors import BadInput
from cti_server.monitoring.model import Act
from cti_server.monitoring.policy import Policy, Rule, Scope, Verdict, checked_rules, plain

EAR = frozenset({Act.LISTEN})


def test_where_nothing_was_set_supervisors_may_everything_and_agents_are_not_told() -> None:
    for act in Act:
        assert Policy().judge(9, act, queue="support", team="north") == Verdict(True, False)


def test_a_rule_of_the_site_holds_where_queue_and_team_have_none() -> None:
    policy = Policy([Rule(Scope.SITE, allow=EAR, tell_agent=True), Rule(Scope.QUEUE, "vip")])
    assert policy.judge(9, Act.LISTEN, queue="support", team="") == Verdict(True, True)
    assert policy.judge(9, Act.BARGE, queue=None, team="north") == Verdict(False, True)
    assert policy.judge(9, Act.BARGE, queue="vip", team="north") == Verdict(True, False)


def test_queue_and_team_both_have_to_allow_it_and_either_can_ask_that_the_agent_is_told() -> None:
    policy = Policy(
        [
            Rule(Scope.QUEUE, "vip", allow=EAR | {Act.WHISPER}),
            Rule(Scope.TEAM, "north", allow=EAR | {Act.BARGE}, users=frozenset({9}), tell_agent=True),
        ]
    )
    judged = {act: policy.judge(9, act, queue="vip", team="north").allowed for act in Act}
    assert [act for act, allowed in judged.items() if allowed] == [Act.LISTEN]
    assert policy.judge(9, Act.LISTEN, queue="vip", team="north").tell_agent
    assert not policy.judge(8, Act.LISTEN, queue="vip", team="north").allowed
    assert policy.judge(8, Act.WHISPER, queue="vip", team="south") == Verdict(True, False)


def test_a_team_without_a_name_is_nobodys_team() -> None:
    policy = Policy([Rule(Scope.SITE), Rule(Scope.TEAM, "x", allow=frozenset())])
    assert policy.judge(9, Act.LISTEN, queue=None, team="").allowed


@pytest.mark.parametrize(
    "rules",
    [
        [Rule(Scope.SITE, "named")],
        [Rule(Scope.QUEUE, "")],
        [Rule(Scope.TEAM, " x")],
        [Rule(Scope.TEAM, "a\nb")],
        [Rule(Scope.QUEUE, "a"), Rule(Scope.QUEUE, "a", allow=EAR)],
        [Rule(Scope.QUEUE, str(number)) for number in range(501)],
    ],
)
def test_rules_that_cannot_be_kept(rules: list[Rule]) -> None:
    with pytest.raises(BadInput):
        checked_rules(rules)


def test_the_same_name_for_a_queue_and_a_team_is_fine() -> None:
    policy = checked_rules([Rule(Scope.TEAM, "a"), Rule(Scope.QUEUE, "a"), Rule(Scope.SITE)])
    assert [rule.scope for rule in policy.rules] == ["site", "queue", "team"]
    assert plain(policy.rules[1])["name"] == "a"
