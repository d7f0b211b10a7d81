"""The rules themselves: who comes first, who may be rung, who is sent elsewhere (pure; time is an argument).

Penalties as app_queue reads them: lower is rung first, and a caller's QUEUE_MAX_PENALTY leaves out who is above. We use
  0 to 999      in the ring: 100 × rank by the strategy + the member's own penalty (its last two digits)
  1000 to 1499  out of the ring, until it is widened
  1500 to 1599  reserved for a caller who enters with QUEUE_MIN_PENALTY=1500
  1600 to 2099  kept for callers with needs of their own, a hundred for each set of needs (needs.py)
Higher would overflow: app_queue multiplies a penalty by 1,000,000 in a 32-bit int (calc_metric).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.live.words import OWN_PENALTY, AgentState
from cti_server.routing.decisions.model import Caller, CustomerFacts, Member, Reason, Value, staffed
from cti_server.routing.decisions.policy import (
    VALUE_SHARES,
    VALUE_TIERS,
    Choice,
    Overflow,
    OverflowWhen,
    Policy,
    Preference,
    Strategy,
    TierBy,
)

OWN: Final = OWN_PENALTY
OUTSIDE: Final = 1000
RESERVED: Final = 1500
RING_MOST: Final = OUTSIDE - 1
RESERVED_MOST: Final = RESERVED + OWN - 1
_RANKS: Final = 10


@dataclass(frozen=True, slots=True)
class Priority:
    """A caller's priority and what it is made of."""

    value: int
    reasons: tuple[Reason, ...]


def priority(policy: Policy, facts: CustomerFacts, data: Mapping[str, str], waited: float, extra: int = 0) -> Priority:
    """base + tier + flow + waiting, at most `policy.highest`.

    Nobody starves: nobody begins at `highest` or above (a flow's points are cut below it), every caller comes to it in
    bounded time, and there all are served in the order in which they came to it.
    """
    parts = [Reason("base", {"add": policy.priority})] if policy.priority else []
    value = policy.priority
    tier = tier_of(policy, facts, data)
    if points := policy.tiers.add.get(tier, 0):
        parts.append(Reason("tier", {"tier": tier, "add": points}))
        value += points
    if extra:
        parts.append(Reason("flow", {"add": extra}))
        value += extra
    top = policy.highest
    if policy.aging.add:
        value = min(value, top - 1)
        steps = int(max(0.0, waited) // policy.aging.every_seconds)
        if added := min(steps * policy.aging.add, top - value):
            parts.append(Reason("waited", {"seconds": steps * policy.aging.every_seconds, "add": added}))
            value += added
            if value == top:
                parts.append(Reason("ceiling", {"priority": top}))
    return Priority(value, tuple(parts))


def tier_of(policy: Policy, facts: CustomerFacts, data: Mapping[str, str]) -> str:
    """The name of the tier by which the policy gives points; empty when nothing is known."""
    if policy.tiers.by is TierBy.VALUE:
        return facts.value_tier
    if policy.tiers.by is TierBy.DATA:
        return data.get(policy.tiers.name) or facts.fields.get(policy.tiers.name, "")
    return facts.tier


def value_tier(value: float | None, cuts: Sequence[float]) -> str:
    """The tier of a customer's value; `cuts` are the least values of top 1 %, top 5 % and top 20 %, falling."""
    if value is None or len(cuts) != len(VALUE_SHARES):
        return ""
    return next((name for name, cut in zip(VALUE_TIERS, cuts, strict=False) if value >= cut), VALUE_TIERS[-1])


def value_cuts(values: Iterable[float]) -> tuple[float, ...]:
    """The least values of top 1 %, top 5 % and top 20 % of these; empty for none. At least one customer is on top."""
    ordered = sorted(values, reverse=True)
    if not ordered:
        return ()
    return tuple(ordered[max(0, round(share * len(ordered)) - 1)] for share in VALUE_SHARES)


def next_aging(policy: Policy, value: int, waited: float) -> float | None:
    """Seconds of waiting at which this caller's priority rises again; None when it does not."""
    if not policy.aging.add or value >= policy.highest:
        return None
    return (int(max(0.0, waited) // policy.aging.every_seconds) + 1) * float(policy.aging.every_seconds)


@dataclass(frozen=True, slots=True)
class Ring:
    """Agents from `level` on are rung, for somebody has waited `after` seconds; level 0: all."""

    level: int
    after: int = 0


def ring(policy: Policy, longest_wait: float) -> Ring:
    """How wide the ring of agents is when the longest waiting caller has waited so long."""
    reached = [step for step in policy.relaxing if step.after_seconds <= longest_wait]
    return Ring(reached[-1].level, reached[-1].after_seconds) if reached else Ring(policy.level)


def next_ring(policy: Policy, longest_wait: float) -> float | None:
    """Seconds of waiting at which the ring is widened next."""
    return next((float(s.after_seconds) for s in policy.relaxing if s.after_seconds > longest_wait), None)


def level_of(policy: Policy, skills: Mapping[str, int]) -> int:
    """An agent's level for this queue: the lowest over the skills that it asks; 10 when it asks none."""
    return min((skills.get(name, 0) for name in policy.skills), default=10)


def penalty(policy: Policy, width: Ring, member: Member) -> int:
    """The penalty that a member should have."""
    own = member.penalty % OWN
    if member.reserved:
        return RESERVED + own
    level = level_of(policy, member.skills)
    rank = 0
    if policy.strategy is Strategy.SKILL_BASED:
        rank = _RANKS - max(1, min(_RANKS, level))
    elif policy.strategy is Strategy.LEAST_OCCUPIED:
        rank = min(_RANKS - 1, int(max(0.0, member.occupancy) * _RANKS))
    if policy.skills and level < width.level:
        return OUTSIDE + OWN * min(rank, (RESERVED - OUTSIDE) // OWN - 1) + own
    return OWN * rank + own


def first_of(policy: Policy, width: Ring, members: Iterable[Member], idle_since: Mapping[str, float]) -> Member | None:
    """Whom app_queue (strategy leastrecent) rings: the lowest penalty in the ring, then the longest idle."""
    able = [member for member in members if member.state is AgentState.READY]
    ranked = [(penalty(policy, width, one), idle_since.get(one.device, 0.0), one.device, one) for one in able]
    inside = [one for one in ranked if one[0] <= RING_MOST]
    return min(inside)[3] if inside else None


def overflow(policy: Policy, caller: Caller, waited: float, waiting: int, members: Sequence[Member]) -> (
    tuple[Overflow, Reason] | None
):  # fmt: skip
    """Where a caller is sent, and why; None: he stays. Nobody comes to a queue twice or is asked twice."""
    if caller.stands_in:
        return None  # he is called back already
    for rule in policy.overflow:
        if rule.to == "queue" and rule.target in caller.visited:
            continue
        if rule.to == "callback" and caller.offered:
            continue
        reason = _overflows(rule, caller, waited, waiting, members)
        if reason is not None:
            return rule, reason
    return None


def _overflows(rule: Overflow, caller: Caller, waited: float, waiting: int, members: Sequence[Member]) -> Reason | None:
    if rule.when is OverflowWhen.WAIT and waited >= rule.limit:
        return Reason("overflowWait", {"seconds": int(waited), "limit": rule.limit})
    if rule.when is OverflowWhen.LENGTH and waiting > rule.limit and caller.position > rule.limit:
        return Reason("overflowLength", {"waiting": waiting, "limit": rule.limit})
    if rule.when is OverflowWhen.NO_AGENT and waited >= rule.limit and not staffed(members):
        return Reason("overflowNoAgent", {"seconds": int(waited)})
    return None


def next_overflow(policy: Policy, waited: float) -> float | None:
    """Seconds of waiting at which a rule may hold that does not yet."""
    later = [float(r.limit) for r in policy.overflow if r.when is not OverflowWhen.LENGTH and r.limit > waited]
    return min(later, default=None)


def preferred(policy: Policy, facts: CustomerFacts, members: Iterable[Member]) -> tuple[Member | None, Reason | None]:
    """Who is asked first, and why or why not; (None, None) when the policy or the customer names nobody."""
    if policy.prefer is Preference.NOBODY or not policy.prefer_seconds:
        return None, None
    owner = facts.owner if policy.prefer is Preference.OWNER else None
    code, user = ("owner", owner) if owner is not None else ("lastAgent", facts.last_agent)
    if user is None:
        return None, None
    values: dict[str, Value] = {"user": user, "seconds": policy.prefer_seconds}
    for member in members:
        if member.user_id == user and member.state in (AgentState.READY, AgentState.BUSY, AgentState.ALERTING,
                                                       AgentState.WORKING_AFTER_CALL):  # fmt: skip
            return member, Reason(code, values)
    return None, Reason("preferredAway", values)


def choose_queue(choices: Iterable[Choice], data: Mapping[str, str], queue: str) -> tuple[str, Reason | None]:
    """The queue that the call's data ask for, and why; `queue` when none does."""
    for choice in choices:
        if data.get(choice.name) == choice.value:
            return choice.queue, Reason("data", {"name": choice.name, "value": choice.value})
    return queue, None
