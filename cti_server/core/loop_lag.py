"""How late the event loop is: a call asked for in a quarter of a second, and when it really came."""

import asyncio
from collections.abc import Callable


class LoopLag:
    """Measures again and again until stopped. Costs one timer every `interval` seconds."""

    def __init__(self, observe: Callable[[float], None], *, interval: float = 0.25) -> None:
        self._observe = observe
        self._interval = interval
        self._timer: asyncio.TimerHandle | None = None
        self.worst = 0.0
        """The largest lag since `start`, in seconds."""

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        self._set(loop, loop.time() + self._interval)

    def stop(self) -> None:
        """End. May be called twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._timer = loop.call_at(due, self._measure, loop, due)

    def _measure(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        lag = max(0.0, loop.time() - due)
        self.worst = max(self.worst, lag)
        self._observe(lag)
        self._set(loop, loop.time() + self._interval)
