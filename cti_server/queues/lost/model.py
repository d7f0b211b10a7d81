"""Which calls are lost, which conversations make up for them, and what may be done with an item (pure)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from cti_server.core.auth.scope import Scope
from cti_server.core.errors import Conflict, Forbidden
from cti_server.core.worklist.model import check_not_anothers
from cti_server.live.views import CallView
from cti_server.live.words import Direction, LegRole, Outcome, SegmentKind

UNDO_SECONDS: Final = 60.0
"""For how long what was dismissed or done can be taken back; the consoles offer it for ten seconds."""
LOST: Final = frozenset({Outcome.ABANDONED, Outcome.LEFT_QUEUE, Outcome.NO_ANSWER})


class State(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"  # somebody says that it is
    DISMISSED = "dismissed"  # nothing is to be done, for a reason
    REACHED = "reached"  # the caller got through later
    CALLED_BACK = "calledBack"  # we called, and he answered


WORK: Final = (State.OPEN, State.CLAIMED)


class ContactKind(StrEnum):
    """What a call means for the list."""

    LOST = "lost"
    REACHED = "reached"
    CALLED_BACK = "calledBack"


@dataclass(frozen=True, slots=True)
class Contact:
    """One call as the list sees it. `at` unix seconds: when he gave up, or until when we have spoken with him."""

    kind: ContactKind
    pbx: str
    linkedid: str
    number_key: str
    """Digits by which the number is found; empty when withheld."""
    number: str
    name: str
    queue: str | None
    at: float
    waited: float = 0.0

    def row(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "kind": self.kind.value,
            "pbx": self.pbx,
            "linkedid": self.linkedid,
            "number_key": self.number_key,
            "number": self.number.replace("\x00", ""),
            "name": self.name.replace("\x00", ""),
            "queue": self.queue,
            "at": self.at,
            "waited": self.waited,
        }


@dataclass(frozen=True, slots=True)
class LostJson:
    """An item as the consoles are given it. Times in unix seconds; `callable` False: he withheld his number."""

    id: int
    state: str
    number: str
    name: str
    callable: bool
    calls: int
    queues: tuple[str, ...]
    first_at: float
    last_at: float
    longest_wait: float
    claimed_by: int | None
    claimed_by_name: str
    claimed_at: float | None
    attempts: int
    attempt_at: float | None
    ended_at: float | None
    ended_by: int | None
    ended_by_name: str
    reason: str
    revision: int


@dataclass(frozen=True, slots=True)
class Callback:
    """A caller whom somebody has taken on himself to call back; `since` unix seconds, when he was lost first."""

    ref: str
    number: str
    name: str
    since: float
    attempts: int
    source: str = "lostCall"
    customer_id: int | None = None
    due_at: float | None = None
    """Nobody has promised a moment: as soon as it can be."""


def lies_within(scope: Scope, queues: Collection[str]) -> bool:
    """Whether a lost caller of these queues is for this scope: nobody took him, so the queues alone decide."""
    return scope.sees_call(queues, ())


def contact_of(call: CallView, number_key: str, *, least_wait: float = 0.0) -> Contact | None:
    """What a call means for the list; None for nothing. `number_key` of its other side.

    While two talk it counts as reached already, so that nobody calls back who is on the line; once it is over it
    reaches until its end. Who gave up sooner than after `least_wait` seconds has misdialled.
    """
    if call.direction is Direction.INTERNAL or call.outcome in (Outcome.MERGED, Outcome.INTERRUPTED):
        return None
    if call.answered_at is not None and call.outcome in (None, Outcome.ANSWERED):
        if not number_key or not _spoken(call):
            return None
        kind = ContactKind.CALLED_BACK if call.direction is Direction.OUTBOUND else ContactKind.REACHED
        return _contact(kind, call, number_key, call.ended_at or call.answered_at)
    if call.direction is not Direction.INBOUND or call.ended_at is None or call.outcome not in LOST:
        return None
    if call.ended_at - call.started_at < least_wait:
        return None
    return _contact(ContactKind.LOST, call, "" if call.withheld else number_key, call.ended_at)


def _spoken(call: CallView) -> bool:
    """Whether the other side itself was there: a colleague who was asked is not the customer."""
    return any(leg.role is LegRole.CUSTOMER and leg.answered_at is not None for leg in call.legs)


class GivenUp(Protocol):
    """Somebody who kept his place and whom nobody has reached. `call_id` of the call in which he asked for it."""

    @property
    def call_id(self) -> str: ...  # noqa: D102

    @property
    def queue(self) -> str: ...  # noqa: D102

    @property
    def number(self) -> str: ...  # noqa: D102

    @property
    def name(self) -> str: ...  # noqa: D102


def contact_of_given_up(item: GivenUp, number_key: str, at: float) -> Contact:
    """Now he is lost, and not when he hung up to be called back."""
    pbx, _, linkedid = item.call_id.partition(":")
    return Contact(ContactKind.LOST, pbx, linkedid, number_key, item.number, item.name, item.queue, at)


def _contact(kind: ContactKind, call: CallView, number_key: str, at: float) -> Contact:
    waits = [part for part in call.segments if part.kind is SegmentKind.QUEUE and part.queue]
    waited = sum((part.ended_at or at) - part.started_at for part in waits)
    queue = waits[-1].queue if waits else call.queue
    return Contact(kind, call.pbx, call.linkedid, number_key, call.number, call.name, queue, at, max(0.0, waited))


def check_claim(item: LostJson, user_id: int) -> None:
    """May this user take the item? Raises Conflict."""
    check_open(item)
    check_not_anothers(item, user_id)


def check_hold(item: LostJson, user_id: int, *, chief: bool) -> None:
    """May this user end or give back the item? Others' items only a supervisor may. Raises Conflict, Forbidden."""
    check_open(item)
    if item.claimed_by not in (None, user_id) and not chief:
        raise Forbidden(f"{item.claimed_by_name or 'Somebody else'} works on this.", code="claimed_by_other")


def check_open(item: LostJson) -> None:
    """Raise Conflict when the item is over."""
    if item.state not in WORK:
        raise Conflict("This is over already.", code="lost_is_over", state=item.state)


def check_callable(item: LostJson) -> None:
    """Raise Conflict when nobody can call back."""
    if not item.callable:
        raise Conflict("The caller withheld his number.", code="number_withheld")


def check_undo(item: LostJson, now: float) -> None:
    """May the end of this item be taken back? Raises Conflict."""
    if item.state not in (State.DISMISSED, State.DONE):
        raise Conflict("Only what was done or dismissed can be taken back.", code="lost_not_over", state=item.state)
    if item.ended_at is None or now - item.ended_at > UNDO_SECONDS:
        raise Conflict("It is too late to take this back.", code="too_late")
