"""Builds everything and joins it: read this to see what there is and who is handed to whom."""

import asyncio
import contextlib
import resource
import signal
import ssl
from collections.abc import Awaitable, Callable
from datetime import time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from cti_server import __version__
from cti_server.agents import api as agents_api
from cti_server.agents.members import PbxMembers
from cti_server.agents.service import SINKS as AGENT_SINKS
from cti_server.agents.service import AgentsService
from cti_server.ami.actions import Action, Reply
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.ami.login import LinkSettings
from cti_server.business.customers import api as customers_api
from cti_server.business.customers.numbers import Numbering, normalise
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.calls import api as calls_api
from cti_server.calls.service import SINKS as CALL_SINKS
from cti_server.calls.service import CallsService
from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth import api as auth_api
from cti_server.core.auth.service import AccountsService
from cti_server.core.auth.sessions import Sessions
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.errors import CtiError, Unavailable
from cti_server.core.health import Health
from cti_server.core.journal import Journal
from cti_server.core.loop_lag import LoopLag
from cti_server.core.metrics import Metrics
from cti_server.core.push import api as push_api
from cti_server.core.push.gate import PushGate
from cti_server.core.push.hub import PushHub
from cti_server.core.push.tickets import Tickets
from cti_server.core.storage.database import Database
from cti_server.core.storage.migrate import migrate, pending
from cti_server.core.tasks import Tasks
from cti_server.core.web.origins import Origins, Proxies
from cti_server.core.web.routes import Route
from cti_server.core.web.server import WebOptions, WebServer
from cti_server.links import api as links_api
from cti_server.links.model import ServiceLevelJson, SiteJson
from cti_server.links.service import LinksService
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.live.things.devices import DeviceRules
from cti_server.logs import set_up_logs
from cti_server.queues import api as queues_api
from cti_server.queues.business_day import BusinessDay
from cti_server.queues.figures import Definition, Goal
from cti_server.queues.service import QueuesService
from cti_server.settings import PbxSettings, Settings

log = structlog.get_logger(__name__)

PACKAGE: Final = Path(__file__).parent
MIGRATIONS: Final = PACKAGE / "migrations"
DATABASE_AT_START: Final = 10.0
"""Seconds that the start waits for PostgreSQL; then it goes on without, because the phones must not wait."""


def console_folder() -> Path:
    """Where the consoles are: inside the installed package, or beside it in a checkout."""
    inside = PACKAGE / "agent_console"
    return inside if inside.is_dir() else PACKAGE.parent / "agent_console"


def link_settings(pbx: PbxSettings) -> LinkSettings:
    """How to reach a PBX, as the configuration says."""
    tls = ssl.create_default_context() if pbx.tls else None
    return LinkSettings(name=pbx.name, host=pbx.host, port=pbx.port, user=pbx.user, secret=pbx.secret, tls=tls)


def web_options(settings: Settings) -> WebOptions:
    """How the public port is opened, as the configuration says."""
    web = settings.web
    return WebOptions(
        host=web.host,
        port=web.port,
        public_url=web.public_url,
        allowed_origins=web.allowed_origins,
        trusted_proxies=web.trusted_proxies,
        tls_cert=web.tls_cert,
        tls_key=web.tls_key,
        metrics_token=web.metrics_token,
        language=settings.site.language,
    )


class App:
    """The whole server. `start()` once, `stop()` once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ground()
        self._heart()
        self._rooms()
        self._doors()

    def _ground(self) -> None:
        """What any server needs."""
        settings = self.settings
        self.clock = SystemClock()
        self.tasks = Tasks("app")
        self.bus = Bus()
        self.metrics = Metrics()
        self.health = Health()
        self.lag = LoopLag(self.metrics.loop_lag.observe)
        database = settings.database
        self.db = Database(
            database.url, pool_size=database.pool_size, timeout=database.timeout_seconds, clock=self.clock
        )
        self.audit = AuditLog(self.db, self.clock)
        self.accounts = accounts_of(settings, self.db, self.audit, self.bus, self.clock)
        self.journal = Journal(
            Path(settings.state.dir) / "journal",
            self.tasks,
            db=self.db,
            sinks={**CALL_SINKS, **AGENT_SINKS},
            max_bytes=settings.state.journal_max_mb * 2**20,
            clock=self.clock,
        )
        self.hub = PushHub(self.clock, self.metrics)
        self.metrics.watch("cti_journal_depth", "Rows that PostgreSQL does not have yet.", lambda: self.journal.depth)
        self.metrics.watch("cti_journal_lost", "Rows lost because the journal was full.", lambda: self.journal.lost)
        self.metrics.watch("cti_journal_dead", "Rows that PostgreSQL refused for ever.", lambda: self.journal.dead)

    def _heart(self) -> None:
        """The live model of each PBX and its feed."""
        self.connections = {pbx.name: AmiConnection(link_settings(pbx), self.clock) for pbx in self.settings.pbx}
        self.live = Pbxs(
            {
                pbx.name: Pbx(pbx.name, devices=DeviceRules(pbx.agent_devices, pbx.trunk_devices))
                for pbx in self.settings.pbx
            }
        )
        self.feeds: list[Feed] = []

    def _rooms(self) -> None:
        """What acts while a call is alive, and what the company does around it."""
        settings, site = self.settings, self.settings.site
        numbering = Numbering(site.region, f"0{site.area_code}" if site.area_code else "", site.outside_prefix)
        hours, minutes = site.business_day_start.split(":")
        days = BusinessDay(ZoneInfo(site.timezone), time(int(hours), int(minutes)))
        goal = Goal(
            definition=Definition(settings.queues.service_level_definition),
            seconds=settings.queues.service_level_seconds,
            target=settings.queues.service_level_target,
            short_abandon_seconds=settings.queues.short_abandon_seconds,
        )
        self.links = LinksService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            db=self.db,
            clock=self.clock,
            metrics=self.metrics,
            health=self.health,
            site=SiteJson(
                site.timezone,
                site.language,
                ServiceLevelJson(goal.definition.value, goal.seconds, goal.target, goal.short_abandon_seconds),
            ),
            version=__version__,
        )
        self.agents = AgentsService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            db=self.db,
            journal=self.journal,
            audit=self.audit,
            accounts=self.accounts,
            members=PbxMembers(self.send),
            clock=self.clock,
            tasks=self.tasks,
            days=days,
            pbxs=self.connections,
        )
        self.calls = CallsService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            journal=self.journal,
            db=self.db,
            clock=self.clock,
            tasks=self.tasks,
            days=days,
            number_key=lambda number: normalise(number, numbering).value.removeprefix("+"),
        )
        self.queues = QueuesService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            db=self.db,
            clock=self.clock,
            tasks=self.tasks,
            day=days,
            goal=goal,
            labels=settings.queues.labels,
            drained=self.journal.drained,
        )
        self.customers = Customers(
            self.db,
            self.journal,
            self.tasks,
            self.clock,
            numbering=numbering,
            language=site.language,
        )
        self.pops = Pops(
            self.customers,
            self.agents.directory,
            self.live,
            self.hub,
            self.bus,
            self.tasks,
            self.clock,
            limit=settings.customers.lookup_limit_ms / 1000,
        )
        self.hub.add_part("user", "pops", self.pops.of_user)

    def _doors(self) -> None:
        """Through which people and programs come in."""
        web = self.settings.web
        origins, tickets = Origins(web.public_url, web.allowed_origins), Tickets(self.clock)
        self.gate = PushGate(
            self.hub,
            tickets,
            self.accounts,
            origins,
            bus=self.bus,
            tasks=self.tasks,
            clock=self.clock,
            metrics=self.metrics,
        )
        self.web = WebServer(
            web_options(self.settings),
            routes=self._routes(tickets),
            accounts=self.accounts,
            origins=origins,
            proxies=Proxies(web.trusted_proxies),
            push=self.gate.protocol,
            console=console_folder(),
            health=self.health,
            metrics=self.metrics,
            clock=self.clock,
            version=__version__,
        )

    def _routes(self, tickets: Tickets) -> list[Route]:
        return [
            *auth_api.routes(self.accounts, self.audit, self.agents.profile),
            *push_api.routes(tickets),
            *links_api.routes(self.links),
            *agents_api.routes(self.agents),
            *calls_api.routes(self.calls),
            *queues_api.routes(self.queues),
            *customers_api.routes(self.customers, self.pops),
        ]

    async def send(self, pbx: str, action: Action) -> Reply:
        """Send an action to a PBX, once. Raises Unavailable for one that is not configured, and what `send` raises."""
        connection = self.connections.get(pbx)
        if connection is None:
            raise Unavailable(f"There is no PBX called {pbx}.", code="no_such_pbx")
        result = "failed"
        try:
            reply = await connection.send(action)
            result = "done"
        finally:
            self.metrics.actions.labels(pbx, action.name, result).inc()
        return reply

    async def start(self) -> None:
        """Restore what was, open the doors, connect. Goes on without the database when it is away."""
        self.lag.start()
        await self.db.open()
        await self.db.wait_up(DATABASE_AT_START)
        await self.journal.open()
        await self.agents.start()
        self.queues.start()
        await self.customers.open()
        self.pops.open()
        await self._restore_calls()
        self.gate.start()
        await self.web.start()
        for name, connection in self.connections.items():
            feed = Feed(connection, self.live.of(name), self.bus, watcher=self.links)
            self.links.watch(feed)
            self.feeds.append(feed)
            feed.start()
        self.health.started = True

    async def _restore_calls(self) -> None:
        """The calls that were open when the server last ran; the first comparison with the PBX puts them right."""
        try:
            await self.journal.drained(DATABASE_AT_START)
            self.live.restore(await self.calls.open_calls())
        except CtiError as error:
            log.warning("open_calls_not_restored", reason=error.sentence)
        self.calls.start()

    async def stop(self) -> None:
        """Close the doors first, keep what is known last."""
        self.health.started = False
        await self.gate.stop()
        await self.web.stop()
        for feed in self.feeds:
            await feed.close()
        self.agents.close()
        self.queues.close()
        await self.journal.close()
        await self.tasks.close()
        await self.db.close()
        self.lag.stop()


def accounts_of(settings: Settings, db: Database, audit: AuditLog, bus: Bus, clock: SystemClock) -> AccountsService:
    """The accounts with the configured lengths of sessions."""
    hours = settings.sessions
    sessions = Sessions(db, bus, clock, idle=hours.idle_hours * 3600, longest=hours.max_hours * 3600)
    return AccountsService(db, audit, bus, clock, sessions)


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


async def serve(settings: Settings, *, migrate_first: bool = True) -> int:
    """Run until SIGTERM or SIGINT. Raises CtiError when it cannot start."""
    set_up_logs(settings.log.level, settings.log.format)
    _allow_many_files()
    prepared = await _prepare_database(settings, migrate_first)
    app = App(settings)
    if not prepared:
        app.tasks.start("prepare-database", _prepare_later(app, migrate_first))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        try:
            await app.start()
        except OSError as error:
            raise CtiError(f"The port {settings.web.host}:{settings.web.port} cannot be opened: {error}.") from error
        await _offer_setup(app)
        log.info("ready", url=app.web.url, version=__version__)
        await stop.wait()
    finally:
        await app.stop()
    return 0


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


async def _prepare_later(app: App, migrate_first: bool) -> None:
    """What the start could not do, as soon as the database answers."""
    while not (app.db.up and await _prepare_database(app.settings, migrate_first)):
        await app.db.wait_up(60.0)
        await asyncio.sleep(1.0)
    await _offer_setup(app)


async def _offer_setup(app: App) -> None:
    """Print the link for the first admin while there is none."""
    with contextlib.suppress(Unavailable):
        token = await app.accounts.new_setup_token()
        if token is not None:
            log.warning("no_admin_yet", open_once_within_a_day=f"{app.web.url}/#setup={token}")
