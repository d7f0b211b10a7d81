"""The whole server: what `assembly/` has built and joined, with its doors, its start and its end."""

from pathlib import Path
from typing import Any, Final

import structlog

from cti_server import __version__
from cti_server.addresses import every_route
from cti_server.ami.feed import Feed
from cti_server.assembly.erasing import Whole
from cti_server.calls.picture import still_open
from cti_server.calls.writer import CALL
from cti_server.configured import web_options
from cti_server.core.errors import CtiError
from cti_server.core.push.gate import PushGate
from cti_server.core.push.tickets import Tickets
from cti_server.core.web.origins import Origins, Proxies
from cti_server.core.web.server import WebServer
from cti_server.settings import Settings

log = structlog.get_logger(__name__)

PACKAGE: Final = Path(__file__).parent
MIGRATIONS: Final = PACKAGE / "migrations"
DATABASE_AT_START: Final = 5.0
"""Seconds that the start waits for PostgreSQL; then it goes on without, because the phones must not wait."""
DRAIN_AT_START: Final = 10.0
"""Seconds that the start waits for the rows of the last run, when PostgreSQL is there."""


def console_folder() -> Path:
    """Where the consoles are: inside the installed package, or beside it in a checkout."""
    inside = PACKAGE / "agent_console"
    return inside if inside.is_dir() else PACKAGE.parent / "agent_console"


class App(Whole):
    """The whole server. `start()` once, `stop()` once."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._doors()

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
            routes=every_route(self, tickets),
            accounts=self.accounts,
            origins=origins,
            proxies=Proxies(web.trusted_proxies),
            push=self.gate.protocol,
            console=console_folder(),
            health=self.health,
            metrics=self.metrics,
            clock=self.clock,
            version=__version__,
            sees=lambda who, user_id: self.agents.directory.sees_user(who.scope, user_id),
        )

    async def start(self) -> None:
        """Restore what was, open the doors, connect. Goes on without the database when it is away."""
        self.lag.start()
        await self.db.open()
        await self.db.wait_up(DATABASE_AT_START)
        await self.journal.open()
        await self.agents.start()
        self.help.start()
        self.queues.start()
        await self.customers.open()
        self.pops.open()
        await self._restore_calls()
        self.softphone.start()
        self.control.start()
        await self.monitoring.start()
        self.lost.start()
        self.prompts.start()
        self.decisions.start()
        await self.routing.start()
        self.recordings.start()
        self.quality.start(self.tasks)
        self.work.start()
        self.erasures.start()
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
        undrained: list[dict[str, Any]] = []
        try:
            await self.journal.drained(DRAIN_AT_START if self.db.up else 0.0)
        except CtiError:
            undrained = await self.journal.undrained(CALL, still_open)
        try:
            self.live.restore(await self.calls.open_calls(undrained))
            await self.softphone.restore()
        except CtiError as error:
            log.warning("open_calls_from_journal_alone", calls=len(undrained), reason=error.sentence)
            self.live.restore(self.calls.remember(undrained))
        self.calls.start()

    async def stop(self) -> None:
        """Close the doors first, keep what is known last."""
        self.health.started = False
        await self.routing.stop()
        await self.gate.stop()
        await self.web.stop()
        for feed in self.feeds:
            await feed.close()
        self.agents.close()
        self.queues.close()
        await self.tasks.close()
        await self.recordings.close()
        self.calls.write_due()
        await self.journal.close()
        await self.db.close()
        self.lag.stop()
