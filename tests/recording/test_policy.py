"""Which calls are kept, and for how long."""

import pytest

from cti_server.core.errors import BadInput
from cti_server.recording.policy import (
    CallFacts,
    KeepRule,
    Mode,
    Rule,
    Scope,
    Verdict,
    checked_keeping,
    checked_rules,
    days_kept,
    decide,
)


def call(call_id: str = "main:1", **more: object) -> CallFacts:
    return CallFacts(**{"call_id": call_id, "direction": "inbound", "dialled": "4000", **more})  # type: ignore[arg-type]


def test_without_rules_everything_is_kept_but_for_who_refuses() -> None:
    assert decide([], call()) is Verdict.KEEP
    assert decide([Rule(Scope.SITE)], call(consent="no")) is Verdict.DROP


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([Rule(Scope.SITE, mode=Mode.NEVER)], Verdict.DROP),
        ([Rule(Scope.SITE, mode=Mode.NEVER), Rule(Scope.QUEUE, "vip")], Verdict.KEEP),
        ([Rule(Scope.QUEUE, "vip"), Rule(Scope.AGENT, "7", Mode.NEVER)], Verdict.DROP),
        ([Rule(Scope.AGENT, "7", Mode.NEVER), Rule(Scope.AGENT, "8", Mode.DEMAND)], Verdict.DEMAND),
        ([Rule(Scope.AGENT, "7", Mode.NEVER), Rule(Scope.DID, "4000")], Verdict.KEEP),
        ([Rule(Scope.DIRECTION, "outbound", Mode.NEVER)], Verdict.KEEP),
    ],
)
def test_the_narrowest_rule_decides_and_of_several_the_one_that_keeps_most(
    rules: list[Rule], expected: Verdict
) -> None:
    assert decide(rules, call(queues=frozenset({"vip"}), user_ids=frozenset({7, 8}))) is expected


def test_a_share_is_drawn_by_the_calls_own_id_and_is_about_as_large_as_it_says() -> None:
    rule = Rule(Scope.SITE, mode=Mode.SHARE, share=0.25)
    kept = [decide([rule], call(f"main:pbx1-{n}.{n}")) for n in range(4000)]
    assert kept == [decide([rule], call(f"main:pbx1-{n}.{n}")) for n in range(4000)]
    assert 0.22 < kept.count(Verdict.KEEP) / 4000 < 0.28
    assert decide([Rule(Scope.SITE, mode=Mode.SHARE, share=1.0)], call()) is Verdict.KEEP


def test_outbound_is_kept_for_thirty_days_whatever_a_rule_says() -> None:
    rules = [KeepRule(Scope.QUEUE, 5, "vip"), KeepRule(Scope.SITE, 90)]
    assert days_kept(rules, "inbound", "vip", 180) == 5
    assert days_kept(rules, "outbound", "vip", 180) == 30
    assert days_kept(rules, "inbound", None, 180) == 90
    assert days_kept([], "inbound", "sales", 180) == 180
    with pytest.raises(BadInput) as refused:
        checked_keeping([KeepRule(Scope.DIRECTION, 29, "outbound")])
    assert refused.value.code == "bad_keep_days"
    assert checked_keeping([KeepRule(Scope.DIRECTION, 30, "outbound")])


@pytest.mark.parametrize(
    "rules",
    [
        [Rule(Scope.SITE, "x")],
        [Rule(Scope.QUEUE)],
        [Rule(Scope.AGENT, "li")],
        [Rule(Scope.DIRECTION, "sideways")],
        [Rule(Scope.SITE, mode=Mode.SHARE)],
        [Rule(Scope.SITE), Rule(Scope.SITE, mode=Mode.NEVER)],
    ],
)
def test_rules_that_mean_nothing_are_refused(rules: list[Rule]) -> None:
    with pytest.raises(BadInput):
        checked_rules(rules)
