"""Builds everything and joins it: read this to see what there is and who is handed to whom."""

from pathlib import Path
from typing import Any, Final

import structlog

from cti_server import __version__
from cti_server.agents import api as agents_api
from cti_server.agents.day import api as day_api
from cti_server.agents.day.service import DayService
from cti_server.agents.help import api as help_api
from cti_server.agents.help.service import SINKS as HELP_SINKS
from cti_server.agents.help.service import HelpService
from cti_server.agents.members import PbxMembers
from cti_server.agents.moves import api as moves_api
from cti_server.agents.on_duty import OnDuty
from cti_server.agents.service import SINKS as AGENT_SINKS
from cti_server.agents.service import AgentsService
from cti_server.agents.shift import api as shift_api
from cti_server.agents.skills import api as skills_api
from cti_server.ami.actions import Action, Reply
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.business.customers import api as customers_api
from cti_server.business.customers.callers import KnownCallers
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.business.customers.standing import CustomerStandings
from cti_server.calls import api as calls_api
from cti_server.calls.control import api as control_api
from cti_server.calls.control.numbers import outside_exten, plain_number
from cti_server.calls.control.service import ControlService
from cti_server.calls.picture import still_open
from cti_server.calls.service import SINKS as CALL_SINKS
from cti_server.calls.service import CallsService
from cti_server.calls.softphone import api as softphone_api
from cti_server.calls.softphone.doorkeeper import PbxDoorkeeper
from cti_server.calls.softphone.service import SINKS as PHONE_SINKS
from cti_server.calls.softphone.service import SoftphoneService
from cti_server.calls.writer import CALL
from cti_server.configured import (
    Site,
    accounts_of,
    dial_rules,
    link_settings,
    phone_options,
    recording_options,
    routing_options,
    shift_rules,
    web_options,
)
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth import api as auth_api
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
from cti_server.core.shortcuts import api as shortcuts_api
from cti_server.core.shortcuts.service import Shortcuts
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.core.web.origins import Origins, Proxies
from cti_server.core.web.routes import Route
from cti_server.core.web.server import WebServer
from cti_server.links import api as links_api
from cti_server.links.service import LinksService
from cti_server.live.facts import QueueOrdered
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.live.things.devices import DeviceRules
from cti_server.monitoring import api as monitoring_api
from cti_server.monitoring.pbx_side import PbxSpies
from cti_server.monitoring.service import SINKS as MONITORING_SINKS
from cti_server.monitoring.service import MonitoringService
from cti_server.queues import api as queues_api
from cti_server.queues.lost import api as lost_api
from cti_server.queues.lost.service import SINKS as LOST_SINKS
from cti_server.queues.lost.service import LostCalls
from cti_server.queues.service import QueuesService
from cti_server.recording import api as recording_api
from cti_server.recording.delivery import api as delivery_api
from cti_server.recording.service import SINKS as RECORDING_SINKS
from cti_server.recording.service import Recordings
from cti_server.routing.decisions import api as decisions_api
from cti_server.routing.decisions.pbx_side import PbxEngine
from cti_server.routing.decisions.service import SINKS as DECISION_SINKS
from cti_server.routing.decisions.service import Decisions
from cti_server.routing.figures import api as figures_api
from cti_server.routing.figures.service import SINKS as FLOW_SINKS
from cti_server.routing.named import api as named_api
from cti_server.routing.prompts import api as prompts_api
from cti_server.routing.prompts.service import PromptsService
from cti_server.routing.prompts.speaking import Espeak
from cti_server.routing.prompts.uses import UsesInFlows
from cti_server.routing.publishing import api as flows_api
from cti_server.routing.service import Routing
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
            # Its own: at the end it goes on until everybody else has ended who might still write.
            Tasks("journal"),
            db=self.db,
            sinks={
                **CALL_SINKS,
                **AGENT_SINKS,
                **MONITORING_SINKS,
                **LOST_SINKS,
                **PHONE_SINKS,
                **HELP_SINKS,
                **FLOW_SINKS,
                **DECISION_SINKS,
                **RECORDING_SINKS,
            },
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
        self.site = Site.of(self.settings)
        self._make_links()
        self._make_agents()
        self._make_calls()
        self._make_softphone()
        self._make_queues()
        self._make_customers()
        self._make_control()
        self._make_supervision()
        self._make_prompts()
        self._make_decisions()
        self._make_routing()
        self._make_recordings()

    def _make_links(self) -> None:
        self.links = LinksService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            db=self.db,
            clock=self.clock,
            metrics=self.metrics,
            health=self.health,
            site=self.site.told,
            version=__version__,
        )

    def _make_agents(self) -> None:
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
            days=self.site.days,
            pbxs=self.connections,
            shift_rules=shift_rules(self.settings),
        )
        self.agents.shift.watch(self.hub)
        self.help = HelpService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            journal=self.journal,
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            keep_days=self.settings.help.keep_days,
        )

    def _make_calls(self) -> None:
        self.calls = CallsService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            journal=self.journal,
            db=self.db,
            clock=self.clock,
            tasks=self.tasks,
            days=self.site.days,
            number_key=self.site.number_key,
        )

    def _make_softphone(self) -> None:
        options = phone_options(self.settings)
        self.softphone = SoftphoneService(
            options,
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            doorkeeper=PbxDoorkeeper(self.send, options.websockets),
            journal=self.journal,
            db=self.db,
            clock=self.clock,
            tasks=self.tasks,
        )
        self.agents.shift.phone_ready = self.softphone.phone_ready

    def _make_queues(self) -> None:
        self.queues = QueuesService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            db=self.db,
            clock=self.clock,
            tasks=self.tasks,
            day=self.site.days,
            goal=self.site.goal,
            labels=self.settings.queues.labels,
            drained=self.journal.drained,
        )

    def _make_customers(self) -> None:
        self.customers = Customers(
            self.db,
            self.journal,
            self.tasks,
            self.clock,
            numbering=self.site.numbering,
            language=self.settings.site.language,
        )
        self.pops = Pops(
            self.customers,
            self.agents.directory,
            self.live,
            self.hub,
            self.bus,
            self.tasks,
            self.clock,
            limit=self.settings.customers.lookup_limit_ms / 1000,
        )
        self.hub.add_part("user", "pops", self.pops.of_user)

    def _make_supervision(self) -> None:
        self.monitoring = MonitoringService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            spies=PbxSpies(self.send),
            journal=self.journal,
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            drained=self.journal.drained,
        )
        self.lost = LostCalls(
            bus=self.bus,
            hub=self.hub,
            journal=self.journal,
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            number_key=self.site.number_key,
            name_of=self.agents.directory.name_of,
            agents_may=self.settings.lost.agents_may,
            least_wait=self.settings.lost.least_wait_seconds,
        )
        self.day = DayService(
            live=self.live,
            people=self.agents.directory,
            journal=self.journal,
            db=self.db,
            clock=self.clock,
            days=self.site.days,
            reasons=self.agents.shift.reasons,
            callbacks=[self.lost.callbacks],
        )

    def _make_decisions(self) -> None:
        wanted = self.settings.decisions
        people = self.agents.directory
        self.decisions = Decisions(
            bus=self.bus,
            live=self.live,
            people=people,
            skills=self.agents.skills,
            customers=CustomerStandings(
                self.customers,
                self.clock,
                user_of_login=people.user_of_login,
                value_field=wanted.value_field,
                owner_field=wanted.owner_field,
            ),
            calls=self.calls,
            engine=PbxEngine(self.send),
            ordered=self._queue_ordered,
            journal=self.journal,
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            per_second=wanted.actions_per_second,
        )

    def _queue_ordered(self, pbx: str, queue: str, ids: tuple[str, ...]) -> None:
        for feed in self.feeds:
            if feed.name == pbx:
                feed.tell(QueueOrdered(queue, ids))

    def _make_prompts(self) -> None:
        settings = self.settings
        self.prompts = PromptsService(
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            folder=Path(settings.prompts.dir or Path(settings.state.dir) / "prompts"),
            speaker=Espeak(settings.prompts.espeak),
        )

    def _make_routing(self) -> None:
        self.routing = Routing(
            routing_options(self.settings),
            bus=self.bus,
            live=self.live,
            db=self.db,
            journal=self.journal,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            send=self.send,
            number_key=self.site.number_key,
            name_of=self.agents.directory.name_of,
        )
        on_duty, rules = OnDuty(self.agents.directory, self.live.agents), dial_rules(self.settings)
        self.routing.rooms.agents, self.routing.agents_known = on_duty, on_duty.logins
        self.routing.rooms.outside = lambda number: outside_exten(plain_number(number), rules)
        self.routing.rooms.decisions = self.decisions
        self.routing.rooms.callers = KnownCallers(
            self.customers, self.clock, numbering=self.site.numbering, lists_of=self.routing.named.lists_of
        )
        self.routing.rooms.prompts = self.prompts
        self.routing.prompt_languages = self.prompts.languages
        self.routing.flows.speaker = self.prompts
        self.prompts.flows = UsesInFlows(self.routing.flows)

    def _make_recordings(self) -> None:
        self.recordings = Recordings(
            recording_options(self.settings),
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            append=self.journal.append,
            drained=self.journal.drained,
            db=self.db,
            audit=self.audit,
            send=self.send,
            health=self.health,
            metrics=self.metrics,
            clock=self.clock,
            tasks=self.tasks,
        )

    def _make_control(self) -> None:
        dialling = self.settings.dialling
        self.control = ControlService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            send=self.send,
            audit=self.audit,
            tasks=self.tasks,
            clock=self.clock,
            rules=dial_rules(self.settings),
            labels=self.settings.queues.labels,
            ring_seconds=dialling.ring_seconds,
            auto_answer=dialling.auto_answer,
            customer_name=self.customers.name_of,
        )

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
            sees=lambda who, user_id: self.agents.directory.sees_user(who.scope, user_id),
        )

    def _routes(self, tickets: Tickets) -> list[Route]:
        return [
            *auth_api.routes(self.accounts, self.audit, self.agents.profile),
            *push_api.routes(tickets),
            *shortcuts_api.routes(Shortcuts(self.db)),
            *links_api.routes(self.links),
            *agents_api.routes(self.agents),
            *shift_api.routes(self.agents.shift),
            *help_api.routes(self.help),
            *day_api.routes(self.day),
            *skills_api.routes(self.agents.skills),
            *moves_api.routes(self.agents.moves),
            *calls_api.routes(self.calls),
            *control_api.routes(self.control),
            *softphone_api.routes(self.softphone),
            *queues_api.routes(self.queues),
            *monitoring_api.routes(self.monitoring, self.site.days.zone),
            *lost_api.routes(self.lost),
            *prompts_api.routes(self.prompts),
            *decisions_api.routes(self.decisions),
            *customers_api.routes(self.customers, self.pops),
            *flows_api.routes(self.routing.flows, self.routing.world, self.clock),
            *named_api.routes(self.routing.named),
            *figures_api.routes(self.routing.figures, self.clock),
            *recording_api.routes(self.recordings, self.site.days.zone),
            *delivery_api.routes(self.recordings.delivery),
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
