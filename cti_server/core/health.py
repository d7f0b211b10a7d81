"""What is up, what is down, and since when."""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

log = structlog.get_logger(__name__)


class Link(msgspec.Struct, frozen=True):
    """One outside thing we depend on. `since` is unix seconds of the last change, None when never seen."""

    name: str
    up: bool
    since: float | None = None
    detail: str = ""


class Readiness(msgspec.Struct, frozen=True):
    """Whether all that is needed is there."""

    ready: bool
    links: list[Link]


Probe = Callable[[], Link]
"""Tells how a link stands from what is known; asks nobody and waits for nothing. Its `name` is replaced."""


class Health:
    """Links by name. Ready means: started, not stopping, and every needed link is up."""

    def __init__(self) -> None:
        self._probes: dict[str, tuple[Probe, bool]] = {}
        self.started = False
        """Set by the program once it serves; cleared when it begins to stop."""

    def register(self, name: str, probe: Probe, *, needed: bool = True) -> None:
        """Watch a link. One that is not `needed` is shown and does not make us unready."""
        if name in self._probes:
            raise ValueError(f"two links are called {name!r}")
        self._probes[name] = (probe, needed)

    def readiness(self, *, details: bool = True) -> Readiness:
        """How everything stands; without `details` the words that may name hosts are left out."""
        links: list[Link] = []
        ready = self.started
        for name, (probe, needed) in self._probes.items():
            link = self._ask(name, probe)
            ready = ready and (link.up or not needed)
            changes: dict[str, Any] = {"name": name} if details else {"name": name, "detail": ""}
            links.append(msgspec.structs.replace(link, **changes))
        return Readiness(ready, links)

    @staticmethod
    def _ask(name: str, probe: Probe) -> Link:
        try:
            return probe()
        except Exception:
            log.exception("health_probe_failed", link=name)
            return Link(name, False, None, "the probe itself failed; see the log")
