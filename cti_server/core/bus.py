"""Events inside the process: who sends does not know who hears.

Handlers are plain functions, called at once and in order of their subscription. A handler does not wait: what takes
time it puts into a queue or a task of its own. One that raises is logged and counted; the others still hear.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

Event = TypeVar("Event")


class Bus:
    """Hands each published event to the handlers of its exact type."""

    def __init__(self) -> None:
        self._handlers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)
        self.faults = 0

    def subscribe(self, kind: type[Event], handler: Callable[[Event], None]) -> None:
        """Call `handler` with every later event whose type is exactly `kind`."""
        self._handlers[kind].append(handler)

    def publish(self, event: object) -> None:
        """Hand `event` to its handlers. Never raises."""
        for handler in self._handlers.get(type(event), ()):
            try:
                handler(event)
            except Exception:
                self.faults += 1
                log.exception("bus_handler_failed", event_type=type(event).__name__, handler=repr(handler))
