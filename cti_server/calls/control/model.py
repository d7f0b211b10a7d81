"""What may be done with a call, seen from the agent's own leg of it (pure)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from cti_server.ami.actions import Action as AmiAction
from cti_server.ami.actions import Reply
from cti_server.core.auth.model import Session
from cti_server.live.views import AgentView, CallView, LegView, LinkView, QueueView
from cti_server.live.words import LegRole, LegState, Place

Send = Callable[[str, AmiAction], Awaitable[Reply]]
"""Sends an action to a PBX, once; raises CtiError."""


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def agents(self) -> Mapping[tuple[str, str], AgentView]:
        """By PBX and device."""

    @property
    def queues(self) -> Mapping[tuple[str, str], QueueView]:
        """By PBX and name."""

    @property
    def links(self) -> Mapping[str, LinkView]:
        """By PBX."""


class Seat(Protocol):
    """With which device a user works."""

    @property
    def user_id(self) -> int:
        """Number of the user."""

    @property
    def pbx(self) -> str:
        """Name of the PBX."""

    @property
    def device(self) -> str:
        """Such as PJSIP/1001."""

    @property
    def team(self) -> str:
        """Team, or empty."""


class People(Protocol):
    """Who works with which device."""

    def __iter__(self) -> Iterator[Seat]:
        """All of them."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device; None when nobody owns it."""

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        """PBX and device of a user; None when he has none."""

    def name_of(self, user_id: int) -> str:
        """A user's name as people write it; empty when unknown."""


class Audit(Protocol):
    """Where deeds are kept."""

    def note(
        self, who: Session, action: str, subject: str, details: Mapping[str, object] | None = None
    ) -> Awaitable[None]:
        """Add an entry. Raises Unavailable."""


class Command(StrEnum):
    """What an agent can ask for on a call; the names of the buttons."""

    HANGUP = "hangup"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    MUTE = "mute"
    DTMF = "dtmf"
    TRANSFER = "transfer"
    CONSULT = "consult"
    SWAP = "swap"
    COMPLETE = "complete"
    CANCEL = "cancel"
    CONFERENCE = "conference"
    MEMBERS = "members"
    PARK = "park"


class Stage(StrEnum):
    """Where a call stands for one of its agents."""

    RINGING = "ringing"  # his phone rings
    DIALLING = "dialling"  # he calls and nobody has answered
    TALKING = "talking"
    HELD = "held"  # he has put the other side on hold
    ASKING = "asking"  # the other side is on hold while a colleague's phone rings
    CONSULTING = "consulting"  # one side is on hold while he talks to the other
    CONFERENCE = "conference"
    WAITING = "waiting"  # he was asked and is on hold himself
    ALONE = "alone"  # nobody is there (yet, or any more)


@dataclass(frozen=True, slots=True)
class Scene:
    """A call as it stands for one agent."""

    call: CallView
    stage: Stage
    mine: LegView
    other: LegView | None = None
    """With whom he talks, or whom he rings."""
    held: LegView | None = None
    """Who hears hold music for him."""
    members: tuple[LegView, ...] = ()
    """All in the conference, oneself among them."""

    @property
    def far(self) -> LegView | None:
        """The other side of a call without a consultation, on hold or not."""
        return self.held or self.other

    @property
    def colleague(self) -> LegView | None:
        """The one who was asked last, of the two sides of a consultation."""
        sides = [leg for leg in (self.held, self.other) if leg is not None]
        return max(sides, key=lambda leg: (leg.started_at, leg.id)) if len(sides) > 1 else None


def scene_of(call: CallView, device: str) -> Scene | None:
    """The call as the owner of `device` has it; None when he has no living leg of it."""
    living = [leg for leg in call.legs if leg.state is not LegState.CLEARED and leg.role is not LegRole.SYSTEM]
    own = [leg for leg in living if leg.device == device]
    if call.ended_at is not None or not own:
        return None
    mine = own[-1]
    others = [leg for leg in living if leg.device != device]
    if mine.state is LegState.ALERTING:
        return Scene(call, Stage.RINGING, mine)
    if mine.place is Place.ROOM:
        members = tuple(leg for leg in living if leg.place is Place.ROOM)
        return Scene(call, Stage.CONFERENCE, mine, members=members)
    if mine.place is Place.HOLD:
        return Scene(call, Stage.WAITING, mine)
    held = min((leg for leg in others if _waits_for(leg, mine, living)), key=_age, default=None)
    there = [leg for leg in others if leg.place is not Place.HOLD]
    other = max(there, key=lambda leg: (leg.answered_at is not None, *_age(leg)), default=None)
    return Scene(call, _stage(mine, other, held), mine, other, held)


def _waits_for(leg: LegView, mine: LegView, living: list[LegView]) -> bool:
    """Is this leg on hold for mine? After a lost link the PBX does not say for whom: then for the agent who waits."""
    if leg.place is not Place.HOLD:
        return False
    if leg.waits_for:
        return leg.waits_for == mine.channel
    away = {one.id for one in living if one.place in (Place.WAIT, Place.CONSULT)}
    return mine.id in away or not away


def _age(leg: LegView) -> tuple[float, str]:
    return leg.started_at, leg.id


def _stage(mine: LegView, other: LegView | None, held: LegView | None) -> Stage:
    if held is not None:
        if other is None:
            return Stage.ASKING if mine.place is Place.CONSULT else Stage.HELD
        return Stage.ASKING if other.answered_at is None else Stage.CONSULTING
    if other is None:
        return Stage.ALONE
    return Stage.DIALLING if other.answered_at is None or mine.answered_at is None else Stage.TALKING


_IN_TALK: Final = frozenset({Stage.TALKING, Stage.HELD})
_POSSIBLE: Final[dict[Command, frozenset[Stage]]] = {
    Command.HANGUP: frozenset(Stage),
    Command.HOLD: frozenset({Stage.TALKING}),
    Command.RETRIEVE: frozenset({Stage.HELD}),
    Command.MUTE: frozenset({Stage.TALKING, Stage.HELD, Stage.ASKING, Stage.CONSULTING, Stage.CONFERENCE}),
    Command.DTMF: frozenset({Stage.TALKING, Stage.CONSULTING}),
    Command.TRANSFER: _IN_TALK,
    Command.CONSULT: _IN_TALK,
    Command.SWAP: frozenset({Stage.CONSULTING}),
    Command.COMPLETE: frozenset({Stage.CONSULTING}),
    Command.CANCEL: frozenset({Stage.ASKING, Stage.CONSULTING}),
    Command.CONFERENCE: frozenset({Stage.TALKING, Stage.HELD, Stage.CONSULTING}),
    Command.MEMBERS: frozenset({Stage.CONFERENCE}),
    Command.PARK: frozenset({Stage.TALKING}),
}
_WHY_NOT: Final = {
    Stage.RINGING: "ringing",
    Stage.DIALLING: "not_answered",
    Stage.ASKING: "colleague_rings",
    Stage.CONSULTING: "consulting",
    Stage.CONFERENCE: "in_conference",
    Stage.HELD: "on_hold",
    Stage.ALONE: "nobody_there",
    Stage.WAITING: "waiting",
    Stage.TALKING: "not_on_hold",
}
_CONSULTATION: Final = frozenset({Command.SWAP, Command.COMPLETE, Command.CANCEL})


def refusal(scene: Scene, command: Command) -> str:
    """Why `command` is not possible now, as a stable code; empty when it is."""
    stage = scene.stage
    if command is Command.HOLD and scene.mine.state is LegState.HELD and stage is Stage.TALKING:
        return "held_by_phone"
    if stage in _POSSIBLE[command]:
        return ""
    if command in _CONSULTATION and stage in _IN_TALK:
        return "no_consultation"
    if command is Command.MEMBERS and stage is not Stage.CONFERENCE:
        return "no_conference"
    return _WHY_NOT[stage]


SENTENCES: Final = {
    "ringing": "The call still rings.",
    "not_answered": "Nobody has answered yet.",
    "colleague_rings": "The colleague has not answered yet.",
    "consulting": "A consultation is going on.",
    "in_conference": "The call is a conference.",
    "waiting": "You are on hold yourself.",
    "on_hold": "The other side is on hold.",
    "nobody_there": "There is nobody on the other side.",
    "not_on_hold": "Nobody is on hold.",
    "held_by_phone": "The phone itself has put the other side on hold.",
    "no_consultation": "There is no consultation.",
    "no_conference": "There is no conference.",
}


@dataclass(slots=True)
class Silence:
    """Who was muted, by the leg's id; `recall` keeps it beside the channels, for the PBX has no list of it."""

    muted: set[str] = field(default_factory=set)
    listen_only: set[str] = field(default_factory=set)

    def words(self, leg_id: str) -> str:
        """How a leg is silent, as it is written on its channel; empty when it is not."""
        silent = {"muted": self.muted, "listens": self.listen_only}
        return " ".join(word for word, legs in silent.items() if leg_id in legs)

    def put(self, leg_id: str, words: set[str]) -> bool:
        """A leg is silent in this way and in no other; whether that is news."""
        before = self.words(leg_id)
        for word, legs in (("muted", self.muted), ("listens", self.listen_only)):
            legs.add(leg_id) if word in words else legs.discard(leg_id)
        return self.words(leg_id) != before

    def forget(self, leg_id: str) -> None:
        """The leg is gone."""
        self.muted.discard(leg_id)
        self.listen_only.discard(leg_id)
