"""One feed per PBX: takes what the link brought, in order, tells the model, and tells everybody what came of it.

It waits for nothing but the next event. The questions for the whole truth are asked by a task beside it; their answer
is applied only after every event that came in before the answer was complete, so that it corrects and never rewinds.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import structlog

from cti_server.ami.connection import AmiConnection, LinkState, LinkStatus
from cti_server.ami.inbox import GAP
from cti_server.ami.listing import truth_of
from cti_server.ami.translate import translate
from cti_server.ami.truth import ask_everything
from cti_server.core.bus import Bus
from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks
from cti_server.live.changes import Change
from cti_server.live.facts import Fact, LinkLost, ListingBegun, Truth

log = structlog.get_logger(__name__)

COMPARE_EVERY: Final = 45.0
"""Seconds between two comparisons with the PBX while all is well: what was missed is right again within a minute."""
CLOCK_EVERY: Final = 0.25
"""Seconds between two looks at how far the PBX's clock is from ours."""
RETRY: Final = 2.0
"""Seconds before the questions are asked again when an answer did not come."""


class Model(Protocol):
    """What the feed needs of a live model: see `live.pbx.Pbx`."""

    @property
    def clock_offset(self) -> float:
        """Seconds to add to the PBX's own times."""
        ...

    def clock_seen(self, at: float, arrived: float) -> None:
        """A time-stamped event of `at` arrived at `arrived`; both in unix seconds, each by its own clock."""
        ...

    def apply(self, fact: Fact, at: float) -> Iterable[Change]:
        """Take in a fact; answer with what came of it."""
        ...


class Watcher(Protocol):
    """Who counts what the feed does."""

    def batch(self, pbx: str, events: int, lag: float) -> None:
        """`events` were applied; the newest had waited `lag` seconds since its arrival."""
        ...


class Feed:
    """Runs from `start()` to `close()`; owns its connection."""

    def __init__(
        self,
        connection: AmiConnection,
        model: Model,
        bus: Bus,
        *,
        watcher: Watcher | None = None,
        compare_every: float = COMPARE_EVERY,
        on_true: Callable[[], None] | None = None,
    ) -> None:
        self.connection = connection
        self.name = connection.settings.name
        self.faults = 0
        """Events that the model could not take in; each asks for a comparison."""
        self.comparisons = 0
        self._model = model
        self._bus = bus
        self._watcher = watcher
        self._compare_every = compare_every
        self._on_true = on_true
        self._clock = connection.clock
        self._tasks = Tasks(f"feed {self.name}")
        self._clock_told = 0.0
        self._wanted = asyncio.Event()
        self._era = 0  # grows with every gap: an answer of an earlier era is out of date
        self._due: tuple[int, Truth] | None = None  # the position before which all events must be applied
        connection.on_state(self._on_state)

    def start(self) -> None:
        """Connect and begin to feed."""
        self._tasks.start("events", self._run())
        self._tasks.start("truth", self._keep_true())
        self.connection.start()

    def tell(self, fact: Fact) -> None:
        """Take in what the PBX answered to a question of somebody else's. Applied between two batches of events."""
        self._apply(fact, self._clock.now())

    async def close(self) -> None:
        """End the link and the feed."""
        await self.connection.close()
        await self._tasks.close()

    async def _run(self) -> None:
        while batch := await self.connection.next_batch():
            for arrived, raw in batch:
                if raw == GAP:
                    self._gap(arrived)
                else:
                    self._take(raw, arrived)
            self._settle()
            if self._watcher is not None:
                self._watcher.batch(self.name, len(batch), self._clock.now() - batch[-1][0])

    def _take(self, raw: bytes, arrived: float) -> None:
        try:
            told = translate(raw, arrived, self._model.clock_offset)
            if told is not None:
                fact, at = told
                if at != arrived and arrived - self._clock_told >= CLOCK_EVERY:
                    self._clock_told = arrived
                    self._model.clock_seen(at, arrived)
                self._apply(fact, at)
        except Exception:
            self.faults += 1
            log.exception("event_not_taken", pbx=self.name, event_start=raw[:60])
            self._wanted.set()

    def _apply(self, fact: Fact, at: float) -> None:
        for change in self._model.apply(fact, at):
            self._bus.publish(change)

    def _gap(self, at: float) -> None:
        self._era += 1
        self._due = None
        status = self.connection.status
        self._apply(LinkLost(status.reason or "Events of the PBX were lost."), at)
        self._wanted.set()

    def _on_state(self, status: LinkStatus) -> None:
        if status.state is LinkState.READY:
            self._wanted.set()
        elif status.state is LinkState.LOST and not len(self.connection.inbox):
            # Otherwise events wait that came before the loss, and the GAP behind them tells it in its turn.
            self._apply(LinkLost(status.reason), status.since)

    async def _keep_true(self) -> None:
        while True:
            # Not wait_for: when the event is set in the turn in which we are cancelled, that one would go on.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._compare_every):
                    await self._wanted.wait()
            self._wanted.clear()
            if self.connection.state is LinkState.READY and not await self._ask():
                await asyncio.sleep(RETRY)
                self._wanted.set()

    async def _ask(self) -> bool:
        """Ask for everything; False when it should be asked again soon."""
        era = self._era
        self._apply(ListingBegun(), self._clock.now())
        try:
            listing = await ask_everything(self.connection)
            # On a thread: for a thousand agents it is some milliseconds, which the events of calls need not wait for.
            truth = await asyncio.to_thread(truth_of, listing, self.connection.identity)
        except CtiError as error:
            log.warning("truth_not_told", pbx=self.name, reason=error.sentence)
            return self.connection.state is not LinkState.READY
        if era == self._era:
            self._due = (listing.after, truth)
            self._settle()
        return True

    def _settle(self) -> None:
        """Apply the truth once all events before it are applied."""
        if self._due is None:
            return
        position, truth = self._due
        if self.connection.inbox.taken < position:
            return
        self._due = None
        self.comparisons += 1
        self._apply(truth, self._clock.now())
        if self._on_true is not None:
            self._on_true()
