"""What each agent did since the business day began (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass

from cti_server.agents.model import Days, TodayJson
from cti_server.live.views import CallView
from cti_server.live.words import Outcome, SegmentKind, SegmentResult

Whose = int | tuple[str, str]
"""A user's number; PBX and device where nobody owns the device."""

_CLOCKS_APART = 60.0


@dataclass(frozen=True, slots=True)
class Work:
    """What one finished segment adds to an agent's day. Seconds; `talk` without holds."""

    started_at: float
    answered: int = 0
    missed: int = 0
    talk: float = 0.0
    hold: float = 0.0


def work_of(
    kind: str, result: str | None, started_at: float, ended_at: float, held: float, *, merged: bool
) -> Work | None:
    """The work that a finished segment stands for; None when it counts for nothing.

    In a consultation that was joined into another call (`merged`) rings count, for the one who is consulted may go on
    with the customer and is rung nowhere else; talk does not: it is the hold of the call that was joined.
    """
    if kind == SegmentKind.RING:
        if result == SegmentResult.ANSWERED:
            return Work(started_at, answered=1)
        return Work(started_at, missed=1) if result in (SegmentResult.NO_ANSWER, SegmentResult.REJECTED) else None
    if kind in (SegmentKind.TALK, SegmentKind.CONFERENCE) and not merged:
        hold = max(0.0, held)
        return Work(started_at, talk=max(0.0, ended_at - started_at - hold), hold=hold)
    return None


def told_work(call: CallView) -> Iterator[tuple[str, int, Work | None]]:
    """For each finished segment of a device: the device, a key of the segment, and its work (None: not counted)."""
    merged = call.outcome is Outcome.MERGED
    for part in call.segments:
        if part.device is None or part.ended_at is None:
            continue
        times = (part.started_at, part.ended_at, part.held_seconds)
        yield part.device, segment_key(call.id, part.n), work_of(part.kind, part.result, *times, merged=merged)


def segment_key(call_id: str, n: int) -> int:
    """A small key for a segment; good inside one process only."""
    return hash((call_id, n))


class Today:
    """The business day of all agents; each segment is counted once, however often it is told."""

    def __init__(self, days: Days, now: float) -> None:
        self._days = days
        self.bounds = days.bounds(now)
        self._work: dict[int, tuple[Whose, Work]] = {}
        self._sums: dict[Whose, TodayJson] = {}

    def roll(self, now: float) -> None:
        """Begin a new day when the time has come."""
        if now >= self.bounds[1]:
            self.bounds = self._days.bounds(now)
            self._work.clear()
            self._sums.clear()

    def of(self, whose: Whose) -> TodayJson:
        """The sums of one agent."""
        return self._sums.get(whose) or TodayJson()

    def book(self, whose: Whose, key: int, work: Work | None, now: float) -> bool:
        """Count a segment, or take it out again with None; False when nothing changed."""
        self.roll(now)
        if work is not None and work.started_at < now + _CLOCKS_APART:
            self.roll(work.started_at)
        known = self._work.get(key)
        if work is None or not self.bounds[0] <= work.started_at < self.bounds[1]:
            work = None
        if (known and known[1]) == work:
            return False
        if known is not None:
            self._add(known[0], known[1], -1)
            del self._work[key]
        if work is not None:
            # Whose it was when it was first told stays: the device may change hands meanwhile.
            whose = known[0] if known is not None else whose
            self._work[key] = (whose, work)
            self._add(whose, work, 1)
        return True

    def _add(self, whose: Whose, work: Work, times: int) -> None:
        before = self.of(whose)
        self._sums[whose] = TodayJson(
            answered=before.answered + times * work.answered,
            missed=before.missed + times * work.missed,
            talk_seconds=max(0.0, before.talk_seconds + times * work.talk),
            hold_seconds=max(0.0, before.hold_seconds + times * work.hold),
        )
