"""What the live calls and devices say to a shift, and what a console is shown of it (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass

from cti_server.agents.model import Device, Live, Profile
from cti_server.agents.shift.model import AcwJson, Duty, QueueChoice, Target, acw_json
from cti_server.agents.shift.reasons import Reason, RuleBook
from cti_server.core.errors import Conflict
from cti_server.live.views import AgentView, CallView
from cti_server.live.words import AgentState, LegRole, LegState, Place, SegmentKind, SegmentResult

_MISSED = frozenset({SegmentResult.NO_ANSWER, SegmentResult.REJECTED})
_TALKS = frozenset({SegmentKind.TALK, SegmentKind.CONFERENCE})


@dataclass(frozen=True, slots=True)
class ShiftJson:
    """An agent's shift as his console is given it. Unix seconds.

    `state` and `reason` are what was asked for; what the phone does is told by the agent's own state.
    """

    signed_in: bool
    state: str
    reason: str
    since: float | None
    limit_at: float | None
    overrun: bool
    next: Target | None
    acw: AcwJson | None
    reasons: tuple[Reason, ...]
    queues: tuple[QueueChoice, ...]
    tab: str
    """The browser tab that acts; empty: any."""


def shift_json(profile: Profile, duty: Duty | None, agent: AgentView | None, book: RuleBook, tab: str) -> ShiftJson:
    """A shift as it is shown; `duty` None: not signed in."""
    working = duty is not None and duty.acw is None
    return ShiftJson(
        signed_in=duty is not None and duty.signed_in,
        state=duty.shown_state if duty else AgentState.LOGGED_OFF,
        reason=duty.reason if duty and working else "",
        since=duty.since if duty else None,
        limit_at=duty.limit_at if duty and working else None,
        overrun=duty is not None and duty.overrun,
        next=duty.next if duty else None,
        acw=acw_json(duty.acw if duty else None, book.rules),
        reasons=tuple(reason for reason in book.reasons if reason.active),
        queues=shown_queues(profile, duty, agent),
        tab=tab,
    )


def shown_queues(profile: Profile, duty: Duty | None, agent: AgentView | None) -> tuple[QueueChoice, ...]:
    """The queues of a profile, and which of them the agent serves."""
    static = {one.queue for one in agent.memberships if not one.dynamic} if agent is not None else set()
    served = set(duty.queues) if duty is not None else set()
    return tuple(QueueChoice(one.queue, one.queue in served, one.queue in static) for one in profile.queues)


def queue_talk(call: CallView) -> Iterator[tuple[str, str]]:
    """Device and queue of everybody who talks in this call because a queue gave it to him, or because it was handed on.

    Whoever was only asked does not count: somebody to whom the queue gave the call is still on it, or the customer
    hears music. Once the last of those is gone, the call is in the hands of the one who talks to the customer.
    """
    talks = [part for part in call.segments if part.kind in _TALKS and part.ended_at is None and part.device]
    given = [part for part in talks if part.queue]
    if given:
        for part in given:
            yield part.device or "", part.queue or ""
    elif call.queue and _customer_talks(call):
        waiting = {leg.id for leg in call.legs if leg.place is Place.HOLD}
        for part in talks:
            if part.leg_id not in waiting:
                yield part.device or "", call.queue


def _customer_talks(call: CallView) -> bool:
    customers = [leg for leg in call.legs if leg.role is LegRole.CUSTOMER and leg.state is not LegState.CLEARED]
    return any(leg.place is not Place.HOLD for leg in customers)


def missed_offer(call: CallView, device: str) -> bool:
    """Whether the last ring of a device was a queue's offer that it let pass; a caller who gave up is not its fault."""
    rings = [part for part in call.segments if part.kind is SegmentKind.RING and part.device == device]
    return bool(rings) and rings[-1].queue is not None and rings[-1].result in _MISSED


def is_idle(live: Live, key: Device) -> bool:
    """No call rings the device or is on it."""
    agent = live.agents.get(key)
    return agent is None or (not agent.call_ids and agent.state not in (AgentState.BUSY, AgentState.ALERTING))


def is_busy(live: Live, key: Device) -> bool:
    """The device is on a call."""
    agent = live.agents.get(key)
    return agent is not None and agent.state is AgentState.BUSY


def check_calm(live: Live, key: Device) -> None:
    """Raise Conflict while the device rings: a change now would not take the ringing call away."""
    agent = live.agents.get(key)
    if agent is not None and agent.state is AgentState.ALERTING:
        raise Conflict("The phone is ringing; take the call first.", code="ringing")
