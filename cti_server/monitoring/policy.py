"""Who may do what on whose calls, and whether the agent is told (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.core.errors import BadInput
from cti_server.monitoring.model import Act

MOST_RULES: Final = 500


class Scope(StrEnum):
    """For which calls a rule holds."""

    SITE = "site"  # all of them, unless a queue or team has its own rule
    QUEUE = "queue"  # calls of this queue
    TEAM = "team"  # calls of agents of this team


@dataclass(frozen=True, slots=True)
class Rule:
    """What supervisors may do. `users` empty: all of them, admins too; else only these. `name` empty for the site."""

    scope: Scope
    name: str = ""
    allow: frozenset[Act] = frozenset(Act)
    users: frozenset[int] = frozenset()
    tell_agent: bool = False

    @property
    def key(self) -> tuple[Scope, str]:
        """What there can be one rule for."""
        return self.scope, self.name


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one act."""

    allowed: bool
    tell_agent: bool


EVERYTHING: Final = Rule(Scope.SITE)
"""What holds where nothing was set: supervisors may everything, agents are not told."""


class Policy:
    """The rules of a site."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (list(Scope).index(rule.scope), rule.name)))
        self._by_key = {rule.key: rule for rule in self.rules}

    def judge(self, user_id: int, act: Act, *, queue: str | None, team: str) -> Verdict:
        """May this supervisor do this on a call of that queue, of an agent of that team?

        A rule of the queue and one of the team both have to allow it, and either can ask that the agent is told.
        """
        own = [(Scope.QUEUE, queue), (Scope.TEAM, team)]
        rules = [self._by_key[scope, name] for scope, name in own if name and (scope, name) in self._by_key]
        if not rules:
            rules = [self._by_key.get((Scope.SITE, ""), EVERYTHING)]
        return Verdict(
            allowed=all(act in rule.allow and (not rule.users or user_id in rule.users) for rule in rules),
            tell_agent=any(rule.tell_agent for rule in rules),
        )


def checked_rules(rules: Sequence[Rule]) -> Policy:
    """A policy fit to be kept. Raises BadInput naming the field."""
    if len(rules) > MOST_RULES:
        raise BadInput("There are too many rules.", field="rules", allowed=f"at most {MOST_RULES}")
    for rule in rules:
        named = 1 <= len(rule.name) <= 100 and rule.name.isprintable() and rule.name.strip() == rule.name
        if (rule.scope is Scope.SITE) == bool(rule.name) or (rule.name and not named):
            raise BadInput(
                "A rule of the site has no name; one of a queue or team names it.",
                field="rules",
                allowed="a name of 1 to 100 characters for queues and teams, none for the site",
            )
    if len({rule.key for rule in rules}) != len(rules):
        raise BadInput("There are two rules for the same.", field="rules", allowed="one rule for each queue and team")
    return Policy(rules)


def plain(rule: Rule) -> dict[str, object]:
    """A rule for the audit log."""
    return {
        "scope": rule.scope.value,
        "name": rule.name,
        "allow": sorted(act.value for act in rule.allow),
        "users": sorted(rule.users),
        "tell_agent": rule.tell_agent,
    }
