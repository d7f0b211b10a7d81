"""Rules that do not fit each other are refused, and what is kept comes back."""

from typing import Any

import msgspec
import pytest

from cti_server.core.errors import BadInput
from cti_server.routing.decisions.policy import Policy, changed_parts, checked, decoded, encoded

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tiers": {"add": {"gold": 10}}, "aging": {"add": 1}, "ceiling": 10}, "ceiling"),
    ({"tiers": {"by": "data", "add": {"a": 1}}}, "tiers.name"),
    ({"tiers": {"by": "value", "add": {"gold": 1}}}, "tiers.add"),
    ({"level": 3}, "skills"),
    ({"skills": ["tax"], "level": 3, "relaxing": [{"after_seconds": 20, "level": 3}]}, "relaxing"),
    (
        {
            "skills": ["a"],
            "level": 5,
            "relaxing": [{"after_seconds": 20, "level": 3}, {"after_seconds": 20, "level": 2}],
        },
        "relaxing",
    ),
    ({"overflow": [{"when": "wait", "limit": 5, "to": "queue", "target": "support"}]}, "overflow"),
    ({"overflow": [{"when": "wait", "limit": 5, "to": "queue"}]}, "overflow"),
    ({"prefer": "owner"}, "prefer_seconds"),
    ({"choices": [{"name": "a", "value": "b", "queue": "support"}]}, "choices"),
]


@pytest.mark.parametrize(("parts", "field"), WRONG)
def test_what_does_not_fit_is_refused_with_its_field(parts: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(msgspec.convert(parts, Policy), "support")
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    "parts",
    [
        {"strategy": "fastest"},
        {"prefer_seconds": 7},
        {"prefer_seconds": 65},
        {"overflow": [{"when": "wait", "limit": 5, "to": "queue", "target": "a,b"}]},
        {"overflow": [{"when": "wait", "limit": 5, "to": "queue", "target": "${EXTEN}"}]},
        {"unknown": 1},
        {"aging": {"every_seconds": 1}},
    ],
)
def test_what_has_no_such_form_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(parts, Policy)


def test_what_is_kept_comes_back() -> None:
    policy = msgspec.convert(
        {
            "tiers": {"by": "value", "add": {"top1": 9}},
            "skills": ["税务"],
            "level": 2,
            "overflow": [{"when": "noAgent", "limit": 5, "to": "message", "target": "sorry"}],
        },
        Policy,
    )
    assert decoded(encoded(policy)) == policy
    assert changed_parts(Policy(), policy).keys() == {"tiers", "skills", "level", "overflow"}
    assert changed_parts(policy, policy) == {}


def test_what_the_rules_touch() -> None:
    assert not Policy().shapes_ring
    assert not Policy().orders_callers
    assert msgspec.convert({"aging": {"add": 1}}, Policy).orders_callers
    assert msgspec.convert({"strategy": "leastOccupied"}, Policy).shapes_ring
    assert not msgspec.convert({"strategy": "leastOccupied", "active": False}, Policy).shapes_ring
