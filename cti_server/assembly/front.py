"""The rooms that act while a call is alive: agents, calls, queues, customers, supervision."""

from cti_server import __version__
from cti_server.agents.help.service import HelpService
from cti_server.agents.members import PbxMembers
from cti_server.agents.service import AgentsService
from cti_server.assembly.ground import Ground
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.calls.control.service import ControlService
from cti_server.calls.service import CallsService
from cti_server.calls.softphone.doorkeeper import PbxDoorkeeper
from cti_server.calls.softphone.service import SoftphoneService
from cti_server.configured import (
    dial_rules,
    phone_options,
    shift_rules,
)
from cti_server.links.service import LinksService
from cti_server.monitoring.pbx_side import PbxSpies
from cti_server.monitoring.service import MonitoringService
from cti_server.queues.lost.service import LostCalls
from cti_server.queues.service import QueuesService
from cti_server.settings import Settings


class Front(Ground):
    """People and calls."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._make_links()
        self._make_agents()
        self._make_calls()
        self._make_softphone()
        self._make_queues()
        self._make_customers()
        self._make_control()
        self._make_supervision()

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
