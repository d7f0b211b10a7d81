"""Waiting for what the PBX reports of a call, by the changes of the live model."""

import asyncio
from collections.abc import Callable

from cti_server.calls.control.model import Live
from cti_server.core.errors import TimedOut
from cti_server.live.changes import CallChanged
from cti_server.live.views import CallView


class Watching:
    """Lets commands wait until a call stands as they need it."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._waiters: dict[str, set[asyncio.Event]] = {}

    def heard(self, change: CallChanged) -> None:
        """A call has changed."""
        for event in self._waiters.get(change.call.id, ()):
            event.set()

    async def until(self, call_id: str, holds: Callable[[CallView | None], bool], limit: float) -> CallView | None:
        """The call as soon as `holds` of it (None: it is over). Raises TimedOut, code `pbx_did_not_report`."""
        event = asyncio.Event()
        waiters = self._waiters.setdefault(call_id, set())
        waiters.add(event)
        try:
            async with asyncio.timeout(limit):
                while not holds(call := self._live.calls.get(call_id)):
                    event.clear()
                    await event.wait()
                return call
        except TimeoutError:
            raise TimedOut("The PBX has not reported what became of it.", code="pbx_did_not_report") from None
        finally:
            waiters.discard(event)
            if not waiters:
                self._waiters.pop(call_id, None)
