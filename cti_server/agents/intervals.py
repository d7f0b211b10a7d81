"""Cuts each agent's day into stretches of one state, and journals each of them once.

A stretch is written when it begins (without an end) and again when it ends, so that one that is open when the server
is killed is known afterwards. Its name for ever is (pbx, device, started_at).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cti_server.agents.model import Device
from cti_server.live.views import AgentView
from cti_server.live.words import AgentState

INTERVAL = "agent_interval"
"""Kind of the journal's rows."""


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""

    def drained(self, limit: float = ...) -> Awaitable[None]:
        """Wait until the database has every row appended so far. Raises TimedOut."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a state that lasts. `started_at` in unix seconds, to the microsecond as the database keeps it."""

    pbx: str
    device: str
    user_id: int | None
    state: str
    reason: str
    started_at: float
    exact: bool = True
    seen: bool = True
    """False while it is only known from before a restart and the PBX has not yet said whether it still lasts."""

    @property
    def key(self) -> Device:
        """PBX and device."""
        return self.pbx, self.device


def row_of(interval: Interval, ended_at: float | None) -> dict[str, Any]:
    """The journal's row for a stretch that lasts, or that ended."""
    return {
        "pbx": interval.pbx,
        "device": interval.device,
        "user_id": interval.user_id,
        "state": interval.state,
        "reason": interval.reason,
        "started_at": interval.started_at,
        "ended_at": ended_at,
        "exact": interval.exact,
    }


class Intervals:
    """The open stretch of every device."""

    def __init__(self, journal: Journal, owner: Callable[[str, str], int | None]) -> None:
        self._journal = journal
        self._owner = owner
        self._open: dict[Device, Interval] = {}

    def remember(self, intervals: Iterable[Interval]) -> None:
        """Take up stretches that were open when the server last wrote; what was heard since then stands."""
        for interval in intervals:
            known = self._open.get(interval.key)
            if known is None:
                self._open[interval.key] = replace(interval, seen=False)
            elif known.started_at > interval.started_at:
                # The PBX spoke first: the old stretch ended unseen, at the latest when the new one began.
                self._journal.append(INTERVAL, row_of(replace(interval, exact=False), known.started_at))

    def hear(self, agent: AgentView, at: float) -> None:
        """The state of an agent as the PBX tells it now; nothing happens when it goes on."""
        key = (agent.pbx, agent.device)
        known = self._open.get(key)
        if known is None:
            # Off duty is the absence of a first stretch; it is written only between two stretches of duty.
            if agent.state is not AgentState.LOGGED_OFF:
                self._begin(agent, agent.since, exact=True)
            return
        if (known.state, known.reason) == (agent.state, agent.reason):
            if not known.seen:
                self._open[key] = replace(known, seen=True)
            return
        start = max(round(min(agent.since, at) if not known.seen else at, 6), known.started_at)
        self._end(known, start)
        self._begin(agent, start, exact=known.seen)

    def owner_changed(self, key: Device, at: float) -> None:
        """Somebody else works with the device from now on: the stretch is cut."""
        known = self._open.get(key)
        owner = self._owner(*key)
        if known is None or known.user_id == owner:
            return
        start = max(round(at, 6), known.started_at)
        self._end(known, start)
        self._keep(replace(known, user_id=owner, started_at=start))

    def compare(self, pbx: str, agents: Mapping[Device, AgentView], at: float) -> None:
        """After everything was asked of a PBX: end what it no longer knows of, and hear what it says of the others."""
        for key, known in list(self._open.items()):
            if key[0] == pbx and key not in agents and known.state != AgentState.LOGGED_OFF:
                gone = AgentView(pbx, key[1], name="", state=AgentState.LOGGED_OFF, reason="", since=at)
                self._open[key] = replace(known, seen=False)
                self.hear(gone, at)
        for key, agent in agents.items():
            if key[0] == pbx:
                self.hear(agent, at)

    def _end(self, known: Interval, at: float) -> None:
        if at > known.started_at:
            exact = known.exact and known.seen
            self._journal.append(INTERVAL, row_of(replace(known, exact=exact), at))
        # Else it lasted no time: its row is overwritten by the stretch that begins at the same moment.

    def _begin(self, agent: AgentView, at: float, *, exact: bool) -> None:
        owner = self._owner(agent.pbx, agent.device)
        start = round(at, 6)
        self._keep(Interval(agent.pbx, agent.device, owner, agent.state, agent.reason, start, exact))

    def _keep(self, interval: Interval) -> None:
        self._open[interval.key] = interval
        self._journal.append(INTERVAL, row_of(interval, None))
