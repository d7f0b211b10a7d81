"""What a recording is to consoles and stores, and what this room needs of its neighbours (pure)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from cti_server.core.auth.model import Role, Session
from cti_server.core.auth.scope import Scope
from cti_server.core.errors import BadInput
from cti_server.live.views import CallView, LinkView

MOST_TEXT: Final = 1000
MOST_TAGS: Final = 20
_NAME: Final = re.compile(r"([-A-Za-z0-9.]{1,150})\+([-A-Za-z0-9.]{1,150})\+(\d{10,16})")
"""As config/asterisk/extensions_cti.conf makes it: Linkedid, Uniqueid, milliseconds."""
SEES_ALL: Final = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})


class State(StrEnum):
    """Where a recording stands."""

    RECORDING = "recording"
    WAITING = "waiting"  # the call is over, its files are to be taken in
    READY = "ready"
    FAILED = "failed"  # cannot be heard; the reason says why
    DROPPED = "dropped"  # by the rules
    DELETED = "deleted"


class MarkKind(StrEnum):
    """What happened on a recording."""

    PAUSED = "paused"
    RESUMED = "resumed"
    RESUMED_BY_LIMIT = "resumedByLimit"
    DEMANDED = "demanded"
    SILENCED = "silenced"  # by a rule
    HELD = "held"
    RETRIEVED = "retrieved"
    KEY = "key"  # that one was pressed; which is known nowhere


@dataclass(frozen=True, slots=True)
class NameParts:
    """What the name of the PBX's files says. `at` unix seconds."""

    linkedid: str
    uniqueid: str
    at: float


def parts_of(name: str) -> NameParts | None:
    """Read a name; None for one that our dialplan did not make."""
    match = _NAME.fullmatch(name)
    return None if match is None else NameParts(match[1], match[2], int(match[3]) / 1000)


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def links(self) -> Mapping[str, LinkView]:
        """How each PBX's link stands."""


class People(Protocol):
    """Who owns which device now."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device; None when nobody owns it."""

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        """PBX and device of a user; None when he has none."""

    def name_of(self, user_id: int) -> str:
        """A user's name as people write it; empty when unknown."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within a scope."""


@dataclass(frozen=True, slots=True)
class Within:
    """The part of the site that somebody may see; what is his `own` always belongs to it.

    `queues` and `team` (users) None: not limited by these. `agents`: whose calls of no queue belong to it.
    """

    own: int
    queues: tuple[str, ...] | None = ()
    agents: tuple[int, ...] = ()
    team: tuple[int, ...] | None = None

    def holds(self, queue: str | None, user_ids: frozenset[int]) -> bool:
        """Whether a recording of this queue and these users belongs to it."""
        if self.own in user_ids:
            return True
        if self.queues is not None and not (
            queue in self.queues if queue is not None else not user_ids.isdisjoint(self.agents)
        ):
            return False
        if self.team is None:
            return True
        return not user_ids.isdisjoint(self.team) if user_ids else queue is not None


class Scopes(Protocol):
    """Whose work a supervisor or grader may see."""

    def within(self, who: Session) -> Within | None:
        """The part that `who` may see; None: the whole site."""


class SessionScopes:
    """The scope of the session; agents count by the team and queues that they have now (core/auth/scope.py)."""

    def __init__(self, people: People) -> None:
        self._people = people

    def within(self, who: Session) -> Within | None:
        """For those without a role that sees all, only their own."""
        if not who.roles & SEES_ALL:
            return Within(who.user_id)
        scope, asked = who.scope, self._people.users_within
        if scope.whole:
            return None
        team = tuple(asked(Scope(teams=scope.teams))) if scope.teams else None
        return Within(who.user_id, tuple(sorted(scope.queues)) or None, tuple(asked(scope)), team)


@dataclass(frozen=True, slots=True)
class MyRecordingJson:
    """The recording of a call as its agent is told of it. `state`: on, paused, silent (a rule) or off."""

    call_id: str
    state: str
    since: float
    resumes_at: float | None = None
    trouble: str = ""
    """Why nothing of it is written although it runs; the same words as the reason on the call."""


@dataclass(frozen=True, slots=True)
class MarkJson:
    """A mark; `at_seconds` from the beginning of the recording."""

    at_seconds: float
    kind: str
    user_name: str = ""
    text: str = ""
    id: int | None = None
    """Of a note that somebody wrote."""


@dataclass(frozen=True, slots=True)
class PartJson:
    """A stretch of the call on the time line of its recording, in seconds from its beginning."""

    kind: str
    from_seconds: float
    to_seconds: float
    queue: str | None
    device: str | None
    agent_name: str
    held_seconds: float


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording in a list. Times in unix seconds; figures in seconds, loudness in dB, rates in syllables a second."""

    id: int
    call_id: str
    state: str
    reason: str
    notes: tuple[str, ...]
    started_at: float
    seconds: float | None
    direction: str
    number: str
    customer_id: int | None
    customer_name: str | None
    dialled: str
    queue: str | None
    outcome: str | None
    agents: tuple[str, ...]
    user_ids: tuple[int, ...]
    devices: tuple[str, ...]
    call_seconds: float | None
    wait_seconds: float | None
    talk_seconds: float | None
    held_seconds: float | None
    silence: float | None
    longest_silence: float | None
    talk_over: float | None
    agent_share: float | None
    tags: tuple[str, ...]
    consent: str
    hold: str
    delete_after: float | None


@dataclass(frozen=True, slots=True)
class RecordingDetail:
    """One recording. `peaks` base64: a byte for each `peak_seconds`, first all of the customer's, then all of ours."""

    recording: RecordingRow
    size: int | None
    sha256: str
    peaks: str
    peak_seconds: float
    talk_customer: float | None
    talk_agent: float | None
    loud_customer: float | None
    loud_agent: float | None
    rate_customer: float | None
    rate_agent: float | None
    cut_in_customer: int | None
    cut_in_agent: int | None
    marks: tuple[MarkJson, ...]
    parts: tuple[PartJson, ...]
    may_manage: bool
    transcript: str = ""
    """How its transcript stands: waiting, ready, failed; empty: there is none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; None: does not matter. Times in unix seconds, lengths in seconds."""

    since: float | None = None
    until: float | None = None
    call_id: str | None = None
    extension: str | None = None
    user_id: int | None = None
    queue: str | None = None
    digits: str | None = None
    customer_id: int | None = None
    customer: str | None = None
    direction: str | None = None
    outcome: str | None = None
    state: str | None = None
    tag: str | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    min_held: float | None = None
    min_silence: float | None = None
    min_talk_over: float | None = None
    said: str | None = None
    """Words that were said, where there is a transcript."""
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """The stored sound of a recording."""

    id: int
    object: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """A recording that had not ended when the server last wrote. `marks` in order of time."""

    pbx: str
    name: str
    uniqueid: str
    started_at: float
    verdict: str
    consent: str
    marks: tuple[tuple[str, float], ...] = field(default_factory=tuple)


def checked_tags(tags: list[str]) -> list[str]:
    """Tags fit to be kept, each once. Raises BadInput."""
    clean = list(dict.fromkeys(tag.strip() for tag in tags))
    if len(clean) > MOST_TAGS or any(not 1 <= len(tag) <= 40 or not tag.isprintable() for tag in clean):
        raise BadInput("These tags cannot be kept.", field="tags", allowed=f"at most {MOST_TAGS} of 1 to 40 characters")
    return clean


def checked_text(text: str, field_name: str) -> str:
    """A note or reason fit to be kept. Raises BadInput."""
    clean = text.strip()
    if not 1 <= len(clean) <= MOST_TEXT or "\x00" in clean:
        raise BadInput("Please write something.", field=field_name, allowed=f"1 to {MOST_TEXT} characters")
    return clean
