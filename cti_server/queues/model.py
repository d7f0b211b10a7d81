"""What the room of queues shows and what it needs of others (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from cti_server.live.views import AgentView, CallView, QueueView, SegmentView
from cti_server.live.words import CALLBACK_CALL, CALLBACK_LEG, Outcome, SegmentKind, SegmentResult
from cti_server.queues.figures import DayOfQueue, Goal, Wait, WaitEnd

QueueKey = tuple[str, str]
"""PBX and name of a queue."""

COMES_BACK: Final = 60.0
"""Seconds within which somebody whom we took out of a queue and who joins it again waits on."""
_ENDS: Final[Mapping[SegmentResult, WaitEnd]] = {
    SegmentResult.ANSWERED: WaitEnd.ANSWERED,
    SegmentResult.ABANDONED: WaitEnd.ABANDONED,
    SegmentResult.CLEARED: WaitEnd.ABANDONED,  # hung up while waiting
    SegmentResult.TIMED_OUT: WaitEnd.LEFT,
    SegmentResult.EXIT_KEY: WaitEnd.LEFT,
    SegmentResult.REDIRECTED: WaitEnd.LEFT,
    SegmentResult.TRANSFERRED: WaitEnd.LEFT,
}


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def agents(self) -> Mapping[tuple[str, str], AgentView]:
        """By PBX and device."""

    @property
    def queues(self) -> Mapping[QueueKey, QueueView]:
        """By PBX and name."""


class Goals(Protocol):
    """Queues' own goals, where an admin gave them."""

    def service_goal(self, key: QueueKey) -> tuple[int | None, float | None]:
        """Seconds and target, each None where the site's holds. Never waits."""


@dataclass(frozen=True, slots=True)
class GoalJson:
    """What good service is in this queue: a share of 1 answered within so many seconds."""

    seconds: float
    target: float


@dataclass(frozen=True, slots=True)
class WaitingJson:
    """A caller who waits. Times in unix seconds."""

    call_id: str
    number: str
    name: str
    position: int
    joined_at: float


@dataclass(frozen=True, slots=True)
class FiguresJson:
    """Figures of the business day so far, of callers whose wait is over; shares are of 1, lengths in seconds."""

    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    left: int
    called_back: int
    not_reached: int
    answered_within: int
    abandoned_within: int
    service_level: float | None
    abandon_rate: float | None
    asa: float | None
    longest_wait_today: float


@dataclass(frozen=True, slots=True)
class StaffJson:
    """How many members stand in each state, as seen from this queue; `logged_on` is all of them."""

    ready: int = 0
    busy: int = 0
    alerting: int = 0
    acw: int = 0
    not_ready: int = 0
    unreachable: int = 0
    logged_on: int = 0


@dataclass(frozen=True, slots=True)
class QueueJson:
    """A queue as the consoles are given it. `day_start` in unix seconds."""

    pbx: str
    name: str
    label: str
    waiting: tuple[WaitingJson, ...]
    figures: FiguresJson
    agents: StaffJson
    day_start: float
    goal: GoalJson


def wait_key(call_id: str, n: int) -> int:
    """A small key for segment `n` of a call; good inside one process only."""
    return hash((call_id, n))


def wait_end(result: str) -> WaitEnd | None:
    """What the figures make of a segment's result; None when the true end was not seen."""
    return _ENDS.get(SegmentResult(result))


def callback_end(result: str, *, reached: bool) -> WaitEnd | None:
    """The same for a wait that stood for somebody who kept his place; None when no agent came, or while he is called.

    `reached`: he and the agent have talked.
    """
    if result == SegmentResult.ANSWERED:
        return WaitEnd.CALLED_BACK if reached else None
    return WaitEnd.NOT_REACHED if result == SegmentResult.NO_ANSWER else None


def finished_wait(segment: SegmentView) -> Wait | None:
    """The wait that this segment tells of; None while it lasts, for other kinds, and when its end was not seen."""
    if segment.kind is not SegmentKind.QUEUE or segment.ended_at is None or segment.result is None:
        return None
    end = wait_end(segment.result)
    return None if end is None else Wait(segment.started_at, max(0.0, segment.ended_at - segment.started_at), end)


def told_waits(call: CallView) -> Iterator[tuple[QueueKey, int, Wait | None]]:
    """Each ended queue segment of a call: its queue, key and wait; None for the wait when it must not be counted."""
    yield from waits_of(
        (call.pbx, call.linkedid),
        [part for part in call.segments if part.kind is SegmentKind.QUEUE],
        reached=call.answered_at is not None,
        merged=call.outcome is Outcome.MERGED,
    )


def waits_of(
    call: tuple[str, str], parts: Sequence[SegmentView], *, reached: bool, merged: bool = False
) -> Iterator[tuple[QueueKey, int, Wait | None]]:
    """The same by PBX and Linkedid of a call and its queue segments in order; `reached`: an agent and he have talked.

    Who was taken out for a moment (another place, an offer) and came back has waited once, from the first time on.
    """
    stand_in = call[1] + CALLBACK_LEG if call[1].startswith(CALLBACK_CALL) else None
    entered, gone_on = _joined_up(parts)
    for part in parts:
        own = stand_in is not None and part.leg_id == stand_in
        wait = _callback_wait(part, reached=reached) if own else finished_wait(part)
        if part.queue is None or wait is None:
            continue
        if (since := entered.get(part.n)) is not None:
            wait = replace(wait, entered_at=since, seconds=wait.seconds + part.started_at - since)
        key = wait_key(":".join(call), part.n)
        yield (call[0], part.queue), key, None if merged or part.n in gone_on else wait


def _joined_up(parts: Sequence[SegmentView]) -> tuple[dict[int, float], set[int]]:
    """Segments that go on with an earlier one → when that began; and those that are gone on with."""
    last: dict[tuple[str | None, str | None], SegmentView] = {}
    entered: dict[int, float] = {}
    gone_on: set[int] = set()
    for part in parts:
        before, last[part.leg_id, part.queue] = last.get((part.leg_id, part.queue)), part
        if before is None or before.result is not SegmentResult.REDIRECTED or before.ended_at is None:
            continue
        if part.started_at - before.ended_at <= COMES_BACK:
            entered[part.n] = entered.get(before.n, before.started_at)
            gone_on.add(before.n)
    return entered, gone_on


def _callback_wait(segment: SegmentView, *, reached: bool) -> Wait | None:
    if segment.result is None:
        return None
    end = callback_end(segment.result, reached=reached)
    return None if end is None else Wait(segment.started_at, 0.0, end)


def figures_json(day: DayOfQueue, goal: Goal) -> FiguresJson:
    """The day's figures under the site's definition of the service level."""
    figures = day.figures
    return FiguresJson(
        offered=figures.offered,
        answered=figures.answered,
        abandoned=figures.abandoned,
        short_abandoned=figures.short_abandoned,
        left=figures.left,
        called_back=figures.called_back,
        not_reached=figures.not_reached,
        answered_within=figures.answered_within,
        abandoned_within=figures.abandoned_within,
        service_level=figures.service_level(goal.definition),
        abandon_rate=figures.abandon_rate,
        asa=figures.asa,
        longest_wait_today=day.longest_wait,
    )


def waiting_json(queue: QueueView) -> tuple[WaitingJson, ...]:
    """Who waits, first in line first."""
    line = sorted(queue.waiting, key=lambda caller: (caller.position, caller.joined_at))
    return tuple(
        WaitingJson(caller.call_id, caller.number, caller.name, caller.position, caller.joined_at) for caller in line
    )
