"""From how a queue stands to what is to be done now (pure): the difference between what is and what should be.

Nothing is remembered here, so a restarted server comes to the same plan, and what is done already is not done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cti_server.routing.decisions import needs, strategies
from cti_server.routing.decisions.model import Caller, Decision, DecisionKind, Member, Reason
from cti_server.routing.decisions.policy import Overflow, Policy


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Give a caller this priority."""

    caller: Caller
    priority: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class SetPenalty:
    """Give a member this penalty."""

    device: str
    penalty: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Send a caller elsewhere; `info` as the dialplan reads it."""

    caller: Caller
    rule: Overflow
    decision: Decision

    @property
    def info(self) -> str:
        """`queue:sales`"""
        return f"{self.rule.to.value}:{self.rule.target}"


Step = SetPriority | SetPenalty | Withdraw


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in this order, and when to look again (unix seconds) if nothing happens before.

    `ring` are decisions on the ring of agents, to be kept once its penalties are set.
    """

    steps: tuple[Step, ...]
    ring: tuple[Decision, ...] = ()
    look_again: float | None = None


def plan(policy: Policy, queue: str, callers: Sequence[Caller], members: Sequence[Member], now: float) -> Plan:
    """What is to be done in a queue."""
    if not policy.active:
        return Plan(restored(members))
    here = [caller for caller in callers if not caller.held]
    leaving = _overflowing(policy, queue, here, len(callers), members, now)
    left = {step.caller.leg_id for step in leaving}
    staying = [caller for caller in here if caller.leg_id not in left]
    held = needs.kept(policy, _in_turn(policy, staying, now), members, now)
    raised = _raised(policy, queue, staying, now) if policy.orders_callers else []
    stepped = _stepped(policy, queue, staying, held.behind, now)
    ringed, told = _ringed(policy, queue, staying, members, now, held.places)
    return Plan((*ringed, *raised, *stepped, *leaving), told, _look_again(policy, staying, now))


def _in_turn(policy: Policy, callers: Sequence[Caller], now: float) -> list[Caller]:
    """As they are to be served; who lets others pass keeps his turn."""

    def turn(caller: Caller) -> tuple[int, float]:
        return -_wanted(policy, caller, now), caller.joined_at

    return sorted(callers, key=turn)


def _wanted(policy: Policy, caller: Caller, now: float) -> int:
    wanted = strategies.priority(policy, caller.facts, caller.data, now - caller.joined_at, caller.extra).value
    own = caller.priority - needs.BEHIND if caller.priority < 0 else caller.priority
    return max(wanted, own)


def _stepped(
    policy: Policy, queue: str, callers: Sequence[Caller], behind: frozenset[str], now: float
) -> list[SetPriority]:
    """Callers for whom nobody can be had step behind the others, and come back to the front of their equals."""
    steps: list[SetPriority] = []
    for caller in callers:
        stands_behind = caller.priority < 0
        if caller.slot is None or stands_behind == (caller.leg_id in behind):
            continue
        # Back he comes one point higher: among equals the PBX would put him last, though he came first.
        value = _wanted(policy, caller, now) + (1 if stands_behind else needs.BEHIND)
        reason = Reason("servedAgain" if stands_behind else "letsPass")
        shown = str(value) if stands_behind else "–"
        decision = Decision(caller.call_id, now, DecisionKind.PRIORITY, queue, shown, (reason,))
        steps.append(SetPriority(caller, value, decision))
    return steps


def restored(members: Sequence[Member]) -> tuple[SetPenalty, ...]:
    """Give members that we had moved their own penalty back."""
    return tuple(
        SetPenalty(one.device, one.penalty % strategies.OWN) for one in members if one.penalty >= strategies.OWN
    )


def _overflowing(
    policy: Policy, queue: str, callers: Sequence[Caller], waiting: int, members: Sequence[Member], now: float
) -> list[Withdraw]:
    steps: list[Withdraw] = []
    # From the end: who came last goes, and each who goes makes the queue shorter.
    for caller in sorted(callers, key=lambda one: -one.position):
        found = strategies.overflow(policy, caller, now - caller.joined_at, waiting - len(steps), members)
        if found is not None:
            rule, reason = found
            result = f"{rule.to.value}:{rule.target}"
            decision = Decision(caller.call_id, now, DecisionKind.OVERFLOW, queue, result, (reason,))
            steps.append(Withdraw(caller, rule, decision))
    return steps


def _raised(policy: Policy, queue: str, callers: Sequence[Caller], now: float) -> list[SetPriority]:
    steps: list[SetPriority] = []
    for caller in callers:
        if caller.priority < 0:
            continue  # he lets others pass
        wanted = strategies.priority(policy, caller.facts, caller.data, now - caller.joined_at, caller.extra)
        # Only upwards: a record that arrives late, or a clock that was set back, takes nothing from anybody.
        if wanted.value > caller.priority:
            decision = Decision(caller.call_id, now, DecisionKind.PRIORITY, queue, str(wanted.value), wanted.reasons)
            steps.append(SetPriority(caller, wanted.value, decision))
    # The highest first, so that nobody is overtaken for a moment by whom he is to overtake.
    return sorted(steps, key=lambda step: (-step.priority, step.caller.joined_at))


def _ringed(
    policy: Policy,
    queue: str,
    callers: Sequence[Caller],
    members: Sequence[Member],
    now: float,
    places: Mapping[str, int],
) -> tuple[list[SetPenalty], tuple[Decision, ...]]:
    waits = [now - caller.joined_at for caller in callers]
    width = strategies.ring(policy, max(waits, default=0.0))
    if not policy.shapes_ring:
        # Only who is reserved, and who was.
        wanted = [(one, strategies.RESERVED + one.penalty % strategies.OWN) for one in members if one.reserved]
        wanted += [(one, one.penalty % strategies.OWN) for one in members if not one.reserved and _was_ours(one)]
    else:
        wanted = [(one, strategies.penalty(policy, width, one)) for one in members]
    wanted = [(one, penalty) for one, penalty in wanted if one.device not in places] + [
        (one, places[one.device] + one.penalty % strategies.OWN) for one in members if one.device in places
    ]
    steps = [SetPenalty(one.device, penalty) for one, penalty in wanted if penalty != one.penalty]
    widened = any(
        strategies.RING_MOST < one.penalty < strategies.RESERVED
        and penalty <= strategies.RING_MOST
        and not one.reserved
        for one, penalty in wanted
    )
    if not (widened and width.after):
        return steps, ()
    reason = Reason("widened", {"level": width.level, "seconds": width.after})
    told = [
        Decision(caller.call_id, now, DecisionKind.RING, queue, str(width.level), (reason,))
        for caller in callers
        if now - caller.joined_at >= width.after
    ]
    return steps, tuple(told)


def _was_ours(member: Member) -> bool:
    return strategies.OUTSIDE <= member.penalty <= needs.SLOTS_MOST


def _look_again(policy: Policy, callers: Sequence[Caller], now: float) -> float | None:
    times: list[float] = []
    for caller in callers:
        waited = now - caller.joined_at
        value = strategies.priority(policy, caller.facts, caller.data, waited, caller.extra).value
        if (changes := needs.next_change(policy, caller, now)) is not None:
            times.append(changes)
        due = (strategies.next_aging(policy, value, waited), strategies.next_overflow(policy, waited))
        times += [caller.joined_at + one for one in due if one is not None]
    if callers:
        first = min(caller.joined_at for caller in callers)
        due_ring = strategies.next_ring(policy, now - first)
        if due_ring is not None:
            times.append(first + due_ring)
    return min(times, default=None)
