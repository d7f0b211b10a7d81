"""The draw: repeatable, explained, fair to each stratum."""

import random
from collections import Counter
from typing import Any

import pytest

from cti_server.recording.qa.assignment.model import Candidate, PlanRules, Stratum, draw, fits

AT = 1_796_000_000.0


def call(n: int, agent: int = 7, **more: Any) -> Candidate:
    told = {"team": "north", "queue": "vip", "outcome": "answered", "at": AT + n, "seconds": 100.0,
            "longest_silence": 3.0, "low_csat": False, "complaint": False, "first_at": AT - 400 * 86_400,
            **more}  # fmt: skip
    return Candidate(subject_id=str(n), agent_id=agent, **told)


def test_the_same_seed_gives_the_same_draw_whatever_the_order() -> None:
    calls = [call(n, agent=n % 3) for n in range(60)]
    mixed = calls[:]
    random.Random(5).shuffle(mixed)
    one, other = draw(PlanRules(seed=3), calls, "w", {}), draw(PlanRules(seed=3), mixed, "w", {})
    assert one == other
    assert [d.candidate for d in one] != [d.candidate for d in draw(PlanRules(seed=4), calls, "w", {})]
    assert [d.candidate for d in one] != [d.candidate for d in draw(PlanRules(seed=3), calls, "v", {})]
    assert Counter(d.candidate.agent_id for d in one) == {0: 3, 1: 3, 2: 3}
    assert one[0].why == {"seed": "3/w/0", "stratum": [], "of": 20, "nth": 1}


def test_each_stratum_has_its_turn() -> None:
    calls = [call(n) for n in range(50)] + [call(90, queue="rare"), call(91, seconds=900.0)]
    rules = PlanRules(per_agent=3, strata=[Stratum.QUEUE, Stratum.LENGTH])
    drawn = draw(rules, calls, "w", {})
    assert sorted(tuple(d.why["stratum"]) for d in drawn) == [("rare", "short"), ("vip", "long"), ("vip", "short")]


def test_what_was_drawn_already_counts_and_nothing_is_drawn_twice() -> None:
    calls = [call(n) for n in range(2)]
    assert len(draw(PlanRules(per_agent=5), calls, "w", {})) == 2
    assert len(draw(PlanRules(per_agent=3), [call(n) for n in range(9)], "w", {7: 2})) == 1
    assert draw(PlanRules(per_agent=3), calls, "w", {7: 3}) == []


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ({"queues": ["vip"]}, {}, {"queue": "sales"}),
        ({"teams": ["north"]}, {}, {"team": "south"}),
        ({"min_seconds": 60.0}, {"seconds": 60.0}, {"seconds": 59.9}),
        ({"max_seconds": 60.0}, {"seconds": 60.0}, {"seconds": 61.0}),
        ({"min_silence": 20.0}, {"longest_silence": 20.0}, {"longest_silence": None}),
        ({"complaint": True}, {"complaint": True}, {"low_csat": True}),
        ({"low_csat": True, "complaint": True}, {"low_csat": True}, {}),
        ({"low_csat": True}, {"csat": 2}, {"csat": 3}),
        ({"low_csat": True, "csat_at_most": 3}, {"csat": 3}, {"csat": 4}),
        ({"low_csat": True}, {"detractor": True}, {"complaint": True}),
        ({"new_days": 30}, {"first_at": AT - 86_400}, {}),
    ],
)
def test_filters(rules: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert fits(PlanRules(**rules), call(0, **good))
    assert not fits(PlanRules(**rules), call(0, **bad))


def test_it_says_what_it_was_looked_for() -> None:
    (drawn,) = draw(PlanRules(low_csat=True, complaint=True), [call(1, csat=1, detractor=True)], "w", {})
    assert drawn.why["because"] == ["csat", "nps"]
    (drawn,) = draw(PlanRules(), [call(1, csat=1, complaint=True)], "w", {})
    assert "because" not in drawn.why, "this plan looks for neither"
