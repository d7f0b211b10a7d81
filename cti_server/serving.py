"""The server as a process: prepare the database, run, stop; and what the command line does without running it."""

import asyncio
import contextlib
import gc
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from cti_server import __version__
from cti_server.app import MIGRATIONS, App
from cti_server.configured import accounts_of, recording_options
from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.service import AccountsService
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.errors import CtiError, Unavailable
from cti_server.core.storage.database import Database
from cti_server.core.storage.migrate import migrate, pending
from cti_server.logs import set_up_logs
from cti_server.recording.sealing.ring import ring_of
from cti_server.recording.sealing.service import Sealing
from cti_server.recording.shelf import Shelf
from cti_server.settings import Settings

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def bring_up_to_date(settings: Settings) -> list[str]:
    """Apply what the database lacks; the names of the files applied. Raises CtiError."""
    return await migrate(settings.database.url, MIGRATIONS)


async def with_accounts(settings: Settings, act: Callable[[AccountsService, Operator], Awaitable[str]]) -> str:
    """Do one thing with the accounts, as the operator at the command line."""
    clock, bus = SystemClock(), Bus()
    db = Database(settings.database.url, pool_size=2, timeout=settings.database.timeout_seconds, clock=clock)
    await db.open()
    try:
        return await act(accounts_of(settings, db, AuditLog(db, clock), bus, clock), Operator())
    finally:
        await db.close()


async def rotate_keys(settings: Settings) -> tuple[int, dict[str, int]]:
    """Wrap the keys of all recordings under the first master key, as the operator; see `Sealing.rotate`."""

    async def act(db: Database, audit: AuditLog) -> tuple[int, dict[str, int]]:
        options = recording_options(settings)
        shelf = Shelf(options.url, options.state / "recordings", options.store_options)
        return await Sealing(ring_of(options.keys), shelf, db).rotate(Operator(), audit)

    return await _with_audit(settings, act)


async def check_audit(settings: Settings) -> int | None:
    """The first entry of the audit log that was altered or is missing; None: it is whole. Raises CtiError."""
    return await _with_audit(settings, lambda _, audit: audit.first_break())


async def _with_audit(settings: Settings, act: Callable[[Database, AuditLog], Awaitable[T]]) -> T:
    clock = SystemClock()
    db = Database(settings.database.url, pool_size=2, timeout=settings.database.timeout_seconds, clock=clock)
    await db.open()
    try:
        return await act(db, AuditLog(db, clock))
    finally:
        await db.close()


async def serve(settings: Settings, *, migrate_first: bool = True) -> int:
    """Run until SIGTERM or SIGINT. Raises CtiError when it cannot start."""
    set_up_logs(settings.log.level, settings.log.format)
    _allow_many_files()
    _share_the_interpreter()
    prepared = await _prepare_database(settings, migrate_first)
    app = App(settings)
    if not prepared:
        app.db.before_up(lambda: _prepare_late(settings, migrate_first))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        try:
            await app.start()
        except OSError as error:
            raise CtiError(f"The port {settings.web.host}:{settings.web.port} cannot be opened: {error}.") from error
        _settle_memory()
        app.tasks.start("offer-setup", _offer_setup(app))
        log.info("ready", url=app.web.url, version=__version__)
        await stop.wait()
    finally:
        await app.stop()
    return 0


def _settle_memory() -> None:
    """Leave what was made at the start out of every later collection, and collect the rest less often.

    At thousands of events a second the collector would go through the whole model again and again, with pauses that
    callers' pops would wait for; hardly anything here forms circles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 200, 10)


def _share_the_interpreter() -> None:
    """Let the loop have the interpreter back sooner when a thread (the journal's, for one) is at work in Python: each
    time that it comes back from waiting it would else wait for 5 ms more."""
    sys.setswitchinterval(0.000_5)


def _allow_many_files() -> None:
    """As many open connections as the machine lets us have: each browser holds two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _prepare_database(settings: Settings, migrate_first: bool) -> bool:
    """Migrate, or refuse an old database. One that is away is no reason not to serve the phones: then False."""
    try:
        if migrate_first:
            await bring_up_to_date(settings)
        elif missing := await pending(settings.database.url, MIGRATIONS):
            raise CtiError(f"The database lacks {len(missing)} migrations. Run: cti-server migrate.")
        return True
    except Unavailable as error:
        log.error("database_away_at_start", reason=error.sentence)
        return False


async def _prepare_late(settings: Settings, migrate_first: bool) -> None:
    """What the start could not do, as soon as the database answers; it counts as away until that is done."""
    try:
        if not await _prepare_database(settings, migrate_first):
            raise Unavailable("The database went away again.", code="database_away")
    except Unavailable:
        raise
    except CtiError as error:
        log.error("database_not_prepared", reason=error.sentence)
        raise Unavailable(error.sentence, code="database_away") from error


async def _offer_setup(app: App) -> None:
    """Print the link for the first admin, if there is none, as soon as the database can tell."""
    while True:
        try:
            token = await app.accounts.new_setup_token()
            break
        except Unavailable:
            await app.db.wait_up(60.0)
            await asyncio.sleep(1.0)
    if token is not None:
        log.warning("no_admin_yet", open_once_within_a_day=f"{app.web.url}/#setup={token}")
