"""The arithmetic of an agent's day (pure). Seconds; moments in unix seconds. Formulas: docs/glossary.md."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cti_server.agents.model import Device, Live
from cti_server.live.words import AgentState, SegmentKind

_TALKS = (SegmentKind.TALK, SegmentKind.CONFERENCE)


class Callback(Protocol):
    """Somebody whom the user is to call back."""

    @property
    def source(self) -> str:
        """What it comes from: lostCall, or what another room calls its own."""

    @property
    def ref(self) -> str:
        """Its number there."""

    @property
    def number(self) -> str:
        """What to dial."""

    @property
    def name(self) -> str:
        """Who it is; empty when unknown."""

    @property
    def customer_id(self) -> int | None:
        """Whose number it is, where that is known."""

    @property
    def since(self) -> float:
        """Since when it waits."""

    @property
    def due_at(self) -> float | None:
        """The promised moment; None: as soon as it can be."""

    @property
    def attempts(self) -> int:
        """How often he was called already."""


class CallbackSource(Protocol):
    """A room that knows of callbacks. Another one is one more entry in `app.py`."""

    def __call__(self, user_id: int) -> Awaitable[Sequence[Callback]]:
        """What this user is to do. Raises CtiError when it cannot be told."""


class Reason(Protocol):
    """A reason for being away, as the admin has set it."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def limit_seconds(self) -> int | None:
        """How long it may last each time."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one state, already cut to the day; what lasts ends now."""

    state: str
    reason: str
    started_at: float
    ended_at: float

    @property
    def seconds(self) -> float:
        """How long."""
        return max(0.0, self.ended_at - self.started_at)


@dataclass(frozen=True, slots=True)
class Talks:
    """Calls that are over: how many he talked in, and for how long; `talk` without holds."""

    handled: int = 0
    talk: float = 0.0
    hold: float = 0.0


@dataclass(frozen=True, slots=True)
class PauseJson:
    """What was used of one reason. `limit_seconds` is for each time; `over`: how many times were longer than it."""

    reason: str
    times: int
    seconds: float
    longest: float
    limit_seconds: int | None
    over: int


@dataclass(frozen=True, slots=True)
class CallbackJson:
    """A callback as the consoles are given it."""

    source: str
    ref: str
    number: str
    name: str
    customer_id: int | None
    since: float
    due_at: float | None
    attempts: int


@dataclass(frozen=True, slots=True)
class DayJson:
    """An agent's business day until `at`.

    `aht` = (talk + hold + after-call work) / handled · `acw_average` = after-call work / handled · `occupancy` =
    (talk + hold + acw) / (talk + hold + acw + ready), with the call that is going on. None: nothing to divide by.
    """

    day_start: float
    at: float
    handled: int
    talk_seconds: float
    hold_seconds: float
    acw_seconds: float
    ready_seconds: float
    on_call_seconds: float
    """Of calls that still last; in none of the averages, but in the occupancy."""
    aht: float | None
    acw_average: float | None
    occupancy: float | None
    pauses: tuple[PauseJson, ...]
    callbacks: tuple[CallbackJson, ...]
    callbacks_complete: bool
    """False when one of the rooms that know of callbacks could not be asked."""


def on_call(live: Live, key: Device, now: float) -> float:
    """Seconds so far of the talks that the device is in."""
    return sum(
        max(0.0, now - part.started_at)
        for call in live.calls.values()
        if call.pbx == key[0]
        for part in call.segments
        if part.device == key[1] and part.ended_at is None and part.kind in _TALKS
    )


def pauses_of(stretches: Iterable[Stretch], reasons: Iterable[Reason]) -> tuple[PauseJson, ...]:
    """What was used of each reason, the longest in sum first."""
    limits = {reason.code: reason.limit_seconds for reason in reasons}
    used: dict[str, list[float]] = {}
    for stretch in stretches:
        if stretch.state == AgentState.NOT_READY:
            used.setdefault(stretch.reason, []).append(stretch.seconds)
    found = [_pause(reason, times, limits.get(reason)) for reason, times in used.items()]
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.reason)))


def _pause(reason: str, times: Sequence[float], limit: int | None) -> PauseJson:
    over = sum(1 for seconds in times if limit is not None and seconds > limit)
    return PauseJson(reason, len(times), sum(times), max(times), limit, over)


def seconds_by_state(stretches: Iterable[Stretch]) -> Mapping[str, float]:
    """Seconds in each state."""
    sums: dict[str, float] = {}
    for stretch in stretches:
        sums[stretch.state] = sums.get(stretch.state, 0.0) + stretch.seconds
    return sums


def divided(part: float, whole: float) -> float | None:
    """part / whole; None when there is nothing to divide by."""
    return part / whole if whole > 0 else None


def callback_json(one: Callback) -> CallbackJson:
    """A callback as the consoles are given it."""
    return CallbackJson(
        source=one.source,
        ref=one.ref,
        number=one.number,
        name=one.name,
        customer_id=one.customer_id,
        since=one.since,
        due_at=one.due_at,
        attempts=one.attempts,
    )


def in_order(callbacks: Iterable[Callback]) -> tuple[CallbackJson, ...]:
    """Promised ones by their moment, then the others by how long they wait."""
    return tuple(
        callback_json(one)
        for one in sorted(callbacks, key=lambda one: (one.due_at is None, one.due_at or one.since, one.ref))
    )


def day_of(
    bounds: tuple[float, float],
    now: float,
    talks: Talks,
    running: float,
    stretches: Sequence[Stretch],
    reasons: Iterable[Reason],
    callbacks: Sequence[Callback],
    *,
    complete: bool,
) -> DayJson:
    """An agent's day until `now`."""
    sums = seconds_by_state(stretches)
    acw = sums.get(AgentState.WORKING_AFTER_CALL, 0.0)
    ready = sums.get(AgentState.READY, 0.0)
    handling = talks.talk + talks.hold + acw
    return DayJson(
        day_start=bounds[0],
        at=now,
        handled=talks.handled,
        talk_seconds=talks.talk,
        hold_seconds=talks.hold,
        acw_seconds=acw,
        ready_seconds=ready,
        on_call_seconds=running,
        aht=divided(handling, talks.handled),
        acw_average=divided(acw, talks.handled),
        occupancy=divided(handling + running, handling + running + ready),
        pauses=pauses_of(stretches, reasons),
        callbacks=in_order(callbacks),
        callbacks_complete=complete,
    )
