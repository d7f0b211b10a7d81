"""What a change for many agents makes of each of them, and what taking it back does (pure)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.agents.model import QueuePlace, checked_penalty
from cti_server.agents.skills.model import checked_level, checked_skill
from cti_server.core.errors import BadInput
from cti_server.live.words import OWN_PENALTY

UNDO_SECONDS: Final = 3600.0
"""For how long a change can be taken back; one that ends by itself, until it does."""
MOST_AGENTS: Final = 500
LONGEST: Final = 31 * 86400.0
"""Seconds; the farthest end of a change for a time."""

Places = tuple[QueuePlace, ...]


class Kind(StrEnum):
    """What is done."""

    ADD = "add"  # into queues; with a penalty also for those who are there
    REMOVE = "remove"  # out of queues
    PENALTY = "penalty"  # another penalty in queues where they are
    ONLY = "only"  # in these queues and no others
    SKILL = "skill"  # a skill at a level, or no longer


class State(StrEnum):
    """How it came out for one agent."""

    PLANNED = "planned"  # not yet asked of the PBX
    DONE = "done"  # the PBX has done it, or it needed none
    KEPT = "kept"  # he is not at work: it holds from his next sign-in
    FAILED = "failed"  # the PBX refused or is away; see reason
    REFUSED = "refused"  # cannot be done for him; see reason
    UNCHANGED = "unchanged"  # he has it already
    UNDONE = "undone"  # taken back
    CHANGED = "changed"  # not taken back: somebody has changed the same meanwhile


@dataclass(frozen=True, slots=True)
class Change:
    """What is done. `penalty` None: as it is, 0 for new places; `level` None: without the skill."""

    kind: Kind
    queues: tuple[str, ...] = ()
    penalty: int | None = None
    skill: str = ""
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One agent of a change. Levels for a change of a skill, places for the others."""

    user_id: int
    name: str
    before: Places = ()
    after: Places = ()
    level_before: int | None = None
    level_after: int | None = None
    state: State = State.PLANNED
    reason: str = ""
    """A code (REFUSED), or the sentence of what went wrong (FAILED)."""
    signed_in: tuple[str, ...] | None = None
    """In which of his queues he was signed in; None: he had no shift."""

    @property
    def moves(self) -> bool:
        """Whether there is anything to do."""
        return (self.before, self.level_before) != (self.after, self.level_after)


@dataclass(frozen=True, slots=True)
class Move:
    """A change for many agents. Unix seconds."""

    id: int
    by: int
    by_name: str
    at: float
    change: Change
    until: float | None
    text: str
    undo_until: float
    items: tuple[Item, ...]
    undone_at: float | None = None
    undone_by_name: str = ""
    """Empty when its time was up."""


def checked_change(change: Change) -> Change:
    """A change that can be carried out. Raises BadInput naming the field."""
    if change.kind is Kind.SKILL:
        level = None if change.level is None else checked_level(change.level)
        return Change(Kind.SKILL, skill=checked_skill(change.skill), level=level)
    if not change.queues or len(set(change.queues)) != len(change.queues):
        raise BadInput("Choose one or more queues.", field="queues", allowed="different queues, at least one")
    if change.penalty is not None:
        checked_penalty(change.penalty, "penalty")
    if change.kind is Kind.PENALTY and change.penalty is None:
        raise BadInput("Say which penalty.", field="penalty", allowed=f"0 to {OWN_PENALTY - 1}")
    penalty = None if change.kind is Kind.REMOVE else change.penalty
    return Change(change.kind, tuple(change.queues), penalty)


def rearranged(places: Places, change: Change, touches: Callable[[str], bool] = lambda queue: True) -> Places:
    """The queues that somebody has after the change; those that `touches` refuses stay as they are."""
    known = {place.queue: place.penalty for place in places}
    wanted = dict(known)
    if change.kind is Kind.ONLY:
        wanted = {queue: penalty for queue, penalty in known.items() if queue in change.queues or not touches(queue)}
    for queue in filter(touches, change.queues):
        if change.kind is Kind.REMOVE:
            wanted.pop(queue, None)
        elif change.kind in (Kind.ADD, Kind.ONLY) or queue in known:
            wanted[queue] = known.get(queue, 0) if change.penalty is None else change.penalty
    return tuple(QueuePlace(queue, penalty) for queue, penalty in wanted.items())


def taken_back(current: Places, item: Item) -> Places | None:
    """The queues after taking a change back; None when somebody has changed one of the same places meanwhile.

    What was changed elsewhere since then stays.
    """
    now, before, after = _by_queue(current), _by_queue(item.before), _by_queue(item.after)
    touched = [queue for queue in {**before, **after} if before.get(queue) != after.get(queue)]
    if any(now.get(queue) != after.get(queue) for queue in touched):
        return None
    back = {queue: penalty for queue, penalty in now.items() if queue not in touched}
    back |= {queue: before[queue] for queue in touched if queue in before}
    order = [*before, *(queue for queue in back if queue not in before)]
    return tuple(QueuePlace(queue, back[queue]) for queue in order if queue in back)


def with_level(skills: Mapping[str, int], skill: str, level: int | None) -> dict[str, int]:
    """Somebody's skills with another level of one; None: without it."""
    others = {name: known for name, known in skills.items() if name != skill}
    return others if level is None else dict(sorted({**others, skill: level}.items()))


def missing_queues(places: Places, before: Places, known: Collection[str]) -> list[str]:
    """The new queues that a PBX does not have."""
    had = {place.queue for place in before}
    return [place.queue for place in places if place.queue not in had and place.queue not in known]


def _by_queue(places: Places) -> dict[str, int]:
    return {place.queue: place.penalty for place in places}
