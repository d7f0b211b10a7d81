"""The shift of an agent as a state machine: what he is, what follows, and what the PBX shall know of it (pure).

A duty has a base (logged off, ready, not ready with a reason) that changes only when somebody asks for it or a rule
takes readiness away; nothing here makes an agent ready by itself. Over the base lie a call of a queue (`talk`) and the
after-call work that follows it (`acw`); when both are over, `next` is applied if one was chosen, else the base stands.
All times are unix seconds to the microsecond, as the database keeps them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from cti_server.agents.model import Profile
from cti_server.core.errors import BadInput
from cti_server.live.views import AgentView
from cti_server.live.words import ACW_REASON, AgentState

SIGNED_IN: Final = "signedIn"
SIGNED_OUT: Final = "signedOut"
RONA: Final = "rona"
FORCED: Final = "forced"
LOST_TAB: Final = "lostTab"
RESERVED: Final = frozenset({ACW_REASON, SIGNED_IN, SIGNED_OUT, RONA, FORCED, LOST_TAB})
"""Reasons that the server sets itself; no list of reasons may hold them."""

_OFF, _READY, _NOT_READY = AgentState.LOGGED_OFF, AgentState.READY, AgentState.NOT_READY
STATES: Final = (_OFF, _READY, _NOT_READY)


@dataclass(frozen=True, slots=True)
class ShiftRules:
    """What the site decides. Seconds."""

    rona_after: int = 2
    """Unanswered offers in a row after which an agent is not ready."""
    lost_tab_grace: float = 60.0
    """How long an agent without a listening console stays as he is."""
    lost_tab_signs_out: bool = False
    """Sign him out then, instead of making him not ready."""
    acw_seconds: int = 20
    """After-call work of queues for which nothing else was set."""
    acw_extension: float = 30.0
    acw_most: float = 300.0
    """Longest after-call work that extensions can make."""


@dataclass(frozen=True, slots=True)
class Target:
    """A base to come into: a state of STATES, with a reason when it is not ready."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """A call of a queue that the agent has now, and what follows it."""

    call_id: str
    queue: str
    acw_seconds: float
    outcome_required: bool = False


@dataclass(frozen=True, slots=True)
class Acw:
    """After-call work until a moment; with `outcome_required` it does not end before an outcome was saved."""

    call_id: str
    queue: str
    started_at: float
    until: float
    outcome_required: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the PBX shall have: a member or none, and the reason of his pause (None: not paused)."""

    member: bool
    pause: str | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """An agent's shift."""

    user_id: int
    pbx: str
    device: str
    queues: tuple[str, ...]
    state: str
    reason: str
    since: float
    """When the base began."""
    limit_at: float | None = None
    """When the base lasts too long."""
    overrun: bool = False
    """That has been told."""
    missed: int = 0
    """Unanswered offers in a row."""
    next: Target | None = None
    talk: Talk | None = None
    acw: Acw | None = None
    console: bool = False
    """A console has listened during this shift, so that its loss means something."""

    @property
    def signed_in(self) -> bool:
        """Whether he works."""
        return self.state != _OFF

    @property
    def key(self) -> tuple[str, str]:
        """PBX and device."""
        return self.pbx, self.device

    @property
    def shown_state(self) -> str:
        """The base, or workingAfterCall."""
        return AgentState.WORKING_AFTER_CALL if self.acw else self.state


def wanted(duty: Duty) -> Wanted:
    """What the PBX shall have.

    During a call of a queue he is paused already: were he not, the queue could offer him the next call in the moment
    between the end of this one and our pause. His device is busy, so nobody sees the pause. The same holds for a state
    chosen for after the call.
    """
    if not duty.signed_in:
        return Wanted(member=False, pause=SIGNED_OUT)
    if duty.acw or (duty.talk and duty.talk.acw_seconds > 0):
        return Wanted(member=True, pause=ACW_REASON)
    if duty.next is not None and duty.next.state != _READY:
        return Wanted(member=True, pause=duty.next.reason or SIGNED_OUT)
    return Wanted(member=True, pause=None if duty.state == _READY else duty.reason)


# -- what happens to a duty. Each function answers with the duty as it is afterwards.


def signed_in(before: Duty | None, profile: Profile, queues: Sequence[str], at: float) -> Duty:
    """He begins to work, not ready; who works already with this device only changes his queues."""
    if before is not None and before.signed_in and before.key == profile.key:
        return replace(before, queues=tuple(queues))
    return Duty(profile.user_id, profile.pbx, profile.device, tuple(queues), _NOT_READY, SIGNED_IN, round(at, 6))


def adopted(profile: Profile, agent: AgentView, at: float) -> Duty:
    """The shift of somebody whom the PBX has in queues without our doing: he is what his memberships say."""
    queues = tuple(sorted(membership.queue for membership in agent.memberships))
    paused = [membership for membership in agent.memberships if membership.paused]
    base = Duty(profile.user_id, profile.pbx, profile.device, queues, _READY, "", round(at, 6))
    if len(paused) < len(agent.memberships):
        return base
    reason = paused[-1].reason if paused else ""
    return replace(base, state=_NOT_READY, reason=SIGNED_IN if reason in ("", ACW_REASON) else reason)


def signed_out(duty: Duty, at: float) -> Duty:
    """He stops working."""
    return Duty(duty.user_id, duty.pbx, duty.device, (), _OFF, "", round(at, 6))


def came_into(duty: Duty, target: Target, limit: float | None, at: float) -> Duty:
    """He is in another base from now on; after-call work ends. `limit`: seconds that the reason may last."""
    if target.state == _OFF:
        return signed_out(duty, at)
    start = round(at, 6)
    reason = target.reason if target.state == _NOT_READY else ""
    limit_at = round(start + limit, 6) if limit and target.state == _NOT_READY else None
    return replace(
        duty,
        state=target.state,
        reason=reason,
        since=start,
        limit_at=limit_at,
        overrun=False,
        missed=0,
        next=None,
        acw=None,
    )


def chose_next(duty: Duty, target: Target | None) -> Duty:
    """What he shall come into after this call and its work; None takes the choice back."""
    return replace(duty, next=target)


def answered(duty: Duty, talk: Talk) -> Duty:
    """He has taken a call of a queue."""
    if not duty.signed_in or duty.talk is not None:
        return duty
    return replace(duty, talk=talk, acw=None, missed=0)


def idle(duty: Duty, at: float, limits: Mapping[str, float | None]) -> Duty:
    """His device has no call (any more): after a queue's call its work begins, else what was chosen is applied."""
    talk = duty.talk
    if talk is not None and talk.acw_seconds > 0 and duty.signed_in:
        start = round(at, 6)
        until = round(start + talk.acw_seconds, 6)
        acw = Acw(talk.call_id, talk.queue, start, until, talk.outcome_required)
        return replace(duty, talk=None, acw=acw)
    duty = replace(duty, talk=None) if talk is not None else duty
    return duty if duty.acw is not None else _apply_next(duty, at, limits)


def work_done(duty: Duty, at: float, limits: Mapping[str, float | None]) -> Duty:
    """The after-call work is over."""
    if duty.acw is None:
        return duty
    after = _apply_next(replace(duty, acw=None, overrun=False), at, limits)
    return replace(after, since=round(at, 6)) if after.state == _READY else after


def _apply_next(duty: Duty, at: float, limits: Mapping[str, float | None]) -> Duty:
    return came_into(duty, duty.next, limits.get(duty.next.reason), at) if duty.next is not None else duty


def extended(duty: Duty, rules: ShiftRules) -> Duty:
    """More time for the after-call work, up to the longest that is allowed."""
    acw = duty.acw
    if acw is None:
        return duty
    until = min(acw.until + rules.acw_extension, acw.started_at + rules.acw_most)
    return replace(duty, acw=replace(acw, until=round(max(until, acw.until), 6)))


def let_ring(duty: Duty, rules: ShiftRules, at: float) -> Duty:
    """He did not answer an offer of a queue; after too many in a row he is not ready."""
    if duty.state != _READY or duty.talk is not None:
        return duty
    if duty.missed + 1 < rules.rona_after:
        return replace(duty, missed=duty.missed + 1)
    return came_into(duty, Target(_NOT_READY, RONA), None, at)


def lost_tab(duty: Duty, rules: ShiftRules, busy: bool, at: float) -> Duty:
    """Nobody has looked at his console for too long: he cannot be ready, nor become it. A call is left alone."""
    if not duty.signed_in:
        return duty
    target = Target(_OFF) if rules.lost_tab_signs_out else Target(_NOT_READY, LOST_TAB)
    if busy or duty.talk or duty.acw:
        stays = duty.next is None and duty.state == _NOT_READY and target.state != _OFF
        chosen = duty.next is not None and duty.next.state != _READY and target.state != _OFF
        return duty if stays or chosen else replace(duty, next=target)
    if target.state == _NOT_READY and duty.state == _NOT_READY:
        return replace(duty, next=None)
    return came_into(duty, target, None, at)


def overran(duty: Duty) -> Duty:
    """That it lasts too long has been told."""
    return replace(duty, overrun=True)


def queues_changed(duty: Duty, before: Profile | None, after: Profile, chosen: Collection[str] | None = None) -> Duty:
    """His profile has other queues: he leaves those that were taken away, and joins the new ones.

    `chosen`: of the new ones only these, for he gets back what he had chosen before.
    """
    known = {place.queue for place in before.queues} if before is not None else set()
    new = {place.queue for place in after.queues if place.queue not in known}
    if chosen is not None:
        new &= set(chosen)
    kept = [place.queue for place in after.queues if place.queue in duty.queues or place.queue in new]
    return replace(duty, queues=tuple(kept))


# -- kept and told


def row_of(duty: Duty) -> dict[str, Any]:
    """The duty as a row of the journal."""
    return asdict(duty) | {"queues": list(duty.queues)}


def duty_of(row: Mapping[str, Any]) -> Duty:
    """The duty of a row, as it was."""
    times = {key: None if row[key] is None else round(float(row[key]), 6) for key in ("since", "limit_at")}
    return Duty(
        **{
            **row,
            **times,
            "queues": tuple(row["queues"]),
            "next": Target(**row["next"]) if row["next"] else None,
            "talk": Talk(**row["talk"]) if row["talk"] else None,
            "acw": Acw(**row["acw"]) if row["acw"] else None,
        }
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of a queue after signing in or out."""

    queue: str
    code: str
    """static: the PBX's own configuration makes him a member; he can only be paused there."""


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """A queue of the profile; `static`: see Note."""

    queue: str
    signed_in: bool
    static: bool


@dataclass(frozen=True, slots=True)
class AcwJson:
    """After-call work. `extendable`: more time can be had."""

    call_id: str
    queue: str
    started_at: float
    until: float
    extendable: bool
    outcome_required: bool


def acw_json(acw: Acw | None, rules: ShiftRules) -> AcwJson | None:
    """After-call work as the console is given it."""
    if acw is None:
        return None
    extendable = acw.until < acw.started_at + rules.acw_most
    return AcwJson(acw.call_id, acw.queue, acw.started_at, acw.until, extendable, acw.outcome_required)


def chosen_queues(profile: Profile, queues: Sequence[str] | None) -> tuple[str, ...]:
    """The queues to sign in to, all of the profile's when none are named. Raises BadInput."""
    known = [place.queue for place in profile.queues]
    if queues is None:
        queues = known
    foreign = [queue for queue in queues if queue not in known]
    if foreign or not queues:
        raise BadInput("Choose among your own queues.", field="queues", allowed=", ".join(known) or "none are yours")
    return tuple(queue for queue in known if queue in queues)
