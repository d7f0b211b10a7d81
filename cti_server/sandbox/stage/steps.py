"""Plays a scenario step by step, measures it, and says in one line of JSON how it went."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cti_server.sandbox.stage.stage import Stage

LIMIT = 45.0
"""Seconds that a scenario may take."""


class StepFailed(Exception):
    """What was seen is not what should have been; the text says both."""


@dataclass(slots=True)
class Steps:
    """The step that is being played, and what was measured so far (milliseconds by name)."""

    name: str = "start"
    times_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Everything inside belongs to this step; a failure names it."""
        self.name = name
        yield

    def took(self, name: str, seconds: float) -> None:
        """Keep a measured time."""
        self.times_ms[name] = round(seconds * 1000, 1)

    def check(self, holds: bool, otherwise: str) -> None:
        """Fail this step with a sentence unless `holds`."""
        if not holds:
            raise StepFailed(otherwise)


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario went."""

    scenario: str
    ok: bool
    times_ms: dict[str, float]
    detail: str

    def line(self) -> str:
        """One line of JSON."""
        whole = {"scenario": self.scenario, "ok": self.ok, "times_ms": self.times_ms, "detail": self.detail}
        return json.dumps(whole, ensure_ascii=False)


Play = Callable[[Stage, Steps], Awaitable[str]]
"""A scenario: returns what it saw in a sentence, or raises."""


async def perform(name: str, play: Play, stage: Stage) -> Result:
    """Play a scenario to its end; whatever goes wrong becomes its result and not an exception."""
    steps, begun = Steps(), time.monotonic()
    try:
        async with asyncio.timeout(LIMIT):
            detail = await play(stage, steps)
        ok = True
    except Exception as error:
        ok, detail = False, f"step '{steps.name}': {str(error) or type(error).__name__}"
    steps.took("total", time.monotonic() - begun)
    return Result(name, ok, steps.times_ms, detail)
