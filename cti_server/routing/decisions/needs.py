"""Callers who need more than the queue asks: which agents are kept for them (pure; time is an argument).

A penalty belongs to a member and not to a caller, so that app_queue alone cannot ring other agents for one caller than
for the next. So each set of needs that waits in a queue has a slot of penalties of its own: the caller enters with
QUEUE_MIN_PENALTY and QUEUE_MAX_PENALTY of the slot, and an agent who can serve him is moved into it while it is his
turn, one for each caller. All others are rung as ever.

While nobody can be had for him, such a caller stands behind those who can be served: app_queue offers as many callers
as it has free members, from the head of the queue, and he would keep an agent free whom he may not have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.live.words import OWN_PENALTY, AgentState
from cti_server.routing.decisions.model import STAFFED, Caller, Member
from cti_server.routing.decisions.policy import Policy

SLOTS: Final = (1600, 1700, 1800, 1900, 2000)
"""Where a slot begins; it is as wide as members' own penalties. Above 2147 app_queue's arithmetic overflows."""
SLOTS_MOST: Final = SLOTS[-1] + OWN_PENALTY - 1
OPENS: Final = 120.0
"""Seconds of waiting after which the PBX opens every ring by itself (config/asterisk/queuerules_cti.conf)."""
BEHIND: Final = -10_000
"""Added to the priority of a caller for whom nobody can be had now."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Device → the slot in which it is to be; `behind`: callers (leg id) who let others pass now."""

    places: Mapping[str, int]
    behind: frozenset[str] = frozenset()


def level_now(policy: Policy, level: int, waited: float) -> int:
    """What is asked of an agent's level after so long: the queue's relaxing steps count for a flow's needs too."""
    reached = [step.level for step in policy.relaxing if step.after_seconds <= waited]
    return min([level, *reached])


def able(policy: Policy, caller: Caller, member: Member, now: float) -> bool:
    """Whether this agent may be rung for him now."""
    if caller.first and now < caller.first_until:
        return member.device == caller.first
    waited = now - caller.joined_at
    return all(member.skills.get(name, 0) >= level_now(policy, level, waited) for name, level in caller.needs.items())


def waits_for(caller: Caller, now: float) -> bool:
    """Whether his ring is narrower than the queue's."""
    return caller.slot is not None and now - caller.joined_at < OPENS


def kept(policy: Policy, callers: Sequence[Caller], members: Sequence[Member], now: float) -> Kept:
    """Who is kept for whom. `callers` in the order in which they are to be served."""
    places: dict[str, int] = {}
    without: list[Caller] = []
    plain = 0
    for caller in callers:
        if not waits_for(caller, now) or caller.slot is None:
            plain += 1
            continue
        free = [m for m in members if m.state in STAFFED and not m.reserved and m.device not in places]
        can = [member for member in free if able(policy, caller, member, now)]
        one = _one(can, caller.slot)
        spare = sum(member.state is AgentState.READY for member in free) > plain
        if one is not None and (spare or one.state is AgentState.ALERTING):
            places[one.device] = caller.slot
            continue
        without.append(caller)
        if one is None and not plain:
            # He is the next: whoever of them is free first is his.
            places |= {member.device: caller.slot for member in can}
    idle = any(m.state is AgentState.READY and m.device not in places for m in members)
    behind = frozenset(caller.leg_id for caller in without) if plain and idle else frozenset()
    return Kept(places, behind)


def _one(can: Sequence[Member], slot: int) -> Member | None:
    """Who is rung for him already, else the free one whom he has, else the free one who comes first."""
    here = [member for member in can if member.penalty // OWN_PENALTY * OWN_PENALTY == slot]
    ringing = next((member for member in here if member.state is AgentState.ALERTING), None)
    ready = [member for member in can if member.state is AgentState.READY]
    mine = next((member for member in ready if member in here), None)
    return ringing or mine or min(ready, key=lambda one: one.penalty % OWN_PENALTY, default=None)


def next_change(policy: Policy, caller: Caller, now: float) -> float | None:
    """When (unix seconds) his needs change next, if nothing happens; None for who has none."""
    if not waits_for(caller, now):
        return None
    times = [caller.joined_at + step.after_seconds for step in policy.relaxing] if caller.needs else []
    times += [caller.joined_at + OPENS, *([caller.first_until] if caller.first else [])]
    return min((at for at in times if at > now), default=None)
