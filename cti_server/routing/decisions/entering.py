"""How a caller is to enter a queue: which one, with which priority, and who is asked first (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from cti_server.routing.decisions import strategies
from cti_server.routing.decisions.model import NOBODY, CustomerFacts, Decision, DecisionKind, Member
from cti_server.routing.decisions.policy import PREFER_MOST, PREFER_STEP, Policy, Preference


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who is about to enter a queue. `extra` points, and seconds for the last agent, that a flow gives him."""

    call_id: str
    queue: str
    at: float
    facts: CustomerFacts = NOBODY
    data: Mapping[str, str] | None = None
    extra: int = 0
    prefer_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """`variables` for the context cti-queue; `reserve` the member to be kept for him, until then (unix seconds)."""

    priority: int
    variables: dict[str, str]
    decisions: tuple[Decision, ...]
    reserve: Member | None = None
    until: float = 0.0


def way_in(policy: Policy, arrival: Arrival, members: list[Member]) -> Way:
    """How he enters. All variables are named each time, so that none is left from an earlier queue."""
    data = arrival.data or {}
    first = strategies.priority(policy, arrival.facts, data, 0.0, arrival.extra)
    told = []
    if first.value:
        told.append(
            Decision(arrival.call_id, arrival.at, DecisionKind.PRIORITY, arrival.queue, str(first.value), first.reasons)
        )
    variables = {"CTI_QUEUE_PRIO": str(first.value), "CTI_QUEUE_MIN": "", "CTI_QUEUE_MAX": "", "CTI_QUEUE_RULE": ""}
    if arrival.prefer_seconds is not None:
        policy = asked_longer(policy, arrival.prefer_seconds)
    member, reason = strategies.preferred(policy, arrival.facts, members)
    if reason is not None:
        result = member.device if member is not None else ""
        told.append(Decision(arrival.call_id, arrival.at, DecisionKind.PREFERRED, arrival.queue, result, (reason,)))
    if member is None:
        return Way(first.value, variables, tuple(told))
    seconds = policy.prefer_seconds
    variables |= {
        "CTI_QUEUE_MIN": str(strategies.RESERVED),
        "CTI_QUEUE_MAX": str(strategies.RESERVED_MOST),
        "CTI_QUEUE_RULE": f"cti-prefer-{seconds}",
    }
    return Way(first.value, variables, tuple(told), member, arrival.at + seconds)


def asked_longer(policy: Policy, seconds: int) -> Policy:
    """The policy with the last agent first for as many seconds as a flow says, in whole steps; 0: nobody first."""
    steps = min(PREFER_MOST, -(-max(0, seconds) // PREFER_STEP) * PREFER_STEP)
    prefer = policy.prefer if policy.prefer is not Preference.NOBODY else Preference.LAST_AGENT
    return replace(policy, prefer=prefer, prefer_seconds=steps)
