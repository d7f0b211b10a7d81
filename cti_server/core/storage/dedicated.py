"""A connection of one's own, with prepared statements, that comes back by itself."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from cti_server.core.clock import Clock
from cti_server.core.errors import TooMany, Unavailable
from cti_server.core.storage.connecting import Bare, Way
from cti_server.core.storage.faults import Fault, judge, spoken
from cti_server.core.tasks import Tasks

if TYPE_CHECKING:
    from asyncpg.prepared_stmt import PreparedStatement

log = structlog.get_logger(__name__)

BEAT = 2.0
RETRY_EVERY = 0.3
MOST_WAITING = 500


class Dedicated:
    """For what must be answered at once: no pool to wait for, no parsing, one round trip.

    One statement runs at a time; others queue, at most 500. While the database is away every call raises
    `Unavailable` at once.
    """

    def __init__(
        self, way: Way, statements: Mapping[str, str], clock: Clock, *, usable: Callable[[], bool] = lambda: True
    ) -> None:
        self._way = way
        self._statements = dict(statements)
        self._clock = clock
        self._usable = usable
        self._tasks = Tasks("dedicated")
        self._turn = asyncio.Lock()
        self.waiting = 0
        """Statements that run or wait for their turn."""
        self._connection: Bare | None = None
        self._prepared: dict[str, PreparedStatement[asyncpg.Record]] = {}
        self._look = asyncio.Event()
        self._complained = False

    @property
    def up(self) -> bool:
        """Whether statements can be sent now."""
        return self._connection is not None

    async def open(self) -> None:
        """Try once and keep it open from now on. Does not raise when the database is away."""
        await self._check()
        self._tasks.start("keep", self._keep())

    async def close(self) -> None:
        """End it at once. May be called twice."""
        await self._tasks.close()
        self._drop()

    async def fetchrow(self, name: str, *args: object) -> Any:
        """The first row of the prepared statement `name`, or None. Raises as `fetch`."""
        rows = await self.fetch(name, *args)
        return rows[0] if rows else None

    async def fetch(self, name: str, *args: object) -> list[Any]:
        """All rows of the prepared statement `name`. Raises Unavailable, TooMany, or what asyncpg says of values."""
        if self._connection is None:
            raise Unavailable("The database is away.", code="database_away")
        if self.waiting >= MOST_WAITING:
            raise TooMany("Too many look-ups wait for the database.", retry_after=1.0)
        self.waiting += 1
        try:
            async with asyncio.timeout(self._way.statement_limit), self._turn:
                return await self._ask(name, args)
        except TimeoutError as error:
            raise Unavailable("The database did not answer in time.", code="database_slow") from error
        finally:
            self.waiting -= 1

    async def _ask(self, name: str, args: tuple[object, ...]) -> list[Any]:
        connection = self._connection
        if connection is None:
            raise Unavailable("The database is away.", code="database_away")
        try:
            return list(await self._prepared[name].fetch(*args))
        except BaseException as error:
            if isinstance(error, TimeoutError | asyncio.CancelledError) or judge(error) is not Fault.REFUSED:
                # Broken, or still busy with what was given up: a new one is quicker than to find out.
                self._drop()
            if (told := spoken(error)) is not None:
                raise told from error
            raise

    async def _keep(self) -> None:
        while True:
            if self._connection is None:
                await asyncio.sleep(RETRY_EVERY)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT):
                        await self._look.wait()
            self._look.clear()
            await self._check()

    async def _check(self) -> None:
        async with self._turn:
            try:
                if self._connection is not None and not self._connection.is_closed():
                    await self._connection.fetchval("select 1")
                    return
                self._drop()
                if not self._usable():
                    return
                fresh = await self._way.connect()
                try:
                    self._prepared = {name: await fresh.prepare(sql) for name, sql in self._statements.items()}
                except BaseException:
                    fresh.terminate()
                    raise
                self._connection, self._complained = fresh, False
            except Exception as error:
                if judge(error) is not Fault.AWAY and not self._complained:
                    self._complained = True  # once until it works again: a missing table stays missing for a while
                    log.exception("dedicated_connection_failed")
                self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection, self._prepared = None, {}
        self._look.set()
