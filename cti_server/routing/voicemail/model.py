"""What a message is, and what may be done with it (pure)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from cti_server.core.errors import Conflict
from cti_server.core.worklist.model import check_not_anothers
from cti_server.live.views import CallView

SHORTEST: Final = 1.0
"""Seconds; what is shorter is somebody who hung up at the tone."""
FOLDER: Final = "cti-voicemail"
"""Beside the recordings of the PBX; `cti-message` in the dialplan names it too."""
_KEPT: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.")


class State(StrEnum):
    """Where a message stands."""

    RECORDING = "recording"
    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    DISMISSED = "dismissed"
    EMPTY = "empty"  # nothing was said
    DELETED = "deleted"  # its time is over


WORK: Final = (State.OPEN, State.CLAIMED)


@dataclass(frozen=True, slots=True)
class VoicemailJson:
    """A message as the consoles are given it. Times in unix seconds; `new`: nobody has listened yet."""

    id: int
    revision: int
    state: str
    pbx: str
    call_id: str
    queue: str
    number: str
    did: str
    began_at: float
    seconds: float
    new: bool
    claimed_by: int | None
    claimed_by_name: str
    ended_at: float | None
    ended_by_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Where the sound of a message is kept."""

    object: str
    size: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that is being recorded, or whose file is not taken in yet."""

    id: int
    pbx: str
    file: str
    linkedid: str
    uniqueid: str
    began_at: float


class Live(Protocol):
    """The live truth."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """By id."""


class People(Protocol):
    """Who works with which device."""

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        """PBX and device of a user."""

    def standing(self, pbx: str, device: str) -> tuple[str, Any]:
        """Team and queues."""

    def name_of(self, user_id: int) -> str:
        """As people write it."""


class Shelf(Protocol):
    """Where sounds are kept (recording/shelf)."""

    async def put(self, name: str, file: Path) -> None:
        """Keep a file under a name. Raises Unavailable."""

    def read(self, name: str, first: int, last: int) -> AsyncIterator[bytes]:
        """Bytes `first` to `last` inclusive. Raises NotFound, Unavailable."""

    async def delete(self, name: str) -> None:
        """Remove it. Raises Unavailable."""


def file_name(linkedid: str, uniqueid: str, at: float) -> str:
    """A name that no other message has, and that may stand in a path."""
    clean = ("".join(sign for sign in text if sign in _KEPT) for text in (linkedid, uniqueid))
    return "+".join((*clean, str(round(at * 1000))))


def check_work(item: VoicemailJson) -> None:
    """Raise Conflict when it is over."""
    if item.state not in WORK:
        raise Conflict("This is over already.", code="voicemail_over", state=item.state)


def check_free(item: VoicemailJson, user_id: int, *, chief: bool = False) -> None:
    """May this user work on it? Raises Conflict."""
    check_work(item)
    check_not_anothers(item, user_id, chief=chief)
