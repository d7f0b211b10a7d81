"""What the consoles are told about an agent's own calls and of those to whom he can hand them (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cti_server.calls.control.model import Command, People, Scene, Silence, Stage, refusal
from cti_server.live.views import LegView


@dataclass(frozen=True, slots=True)
class PartyJson:
    """Somebody on a call besides the agent. `state` dialling, ringing, talking or held."""

    leg: str
    number: str
    name: str
    user_id: int | None
    state: str


@dataclass(frozen=True, slots=True)
class MemberJson:
    """Somebody in a conference."""

    leg: str
    number: str
    name: str
    user_id: int | None
    mine: bool
    muted: bool
    listen_only: bool


@dataclass(frozen=True, slots=True)
class ControlJson:
    """What an agent can do with one of his calls. `can` names each command with the code why not, empty when he can."""

    call_id: str
    stage: str
    muted: bool
    can: Mapping[str, str]
    tried: str = ""
    """What the last consultation came to that reached nobody: busy, noAnswer, unreachable."""
    consult: PartyJson | None = None
    members: tuple[MemberJson, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandJson:
    """A command that the PBX has accepted; what comes of it is told on the stream."""

    id: str
    call_id: str
    slot: str | None = None
    """The parking space, when the call was parked."""


@dataclass(frozen=True, slots=True)
class ParkedJson:
    """A parked call. `since` in unix seconds."""

    slot: str
    call_id: str
    number: str
    name: str
    since: float


@dataclass(frozen=True, slots=True)
class ColleagueJson:
    """An agent in the directory; `reachable` False: his phone cannot be rung."""

    user_id: int
    name: str
    number: str
    team: str
    state: str
    reason: str
    since: float | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class QueueLineJson:
    """A queue in the directory: who waits, and how many agents are ready or work in it."""

    name: str
    label: str
    waiting: int
    ready: int
    agents: int


@dataclass(frozen=True, slots=True)
class DirectoryJson:
    """To whom a call can be handed, with the state of this moment."""

    agents: tuple[ColleagueJson, ...] = ()
    queues: tuple[QueueLineJson, ...] = ()


_TRIED: Final = {"BUSY": "busy", "NOANSWER": "noAnswer", "CHANUNAVAIL": "unreachable", "CONGESTION": "unreachable"}


def control_json(scene: Scene, people: People, silence: Silence) -> ControlJson:
    """What the owner of the scene can do."""
    pbx = scene.call.pbx
    return ControlJson(
        call_id=scene.call.id,
        stage=scene.stage,
        muted=scene.mine.id in silence.muted,
        can={command.value: refusal(scene, command) for command in Command},
        tried=_TRIED.get(scene.mine.tried, "") if scene.stage is Stage.HELD else "",
        consult=_consult(scene, people),
        members=tuple(
            MemberJson(
                *_who(leg, pbx, people),
                mine=leg.id == scene.mine.id,
                muted=leg.id in silence.muted,
                listen_only=leg.id in silence.listen_only,
            )
            for leg in scene.members
        ),
    )


def _who(leg: LegView, pbx: str, people: People) -> tuple[str, str, str, int | None]:
    user_id = people.user_of(pbx, leg.device)
    return leg.id, leg.number, (people.name_of(user_id) if user_id is not None else "") or leg.name, user_id


def _consult(scene: Scene, people: People) -> PartyJson | None:
    if scene.stage is Stage.ASKING and scene.other is None:
        return PartyJson("", "", "", None, "dialling")
    leg = scene.colleague
    if leg is None:
        return None
    state = "held" if leg is scene.held else ("ringing" if leg.answered_at is None else "talking")
    return PartyJson(*_who(leg, scene.call.pbx, people), state=state)
