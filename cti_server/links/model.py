"""What the consoles are told of links and of the site (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cti_server.live.views import AgentView, CallView, LinkView, QueueView


@dataclass(frozen=True, slots=True)
class ServiceLevelJson:
    """What the site calls good service; every figure on a screen names it."""

    definition: str
    seconds: float
    target: float
    short_abandon_seconds: float


@dataclass(frozen=True, slots=True)
class SiteJson:
    """What every console needs to know of the site."""

    timezone: str
    language: str
    service_level: ServiceLevelJson
    queue_labels: Mapping[str, str] = field(default_factory=dict)
    """What people call the queues, by the PBX's names."""


@dataclass(frozen=True, slots=True)
class DatabaseJson:
    """Whether history can be written and looked up now; `since` in unix seconds."""

    up: bool
    since: float


@dataclass(frozen=True, slots=True)
class ServerJson:
    """Which server answers; `now` is its clock, by which consoles set theirs."""

    version: str
    started_at: float
    now: float


@dataclass(frozen=True, slots=True)
class PbxJson:
    """A PBX for operators. Times in unix seconds."""

    pbx: str
    host: str
    port: int
    state: str
    up: bool
    since: float
    reason: str
    next_try: float | None
    version: str
    system_name: str
    warnings: tuple[str, ...]
    calls: int
    agents: int
    queues: int
    events: int
    events_per_second: float
    reconnects: int
    comparisons: int
    faults: int


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def links(self) -> Mapping[str, LinkView]:
        """By PBX."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def agents(self) -> Mapping[tuple[str, str], AgentView]:
        """By PBX and device."""

    @property
    def queues(self) -> Mapping[tuple[str, str], QueueView]:
        """By PBX and name."""


class Rate:
    """Events per second over the last minute, in steps of five seconds (time is an argument)."""

    STEP = 5.0
    STEPS = 12

    def __init__(self, now: float) -> None:
        self.total = 0
        self._begun = now
        self._steps: dict[int, int] = {}

    def add(self, events: int, now: float) -> None:
        """Count `events` at `now` (monotonic seconds)."""
        self.total += events
        step = int(now // self.STEP)
        if step not in self._steps:
            self._steps = {old: count for old, count in self._steps.items() if old > step - self.STEPS}
        self._steps[step] = self._steps.get(step, 0) + events

    def per_second(self, now: float) -> float:
        """The mean over the last minute, or since the beginning when that is less."""
        oldest = int(now // self.STEP) - self.STEPS
        counted = sum(count for step, count in self._steps.items() if step > oldest)
        return counted / max(1.0, min(self.STEP * self.STEPS, now - self._begun))
