"""Supervision: its words, what the consoles are given, and whose channel is meant (pure)."""

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from cti_server.core.auth.scope import Scope
from cti_server.core.errors import BadInput, Conflict
from cti_server.live.views import CallView, LegView, LinkView
from cti_server.live.words import SPY_CALL, LegRole, LegState

Device = tuple[str, str]
"""PBX and device."""

MOST_TEXT: Final = 200
_TALKING: Final = (LegState.CONNECTED, LegState.HELD)


class Mode(StrEnum):
    """What a supervisor does on a call."""

    LISTEN = "listen"  # hears both, heard by nobody
    WHISPER = "whisper"  # hears both, heard by the agent alone
    BARGE = "barge"  # hears both, heard by both
    TAKE_OVER = "takeOver"  # gets the other party; the agent is released


class Act(StrEnum):
    """What a policy allows: the modes, and ending a call."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "takeOver"
    RELEASE = "release"


class State(StrEnum):
    """How far a session is."""

    RINGING = "ringing"  # the supervisor's phone is rung
    ON = "on"  # the PBX has put him on the call
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a session ended."""

    STOPPED = "stopped"  # the supervisor said so in the console
    HUNG_UP = "hungUp"  # his phone hung up
    CALL_ENDED = "callEnded"  # the agent's leg ended
    NOT_ANSWERED = "notAnswered"  # his phone rang, or could not be rung
    TAKEN_OVER = "takenOver"  # he has the call himself now
    MOVED = "moved"  # he went on to another agent with the same leg
    UNSEEN = "unseen"  # ended while the server or its link was away


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def links(self) -> Mapping[str, LinkView]:
        """By PBX."""


class Profile(Protocol):
    """With which device somebody works, and in which team."""

    @property
    def pbx(self) -> str:
        """Name of the PBX."""

    @property
    def device(self) -> str:
        """Such as PJSIP/1001."""

    @property
    def team(self) -> str:
        """Empty when in none."""


class People(Protocol):
    """Who owns which device now."""

    def profile_of(self, user_id: int) -> Profile | None:
        """A user's profile; None when he has no device."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device; None when nobody owns it."""

    def name_of(self, user_id: int) -> str:
        """A user's name as people write it; empty when unknown."""

    def standing(self, pbx: str, device: str) -> tuple[str, Collection[str]]:
        """Team and queues of whoever works with a device."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within a scope."""


class Spies(Protocol):
    """What is asked of a PBX. All raise CtiError; a channel that is gone raises Conflict `not_on_call`."""

    def ring(self, wanted: "Ring") -> Awaitable[None]:
        """Ring the supervisor's phone and, when it answers, put it on the call."""

    def switch(self, pbx: str, channel: str, mode: Mode, target: str) -> Awaitable[None]:
        """Put a supervisor's channel on the channel `target` in another mode (for take-over: to the party `target`)."""

    def hang_up(self, pbx: str, channel: str) -> Awaitable[bool]:
        """End exactly this channel; False when it was gone already."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A supervisor's phone to be rung. `target` is the agent's channel, for a take-over the other party's."""

    pbx: str
    device: str
    channel_id: str
    mode: Mode
    target: str
    shown_name: str
    shown_number: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long one mode lasted. Unix seconds."""

    mode: Mode
    since: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One supervisor on one agent's call. Unix seconds; replaced whole at every change."""

    id: str
    pbx: str
    supervisor_id: int
    supervisor_device: str
    agent_id: int
    agent_device: str
    team: str
    queue: str | None
    call_id: str
    agent_leg: str
    """Uniqueid of the agent's channel."""
    leg_id: str
    """Uniqueid of the supervisor's channel."""
    mode: Mode
    told: bool
    """Whether the agent is told."""
    asked_at: float
    state: State = State.RINGING
    on_at: float | None = None
    ended_at: float | None = None
    end_reason: EndReason | None = None
    stretches: tuple[Stretch, ...] = ()
    number: str = ""
    """The other side's number."""
    revision: int = 0
    exact: bool = True

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state is State.ENDED

    def put_on(self, at: float) -> "Session":
        """The PBX has put the supervisor on the call."""
        return replace(self, state=State.ON, on_at=at, stretches=(Stretch(self.mode, at),))

    def switched(self, mode: Mode, at: float) -> "Session":
        """In another mode from now on; a phone that still rings begins with it."""
        if self.state is State.RINGING:
            return replace(self, mode=mode)
        return replace(self, mode=mode, stretches=(*_closed(self.stretches, at), Stretch(mode, at)))

    def ended(self, reason: EndReason, at: float, *, exact: bool = True) -> "Session":
        """Over."""
        return replace(
            self,
            state=State.ENDED,
            ended_at=max(at, self.asked_at),
            end_reason=reason,
            stretches=_closed(self.stretches, at),
            exact=self.exact and exact,
        )

    def seconds(self, mode: Mode) -> float:
        """How long this mode lasted, as far as it is over."""
        return sum(part.until - part.since for part in self.stretches if part.mode is mode and part.until is not None)


def _closed(stretches: tuple[Stretch, ...], at: float) -> tuple[Stretch, ...]:
    if not stretches or stretches[-1].until is not None:
        return stretches
    last = stretches[-1]
    return (*stretches[:-1], replace(last, until=max(at, last.since)))


@dataclass(frozen=True, slots=True)
class PersonJson:
    """A user, by name and device."""

    user_id: int
    name: str
    device: str


@dataclass(frozen=True, slots=True)
class MonitoringJson:
    """A session as supervisors see it. Times in unix seconds; `muted`: nobody hears the supervisor."""

    id: str
    pbx: str
    supervisor: PersonJson
    agent: PersonJson
    team: str
    queue: str | None
    call_id: str
    number: str
    mode: str
    state: str
    muted: bool
    told: bool
    asked_at: float
    on_at: float | None
    mode_since: float | None
    ended_at: float | None
    end_reason: str | None
    stretches: tuple[Stretch, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Of each mode, once it is over."""
    exact: bool = True


@dataclass(frozen=True, slots=True)
class MonitoredByJson:
    """What an agent is told who is to be told: who is on his call, and how."""

    id: str
    name: str
    mode: str
    since: float
    call_id: str


@dataclass(frozen=True, slots=True)
class ForcedJson:
    """What an agent is told whose call a supervisor took or released: `how` released or takenOver, `by` his name.

    `id` and `state` say to those who only know calls that his part of this one is over.
    """

    call_id: str
    how: str
    by: str
    text: str
    id: str = ""
    state: str = "cleared"


def session_json(session: Session, people: People) -> MonitoringJson:
    """A session with the names of its two people."""
    last = session.stretches[-1] if session.stretches else None
    return MonitoringJson(
        id=session.id,
        pbx=session.pbx,
        supervisor=PersonJson(session.supervisor_id, people.name_of(session.supervisor_id), session.supervisor_device),
        agent=PersonJson(session.agent_id, people.name_of(session.agent_id), session.agent_device),
        team=session.team,
        queue=session.queue,
        call_id=session.call_id,
        number=session.number,
        mode=session.mode,
        state=session.state,
        muted=session.mode is Mode.LISTEN,
        told=session.told,
        asked_at=session.asked_at,
        on_at=session.on_at,
        mode_since=last.since if last else None,
        ended_at=session.ended_at,
        end_reason=session.end_reason,
        stretches=session.stretches,
        seconds={mode: session.seconds(mode) for mode in Mode if session.seconds(mode)},
        exact=session.exact,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the list of sessions; None: any. Times in unix seconds, of when it was asked for."""

    since: float | None = None
    until: float | None = None
    supervisor_id: int | None = None
    agent_id: int | None = None
    queue: str | None = None
    team: str | None = None
    call_id: str | None = None
    mode: str | None = None
    """Sessions in which this mode was used."""
    within: "Within | None" = None
    """Only those that somebody with a limited scope may know of."""


@dataclass(frozen=True, slots=True)
class Within:
    """A scope as the list of sessions is asked with it; None: not limited. One's own are always within."""

    own: int
    teams: tuple[str, ...] | None
    queues: tuple[str, ...] | None
    agents: tuple[int, ...]
    """Who lies within: calls of no queue are theirs."""


def within(user_id: int, scope: Scope, people: People) -> Within | None:
    """How a scope is asked for; None when it is not limited."""
    if scope.whole:
        return None
    teams, queues = tuple(sorted(scope.teams)) or None, tuple(sorted(scope.queues)) or None
    return Within(user_id, teams, queues, tuple(people.users_within(scope)))


# -- whose channel


def talking_leg(calls: Mapping[str, CallView], pbx: str, device: str) -> tuple[CallView, LegView] | None:
    """The call in which a device talks, and its leg there; of several the one that is not held, then the newest."""
    found = [
        (leg.state is LegState.CONNECTED, leg.answered_at or leg.started_at, call, leg)
        for call in calls.values()
        if call.pbx == pbx
        for leg in call.legs
        if leg.device == device and _talks(leg)
    ]
    if not found:
        return None
    _, _, call, leg = max(found, key=lambda entry: entry[:2])
    return call, leg


def living_leg(calls: Mapping[str, CallView], pbx: str, leg_id: str) -> tuple[CallView, LegView] | None:
    """A leg that has not ended, by its Uniqueid."""
    for call in calls.values():
        if call.pbx == pbx:
            for leg in call.legs:
                if leg.id == leg_id and leg.ended_at is None:
                    return call, leg
    return None


def is_engaged(calls: Mapping[str, CallView], pbx: str, device: str, but: str = "") -> bool:
    """Whether a device rings or talks with any other leg than `but`."""
    return any(
        leg.device == device and leg.ended_at is None and leg.id != but
        for call in calls.values()
        if call.pbx == pbx
        for leg in call.legs
    )


def other_party(call: CallView, agent_leg: str) -> LegView:
    """The one with whom the agent talks. Raises Conflict when it is nobody, or several."""
    others = [leg for leg in call.legs if leg.id != agent_leg and _talks(leg)]
    if len(others) != 1:
        raise Conflict(
            "This call cannot be taken over: the agent does not talk with exactly one other party.",
            code="several_parties" if others else "not_on_call",
        )
    return others[0]


def agents_legs(call: CallView) -> list[LegView]:
    """The agents' legs that talk, in order of their start."""
    return sorted(
        (leg for leg in call.legs if leg.role is LegRole.AGENT and _talks(leg)), key=lambda leg: leg.started_at
    )


def _talks(leg: LegView) -> bool:
    return leg.role is not LegRole.SYSTEM and leg.state in _TALKING and leg.ended_at is None


def channel_id(token: str, now: float, call: CallView) -> str:
    """A Uniqueid for the supervisor's channel.

    Asterisk names a call after the oldest of its channels, which it reads out of `…-<seconds>.<n>`. An id that it
    cannot read counts as the oldest: then a call that is taken over would change its name. So ours is always the
    younger one, also when the two clocks differ.
    """
    began = call.linkedid.rpartition("-")[2].partition(".")[0]
    seconds = max(int(now), int(began) + 1 if began.isdigit() else 0)
    return f"{SPY_CALL}{token}-{seconds}.0"


def checked_text(text: str) -> str:
    """A reason fit to be kept and shown. Raises BadInput."""
    clean = text.strip()
    if not 1 <= len(clean) <= MOST_TEXT or not clean.isprintable():
        raise BadInput("Please say why.", field="text", allowed=f"1 to {MOST_TEXT} characters on one line")
    return clean
