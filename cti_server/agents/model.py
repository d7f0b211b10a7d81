"""Agents as people: profiles, what the consoles are given, and the rules for both (pure)."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from cti_server.core.errors import BadInput
from cti_server.core.signs import is_one_line
from cti_server.live.views import AgentView, CallView, LinkView, QueueView
from cti_server.live.words import OWN_PENALTY, AgentState, SegmentKind

Device = tuple[str, str]
"""PBX and device."""

MOST_QUEUES: Final = 100
_DEVICE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}/[A-Za-z0-9_.@-]{1,64}")


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def agents(self) -> Mapping[Device, AgentView]:
        """By PBX and device."""

    @property
    def queues(self) -> Mapping[tuple[str, str], QueueView]:
        """By PBX and name."""

    @property
    def links(self) -> Mapping[str, LinkView]:
        """By PBX."""


class Days(Protocol):
    """The business days of the site."""

    def bounds(self, at: float) -> tuple[float, float]:
        """First second of the business day of `at`, and of the next one."""


class Members(Protocol):
    """Makes, pauses and ends memberships on a PBX. All raise CtiError when that cannot be done."""

    def add(
        self, pbx: str, queue: str, device: str, name: str, penalty: int, pause: str | None = None
    ) -> Awaitable[None]:
        """Make `device` a member, paused for the reason `pause` if given; fine when it is one."""

    def remove(self, pbx: str, queue: str, device: str) -> Awaitable[None]:
        """End its membership; fine when there is none."""

    def leave(self, pbx: str, queue: str, device: str) -> Awaitable[bool]:
        """As `remove`; False when the PBX's own configuration makes it a member, which nobody can end from here."""

    def penalty(self, pbx: str, queue: str, device: str, penalty: int) -> Awaitable[None]:
        """Give a member another penalty."""

    def pause(self, pbx: str, device: str, reason: str | None, queue: str | None = None) -> Awaitable[None]:
        """Pause `device` for a reason, or end its pause (None), in one queue or in all of its."""


class Person(Protocol):
    """A user as the accounts know him."""

    @property
    def id(self) -> int:
        """Number."""

    @property
    def login(self) -> str:
        """Login."""

    @property
    def name(self) -> str:
        """As people write it."""


class Accounts(Protocol):
    """Who the users are."""

    def list_users(self) -> Awaitable[Sequence[Person]]:
        """All of them, disabled ones too. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """That an agent shall be a member of a queue; a smaller penalty is rung first."""

    queue: str
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """With which device a user works, and for which queues."""

    user_id: int
    pbx: str
    device: str
    queues: tuple[QueuePlace, ...] = ()
    team: str = ""
    always_on: bool = True
    """Until he first signs in by the console he is a member of his queues whenever the PBX is there."""
    location: str = ""
    """Where he sits: a site, a floor, a group of desks."""

    @property
    def key(self) -> Device:
        """PBX and device."""
        return self.pbx, self.device


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What became of one membership when a profile was saved; `done` False: it is tried again with the next link-up."""

    queue: str
    change: str
    """add, remove or penalty."""
    done: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProfileJson:
    """A profile with the person's login and name; `members` only in the answer to a change."""

    user_id: int
    login: str
    name: str
    pbx: str
    device: str
    queues: tuple[QueuePlace, ...]
    team: str
    members: tuple[MemberChange, ...] = ()
    always_on: bool = True
    location: str = ""


@dataclass(frozen=True, slots=True)
class MembershipJson:
    """A membership as the PBX has it."""

    queue: str
    penalty: int
    paused: bool


@dataclass(frozen=True, slots=True)
class AgentCallJson:
    """The call that an agent has or that rings him; `since` his part of it began, in unix seconds."""

    id: str
    number: str
    name: str
    direction: str
    state: str
    since: float
    queue: str | None


@dataclass(frozen=True, slots=True)
class TodayJson:
    """An agent's business day so far: calls taken, rings that he let pass, seconds of talk (without holds) and hold."""

    answered: int = 0
    missed: int = 0
    talk_seconds: float = 0.0
    hold_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AgentShiftJson:
    """What is known of an agent's shift beside his state. Unix seconds: his reason may last until `limit_at`."""

    signed_in: bool
    limit_at: float | None
    acw_until: float | None
    missed: int
    """Unanswered offers in a row."""


@dataclass(frozen=True, slots=True)
class AgentJson:
    """An agent as the consoles are given him. `since` in unix seconds; `user_id` None: a device that nobody owns.

    `shift` is null for those who are members of their queues without having signed in.
    """

    pbx: str
    device: str
    user_id: int | None
    login: str | None
    name: str
    team: str
    state: str
    reason: str
    since: float
    queues: tuple[MembershipJson, ...]
    call: AgentCallJson | None
    today: TodayJson
    shift: AgentShiftJson | None = None
    location: str = ""
    """Where he sits, as his profile says."""
    skills: Mapping[str, int] = field(default_factory=dict)
    """Name to level, 1 to 5."""


def checked_profile(
    user_id: int,
    pbx: str,
    device: str,
    queues: Sequence[QueuePlace],
    team: str,
    always_on: bool = True,
    location: str = "",
) -> Profile:
    """A profile fit to be kept and sent to a PBX. Raises BadInput naming the field."""
    if not _DEVICE.fullmatch(device):
        raise BadInput("This is no device.", field="device", allowed="technology/name, such as PJSIP/1001")
    if len(team) > 100 or not is_one_line(team):
        raise BadInput("This team name cannot be used.", field="team", allowed="at most 100 characters on one line")
    if len(location) > 100 or not is_one_line(location):
        raise BadInput("This location cannot be used.", field="location", allowed="at most 100 characters on one line")
    names = [place.queue for place in queues]
    if len(queues) > MOST_QUEUES or len(set(names)) != len(names):
        raise BadInput("Too many queues, or one twice.", field="queues", allowed=f"{MOST_QUEUES} different queues")
    for place in queues:
        if not 1 <= len(place.queue) <= 100 or place.queue.strip() != place.queue or not is_one_line(place.queue):
            raise BadInput(
                f"{place.queue!r} is no name of a queue.", field="queues", allowed="1 to 100 characters on one line"
            )
        checked_penalty(place.penalty, "queues")
    return Profile(user_id, pbx, device, tuple(queues), team.strip(), always_on, location.strip())


def checked_penalty(penalty: int, field: str) -> int:
    """A member's own penalty. Raises BadInput (penalty_too_high): what is above is the rank that queue rules give."""
    if not 0 <= penalty < OWN_PENALTY:
        raise BadInput(
            f"A penalty is from 0 to {OWN_PENALTY - 1}; what is above is the ranking of the queue's rules.",
            code="penalty_too_high",
            field=field,
            allowed=f"0 to {OWN_PENALTY - 1}",
        )
    return penalty


def call_of(agent: AgentView, calls: Mapping[str, CallView]) -> AgentCallJson | None:
    """The call that an agent is in, else the one that rings him; None when there is none."""
    found = [
        (part.kind is not SegmentKind.RING, part.started_at, call)
        for call_id in agent.call_ids
        if (call := calls.get(call_id)) is not None
        for part in call.segments
        if part.device == agent.device and part.ended_at is None
    ]
    if not found:
        return _call_without_segment(agent, calls)
    _, since, call = max(found, key=lambda entry: entry[:2])
    return _call_json(call, since)


def _call_without_segment(agent: AgentView, calls: Mapping[str, CallView]) -> AgentCallJson | None:
    for call_id in agent.call_ids:
        call = calls.get(call_id)
        if call is not None:  # he dials out and nobody has answered yet
            since = min((leg.started_at for leg in call.legs if leg.device == agent.device), default=call.started_at)
            return _call_json(call, since)
    return None


def _call_json(call: CallView, since: float) -> AgentCallJson:
    return AgentCallJson(call.id, call.number, call.name, call.direction, call.state, since, call.queue)


def shown_memberships(agent: AgentView) -> tuple[MembershipJson, ...]:
    """The memberships by queue name."""
    ordered = sorted(agent.memberships, key=lambda membership: membership.queue)
    return tuple(MembershipJson(one.queue, one.penalty, one.paused) for one in ordered)


def absent(pbx: str, device: str, since: float) -> AgentView:
    """A device that the PBX knows no membership of."""
    return AgentView(pbx=pbx, device=device, name="", state=AgentState.LOGGED_OFF, reason="", since=since)
