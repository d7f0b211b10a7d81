"""Which calls are recorded, decided by rules (pure).

The PBX begins every recording that its dialplan allows; a rule then keeps it, drops it, or keeps it silent until
somebody asks. Rules of a number that was dialled, an agent and a queue go before those of a direction and of the site;
of several agents and queues of one call the one that keeps most decides.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.core.errors import BadInput

MOST_RULES: Final = 500
LEAST_OUTBOUND_DAYS: Final = 30
"""Recordings of outbound calls are proof of consent and are kept at least so long."""
MOST_DAYS: Final = 36_500
_STEPS: Final = 10_000


class Scope(StrEnum):
    """For which calls a rule holds, the strongest first."""

    DID = "did"  # the number that was dialled
    AGENT = "agent"  # a user's number
    QUEUE = "queue"
    DIRECTION = "direction"  # inbound, outbound
    SITE = "site"


class Mode(StrEnum):
    """What happens to a call's recording."""

    ALL = "all"
    SHARE = "share"  # a part of the calls, chosen by the call's own id
    DEMAND = "demand"  # silent until somebody asks for it
    NEVER = "never"


class Verdict(StrEnum):
    """What was decided, the one that keeps most first."""

    KEEP = "keep"
    DEMAND = "demand"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` empty for the site; `share` 0 to 1, for mode share alone."""

    scope: Scope
    name: str = ""
    mode: Mode = Mode.ALL
    share: float | None = None


@dataclass(frozen=True, slots=True)
class KeepRule:
    """For how many days recordings of a class (queue, direction or site) are kept."""

    scope: Scope
    days: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a decision knows of a call."""

    call_id: str
    direction: str
    dialled: str = ""
    queues: frozenset[str] = frozenset()
    user_ids: frozenset[int] = frozenset()
    consent: str = ""


def decide(rules: Iterable[Rule], call: CallFacts) -> Verdict:
    """Whether this call is kept. A caller who refused is not; without any rule everything is."""
    if call.consent == "no":
        return Verdict.DROP
    by_key = {(rule.scope, rule.name): rule for rule in rules}
    names: dict[Scope, list[str]] = {
        Scope.DID: [call.dialled],
        Scope.AGENT: [str(user_id) for user_id in sorted(call.user_ids)],
        Scope.QUEUE: sorted(call.queues),
        Scope.DIRECTION: [call.direction],
        Scope.SITE: [""],
    }
    for scope in Scope:
        found = [by_key[scope, name] for name in names[scope] if (scope, name) in by_key]
        if found:
            return min((_verdict(rule, call) for rule in found), key=list(Verdict).index)
    return Verdict.KEEP


def _verdict(rule: Rule, call: CallFacts) -> Verdict:
    if rule.mode is Mode.ALL:
        return Verdict.KEEP
    if rule.mode is Mode.DEMAND:
        return Verdict.DEMAND
    if rule.mode is Mode.NEVER:
        return Verdict.DROP
    # By the call's own id, so that every node and every new start decides alike.
    drawn = zlib.crc32(call.call_id.encode()) % _STEPS / _STEPS
    return Verdict.KEEP if drawn < (rule.share or 0.0) else Verdict.DROP


def days_kept(rules: Iterable[KeepRule], direction: str, queue: str | None, default: int) -> int:
    """For how many days a recording is kept: of its queue, else its direction, else the site's rule, else `default`."""
    by_key = {(rule.scope, rule.name): rule.days for rule in rules}
    keys = [(Scope.QUEUE, queue or ""), (Scope.DIRECTION, direction), (Scope.SITE, "")]
    days = next((by_key[key] for key in keys if key in by_key), default)
    return max(days, LEAST_OUTBOUND_DAYS) if direction == "outbound" else days


def checked_rules(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rules fit to be kept. Raises BadInput naming the field."""
    if len(rules) > MOST_RULES:
        raise BadInput("There are too many rules.", field="rules", allowed=f"at most {MOST_RULES}")
    for rule in rules:
        _check_name(rule.scope, rule.name)
        if (rule.mode is Mode.SHARE) != (rule.share is not None):
            raise BadInput("A share belongs to the mode share.", field="share", allowed="0 to 1, with mode share only")
    _check_once([(rule.scope, rule.name) for rule in rules])
    return tuple(rules)


def checked_keeping(rules: Sequence[KeepRule]) -> tuple[KeepRule, ...]:
    """Rules of keeping fit to be kept. Raises BadInput; outbound below 30 days is refused."""
    for rule in rules:
        _check_name(rule.scope, rule.name)
        if rule.scope in (Scope.DID, Scope.AGENT):
            raise BadInput("Keeping goes by queue, direction or site.", field="scope", allowed="queue, direction, site")
        least = LEAST_OUTBOUND_DAYS if (rule.scope, rule.name) == (Scope.DIRECTION, "outbound") else 1
        if not least <= rule.days <= MOST_DAYS:
            raise BadInput(
                "That is too short or too long.", field="days", allowed=f"{least} to {MOST_DAYS}", code="bad_keep_days"
            )
    _check_once([(rule.scope, rule.name) for rule in rules])
    return tuple(rules)


def _check_name(scope: Scope, name: str) -> None:
    if (scope is Scope.SITE) == bool(name) or len(name) > 100 or (name and not name.isprintable()):
        raise BadInput("A rule names what it is for.", field="name", allowed="1 to 100 characters; none for the site")
    if scope is Scope.DIRECTION and name not in ("inbound", "outbound", "internal"):
        raise BadInput("There is no such direction.", field="name", allowed="inbound, outbound, internal")
    if scope is Scope.AGENT and not name.isdigit():
        raise BadInput("An agent is named by his number.", field="name", allowed="a user's number")


def _check_once(keys: Sequence[tuple[Scope, str]]) -> None:
    if len(set(keys)) != len(keys):
        raise BadInput("There are two rules for the same.", field="rules", allowed="one rule for each")
