"""One configured PBX: keeps the link to it up, hands over its events in order, sends actions at most once."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiLoginRefused, AmiNotConnected
from cti_server.ami.inbox import GAP, Inbox
from cti_server.ami.login import LinkSettings, LinkTimes, PbxIdentity, identify, log_in, wait_booted
from cti_server.ami.protocol import LinkManager, LinkProtocol
from cti_server.ami.watchdog import watch
from cti_server.core.clock import Clock, SystemClock
from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks

log = structlog.get_logger(__name__)


class LinkState(StrEnum):
    """Where the link to a PBX stands."""

    IDLE = "idle"  # not started
    CONNECTING = "connecting"
    AUTHENTICATING = "authenticating"
    BOOTING = "booting"  # logged in; the PBX does not yet say that it is fully booted
    READY = "ready"  # actions may be sent
    LOST = "lost"  # waiting for the next try
    CLOSED = "closed"  # for good


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """State of a link. `since` and `next_try` are unix seconds; `reason` is for operators, in English."""

    state: LinkState
    since: float
    reason: str = ""
    code: str = ""
    next_try: float | None = None


class Backoff:
    """How long to wait before the next try: growing, with jitter so that many servers do not come at once."""

    def __init__(self, times: LinkTimes, chance: random.Random | None = None) -> None:
        self._times = times
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._tries = 0

    def reset(self) -> None:
        """The link was good; begin anew."""
        self._tries = 0

    def next(self, fault: BaseException) -> float:
        """Seconds to wait after `fault`: retry_first doubling to retry_most, 4 s at most while the port is closed,
        never less than retry_login after a refused login."""
        times = self._times
        grown = min(times.retry_first * 2.0 ** min(self._tries, 20), times.retry_most)
        self._tries += 1
        if isinstance(fault, AmiLoginRefused):
            return max(grown, times.retry_login) * self._chance.uniform(1.0, 1.25)
        if isinstance(fault, ConnectionRefusedError):
            grown = min(grown, times.retry_refused_port)
        return grown * self._chance.uniform(0.5, 1.0)


class AmiConnection:
    """The link to one PBX over all its reconnects.

    Events are read by one reader through `next_batch`. A GAP in a batch says that events are missing there (the link
    broke, the reader was too slow): ask for the truth again (`truth.ask_everything`) once the state is READY.
    """

    def __init__(self, settings: LinkSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.status = LinkStatus(LinkState.IDLE, self.clock.now())
        self.identity = PbxIdentity()
        self.inbox = Inbox()
        self.reconnects = 0
        self._tasks = Tasks(f"ami {settings.name}")
        self._listeners: list[Callable[[LinkStatus], None]] = []
        self._backoff = Backoff(settings.times)
        self._link: LinkProtocol | None = None

    @property
    def state(self) -> LinkState:
        """Where the link stands."""
        return self.status.state

    @property
    def position(self) -> int:
        """How many entries (events and gaps) have come in since the start; see `Reply.asked_at`."""
        return self.inbox.position

    @property
    def pending(self) -> int:
        """How many actions wait for their answers."""
        return len(self._link.responses) if self._link is not None else 0

    def on_state(self, listener: Callable[[LinkStatus], None]) -> None:
        """Call `listener` at every change of state; it must not wait. One that raises is logged."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to connect; call once, from a running loop."""
        self._tasks.start("link", self._keep())

    async def close(self) -> None:
        """End for good: no reconnect, waiting actions fail, the reader gets what is left and then an empty batch."""
        await self._tasks.close()
        self._set(LinkState.CLOSED)
        self.inbox.close()

    async def next_batch(self) -> list[tuple[float, bytes]]:
        """All entries that wait: (arrival in unix seconds, raw event or GAP). Empty only after `close()`.

        The position of the last one is `inbox.taken`.
        """
        return await self.inbox.take()

    async def send(self, action: Action, limit: float | None = None) -> Reply:
        """Send `action` once and wait for its answer, at most `limit` (default: the action's own) seconds.

        Raises AmiNotConnected, AmiBusy (not sent), AmiTimeout, AmiLinkLost (outcome unknown), AmiRefused.
        """
        if self._link is None:
            raise AmiNotConnected(f'PBX "{self.settings.name}" is not connected.', pbx=self.settings.name)
        return await self._link.exchange(action, limit)

    async def _keep(self) -> None:
        while True:
            try:
                await self._one_link()
            except (CtiError, OSError) as fault:
                await self._pause(fault)
            except Exception as fault:
                log.exception("ami_link_fault", pbx=self.settings.name)
                await self._pause(fault)

    async def _pause(self, fault: Exception) -> None:
        delay = self._backoff.next(fault)
        reason, code = _explain(fault, self.settings)
        self._set(LinkState.LOST, reason, code, self.clock.now() + delay)
        await asyncio.sleep(delay)

    async def _one_link(self) -> None:
        """Connect, log in, watch; ends only by an exception that tells why the link ended."""
        settings = self.settings
        self._set(LinkState.CONNECTING, self.status.reason, self.status.code)
        manager = LinkManager(settings.host, settings.port, settings.tls, self.clock)
        manager.position = lambda: self.inbox.position
        manager.register_event("*", self._queue)
        link = None
        try:
            link = await manager.open(settings.times.connect)
            await self._get_ready(link)
            await self._stay_ready(link)
        finally:
            self._link = None
            manager.close()
            if link is not None:
                self.inbox.put(self.clock.now(), GAP)

    async def _get_ready(self, link: LinkProtocol) -> None:
        self._set(LinkState.AUTHENTICATING)
        await log_in(link, self.settings)
        self._set(LinkState.BOOTING)
        warnings = await wait_booted(link, self.settings.times.boot)
        self.identity = await identify(link, warnings)

    async def _stay_ready(self, link: LinkProtocol) -> None:
        self._link = link
        self.reconnects += 1
        ready_at = self.clock.monotonic()
        self._set(LinkState.READY)
        try:
            await watch(link, self.settings.times.beat)
        finally:
            if self.clock.monotonic() - ready_at >= self.settings.times.steady:
                self._backoff.reset()

    def _queue(self, manager: LinkManager, raw: bytes) -> None:
        """The one callback for all events: it only queues."""
        self.inbox.put(manager.arrived, raw)

    def _set(self, state: LinkState, reason: str = "", code: str = "", next_try: float | None = None) -> None:
        self.status = LinkStatus(state, self.clock.now(), reason, code, next_try)
        level = log.warning if state is LinkState.LOST else log.info
        level("ami_link", pbx=self.settings.name, state=state.value, reason=reason)
        for listener in self._listeners:
            try:
                listener(self.status)
            except Exception:
                log.exception("ami_state_listener_failed", pbx=self.settings.name)


def _explain(fault: Exception, settings: LinkSettings) -> tuple[str, str]:
    """A sentence and a code for an operator."""
    if isinstance(fault, CtiError):
        return fault.sentence, fault.code
    where = f"{settings.host}:{settings.port}"
    if isinstance(fault, TimeoutError):
        return f"No connection to {where} within {settings.times.connect:g} s.", "pbx_unreachable"
    if isinstance(fault, OSError):
        return f"No connection to {where}: {fault.strerror or fault}.", "pbx_unreachable"
    return f"The link to {where} ended by a fault of ours ({type(fault).__name__}); see the log.", "internal"
