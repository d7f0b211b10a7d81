"""What quality needs of its neighbours, and what its sub-rooms share (pure)."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cti_server.core.auth.model import Role, Session
from cti_server.core.auth.scope import Scope
from cti_server.core.errors import BadInput, NotFound

GRADERS: Final = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})
EDITORS: Final = frozenset({Role.QA, Role.ADMIN})
"""Who makes forms, plans and calibrations."""
AGENTS: Final = frozenset({Role.AGENT})
MOST_TEXT: Final = 2000
RECORDING: Final = "recording"
CALL: Final = "call"
"""A call that is heard while it goes on; it becomes its recording when that is filed."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is scored. `at` unix seconds, `seconds` its length; `measured`: figure → value, as `Measure` names them."""

    kind: str
    id: str
    agents: tuple[int, ...]
    queue: str | None
    at: float
    seconds: float | None
    measured: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Playing:
    """A sound that may be heard: its bytes, the hash of them, and how a range (first, last) of them is read."""

    size: int
    sha256: str
    read: Callable[[int, int], AsyncIterator[bytes]]


class Subjects(Protocol):
    """One kind of what is scored: recordings, calls that go on, later chats, mails, tickets. A door asks whether `who`
    may hear or read it.
    """

    async def subject(self, who: Session, subject_id: str) -> Subject:
        """Raises NotFound, Unavailable."""

    def going_on(self, subject_id: str) -> bool:
        """Whether it is not over, so that a score of it must wait."""

    async def shown(self, who: Session, subject_id: str, *, blind: bool) -> Any:
        """The recording as a player draws it; blind: without whose it is. Raises NotFound, Unavailable."""

    async def listen(self, who: Session, subject_id: str) -> str:
        """A key for its sound, audited. Raises NotFound, Unavailable."""

    async def sound(self, who: Session, subject_id: str, key: str) -> Playing:
        """The sound that a key opens. Raises NotFound, Unavailable."""

    def lends(self, who: Session) -> bool:
        """Whether `who` may hear at all what is in the library."""

    async def lent(self, who: Session, subject_id: str) -> Any:
        """One of the library as a player draws it, without whose customer it is. Raises NotFound, Forbidden."""

    async def lend(self, who: Session, subject_id: str) -> str:
        """A key for its sound, audited. Raises NotFound, Forbidden, Unavailable."""


class Kinds:
    """All kinds of subjects by their names."""

    def __init__(self, **kinds: Subjects) -> None:
        self._kinds = kinds

    def of(self, kind: str) -> Subjects:
        """The subjects of a kind. Raises NotFound."""
        if kind not in self._kinds:
            raise NotFound("There is no such thing to score.", code="no_such_recording")
        return self._kinds[kind]


class Place(Protocol):
    """One of the queues that somebody serves."""

    @property
    def queue(self) -> str:
        """Its name."""


class Profile(Protocol):
    """What quality asks of an agent's profile."""

    @property
    def team(self) -> str:
        """His team; empty: none."""

    @property
    def queues(self) -> Sequence[Place]:
        """The queues that he serves."""


class People(Protocol):
    """Whom there is and who sees whom."""

    def name_of(self, user_id: int) -> str:
        """A user's name; empty when unknown."""

    def profile_of(self, user_id: int) -> Profile | None:
        """A user's profile; None when he has none."""

    def sees_user(self, scope: Scope, user_id: int) -> bool:
        """Whether a user lies within."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a list may hold: agents and queues; None: all."""

    agents: tuple[int, ...] | None = None
    queues: tuple[str, ...] | None = None


def sight_of(people: People, scope: Scope) -> Sight:
    """The part of the evaluations that lies within a scope."""
    if scope.whole:
        return Sight()
    return Sight(tuple(people.users_within(scope)), tuple(sorted(scope.queues)) or None)


def checked_text(text: str, field_name: str, *, needed: bool = True, most: int = MOST_TEXT) -> str:
    """A text fit to be kept, trimmed. Raises BadInput naming the field."""
    clean = text.strip()
    if len(clean) > most or "\x00" in clean or (needed and not clean):
        allowed = f"{1 if needed else 0} to {most} characters"
        raise BadInput("Please write something.", field=field_name, allowed=allowed)
    return clean
