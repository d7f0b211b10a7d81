"""The pool of connections to PostgreSQL: every wait has a limit, and it comes back by itself after a loss."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import asyncpg
import structlog

from cti_server.core.clock import Clock, SystemClock
from cti_server.core.errors import CtiError, Unavailable
from cti_server.core.storage.connecting import Bare, Connection, Way
from cti_server.core.storage.dedicated import Dedicated
from cti_server.core.storage.faults import Fault, judge, spoken
from cti_server.core.tasks import Tasks

__all__ = ["Connection", "Database"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

# A lost database is seen within PROBE_EVERY + PROBE_LIMIT = 2.5 s also while nobody asks it anything.
PROBE_EVERY = 1.0
PROBE_LIMIT = 1.5
TRIES = 4


class Database:
    """PostgreSQL behind a pool.

    `url` as libpq takes it, several hosts allowed; `pool_size` connections at most; `timeout` seconds for a connect,
    for getting a connection and for a statement, each. While the database is away every call raises
    `Unavailable` (code `database_away`) at once; a watch opens a fresh pool as soon as it answers again.
    """

    def __init__(self, url: str, *, pool_size: int = 10, timeout: float = 2.5, clock: Clock | None = None) -> None:
        self._way = Way(url, min(timeout, 2.0), timeout)
        self._pool_size = pool_size
        self._timeout = timeout
        self._clock = clock or SystemClock()
        self._tasks = Tasks("database")
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._probe: Bare | None = None
        self._look = asyncio.Event()
        self._came_up = asyncio.Event()
        self._listeners: list[Callable[[bool, float], None]] = []
        self._dedicated: list[Dedicated] = []
        self._preparation: Callable[[], Awaitable[None]] | None = None
        self._since = self._clock.now()
        self.reason = "not opened"
        """Why it is down, for operators; empty while up."""

    @property
    def up(self) -> bool:
        """Whether the last probe was answered."""
        return self._pool is not None

    @property
    def since(self) -> float:
        """Since when it is up or down (unix seconds)."""
        return self._since

    @property
    def down_since(self) -> float | None:
        """Since when it is down (unix seconds); None while up."""
        return None if self.up else self._since

    def listen(self, handler: Callable[[bool, float], None]) -> None:
        """Call `handler(up, since)` at each change; it must not wait."""
        self._listeners.append(handler)

    def before_up(self, work: Callable[[], Awaitable[None]]) -> None:
        """Once it answers, do `work` (make its tables) before it counts as up; again until it does not raise."""
        self._preparation = work

    async def open(self) -> None:
        """Try once and start the watch. Does not raise when the database is away: see `up`, `wait_up`."""
        await self._check()
        self._tasks.start("watch", self._watch())

    async def close(self) -> None:
        """End the watch and all connections, at most 5 s. May be called twice."""
        await self._tasks.close()
        for own in self._dedicated:
            await own.close()
        if self._probe is not None:
            self._probe.terminate()
            self._probe = None
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(3.0):
                    await pool.close()
            except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pool.terminate()

    async def wait_up(self, limit: float) -> bool:
        """Wait until it is up, at most `limit` seconds; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._came_up.wait()
        return self.up

    @contextlib.asynccontextmanager
    async def connection(self, *, limit: float | None = None) -> AsyncIterator[Connection]:
        """A connection out of the pool for the block.

        `limit` raises the time that the server grants a statement (reports); pass it as `timeout=` to the call too.
        Raises Unavailable: `database_away`, `database_busy` (no connection free in time), `database_slow`,
        `database_full`. Errors about values and names come through as asyncpg raises them.
        """
        pool = self._pool
        if pool is None:
            raise Unavailable("The database is away.", code="database_away")
        taken = await self._acquire(pool)
        try:
            if limit is not None:
                await taken.execute("select set_config('statement_timeout', $1, false)", str(int(limit * 1000)))
            yield taken
        except BaseException as error:
            self._judge(taken, error)
            if (told := spoken(error)) is not None and told is not error:
                raise told from error
            raise
        finally:
            await self._release(pool, taken)

    @contextlib.asynccontextmanager
    async def transaction(self, *, limit: float | None = None) -> AsyncIterator[Connection]:
        """A connection with an open transaction: committed at the end of the block, rolled back when it raises."""
        async with self.connection(limit=limit) as connection, connection.transaction():
            yield connection

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do `work(connection)` in a transaction, again up to 3 times after a deadlock or a lost serialisation."""
        for attempt in range(1, TRIES + 1):
            try:
                async with self.transaction() as connection:
                    return await work(connection)
            except Unavailable as error:
                cause = error.__cause__
                if attempt == TRIES or cause is None or not str(getattr(cause, "sqlstate", "")).startswith("40"):
                    raise
                log.info("transaction_tried_again", attempt=attempt, cause=type(cause).__name__)
                await asyncio.sleep(0.01 * attempt)
        raise AssertionError("the last attempt returns or raises")

    async def fetch(self, sql: str, *args: object, timeout: float | None = None) -> list[Any]:
        """All rows of a statement."""
        async with self.connection(limit=timeout) as connection:
            return list(await connection.fetch(sql, *args, timeout=timeout))

    async def fetchrow(self, sql: str, *args: object, timeout: float | None = None) -> Any:
        """The first row, or None."""
        async with self.connection(limit=timeout) as connection:
            return await connection.fetchrow(sql, *args, timeout=timeout)

    async def fetchval(self, sql: str, *args: object, timeout: float | None = None) -> Any:
        """The first value of the first row, or None."""
        async with self.connection(limit=timeout) as connection:
            return await connection.fetchval(sql, *args, timeout=timeout)

    async def execute(self, sql: str, *args: object, timeout: float | None = None) -> str:
        """Run a statement; its command tag, such as `UPDATE 1`."""
        async with self.connection(limit=timeout) as connection:
            return str(await connection.execute(sql, *args, timeout=timeout))

    def dedicated(self, statements: Mapping[str, str]) -> "Dedicated":
        """A connection of one's own on which `statements` (name → SQL) are prepared; `open()` it. Closed with us."""
        own = Dedicated(self._way, statements, self._clock, usable=lambda: self._preparation is None)
        self._dedicated.append(own)
        return own

    async def _acquire(self, pool: "asyncpg.Pool[asyncpg.Record]") -> Connection:
        try:
            return await pool.acquire(timeout=self._timeout)
        except TimeoutError as error:
            self._look.set()
            if pool is self._pool and pool.get_size() - pool.get_idle_size() >= self._pool_size:
                raise Unavailable("All connections to the database are in use.", code="database_busy") from error
            raise Unavailable("The database did not answer in time.", code="database_slow") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            self._look.set()
            raise spoken(error) or Unavailable("The database is away.", code="database_away") from error

    def _judge(self, taken: Connection, error: BaseException) -> None:
        """Throw a connection away that broke or that may still be busy with what was given up."""
        if isinstance(error, CtiError):
            return
        unfinished = isinstance(error, TimeoutError | asyncio.CancelledError)
        if unfinished or judge(error) is Fault.AWAY:
            with contextlib.suppress(asyncpg.InterfaceError):
                taken.terminate()
            self._look.set()

    async def _release(self, pool: "asyncpg.Pool[asyncpg.Record]", taken: Connection) -> None:
        try:
            await pool.release(taken, timeout=1.0)  # type: ignore[arg-type]
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self._look.set()
            log.info("connection_not_returned", error=repr(error))

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PROBE_EVERY):
                    await self._look.wait()
            self._look.clear()
            await self._check()
            if not self.up:
                await asyncio.sleep(0.5)

    async def _check(self) -> None:
        try:
            if self._probe is None or self._probe.is_closed():
                self._probe = await self._way.connect()
            if await self._probe.fetchval("select pg_is_in_recovery()", timeout=PROBE_LIMIT):
                raise Unavailable("The database takes no writes: it is a standby.", code="database_away")
            if self._preparation is not None:
                await self._preparation()
                self._preparation = None
            if self._pool is None:
                self._pool = await self._fresh_pool()
                self._changed("")
        except Exception as error:
            if judge(error) is Fault.OTHER:
                log.exception("database_probe_failed")
            self._lost(f"{type(error).__name__}: {error}".strip(": "))

    async def _fresh_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        async def connect(*_: object, **__: object) -> Bare:
            return await self._way.connect()

        return await asyncpg.create_pool(
            min_size=0, max_size=self._pool_size, max_inactive_connection_lifetime=300.0, connect=connect
        )

    def _lost(self, reason: str) -> None:
        if self._probe is not None:
            self._probe.terminate()
            self._probe = None
        pool, self._pool = self._pool, None
        if pool is not None:
            # Whoever waits on one of these connections would wait for nothing.
            pool.terminate()
        if pool is not None or self.reason == "not opened":
            self._changed(reason)
        self.reason = reason

    def _changed(self, reason: str) -> None:
        self._since, self.reason = self._clock.now(), reason
        if self.up:
            self._came_up.set()
            log.info("database_up")
        else:
            self._came_up.clear()
            log.error("database_away", reason=reason)
        for handler in self._listeners:
            try:
                handler(self.up, self._since)
            except Exception:
                log.exception("database_listener_failed")
