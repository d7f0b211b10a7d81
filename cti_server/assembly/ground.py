"""What any server needs, and the live model of each PBX with its feed."""

from pathlib import Path

from cti_server.agents.help.service import SINKS as HELP_SINKS
from cti_server.agents.service import SINKS as AGENT_SINKS
from cti_server.ami.actions import Action, Reply
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.calls.service import SINKS as CALL_SINKS
from cti_server.calls.softphone.service import SINKS as PHONE_SINKS
from cti_server.configured import (
    Site,
    accounts_of,
    link_settings,
)
from cti_server.core.audit.service import AuditLog
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.errors import Unavailable
from cti_server.core.health import Health
from cti_server.core.journal import Journal
from cti_server.core.local_copy import LocalCopy
from cti_server.core.loop_lag import LoopLag
from cti_server.core.metrics import Metrics
from cti_server.core.push.hub import PushHub
from cti_server.core.shortcuts.service import Shortcuts
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.facts import QueueOrdered
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.live.things.devices import DeviceRules
from cti_server.monitoring.service import SINKS as MONITORING_SINKS
from cti_server.queues.lost.service import SINKS as LOST_SINKS
from cti_server.recording.service import SINKS as RECORDING_SINKS
from cti_server.routing.decisions.service import SINKS as DECISION_SINKS
from cti_server.routing.figures.service import SINKS as FLOW_SINKS
from cti_server.routing.work import SINKS as WORK_SINKS
from cti_server.settings import Settings


class Ground:
    """The ground floor: clock, tasks, bus, database, journal, accounts, push; and the AMI connections."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ground()
        self._heart()
        self.site = Site.of(settings)

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
        self.copy = LocalCopy(Path(settings.state.dir) / "copies")
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
                **WORK_SINKS,
            },
            max_bytes=settings.state.journal_max_mb * 2**20,
            clock=self.clock,
        )
        self.hub = PushHub(self.clock, self.metrics)
        self.shortcuts = Shortcuts(self.db)
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

    def _queue_ordered(self, pbx: str, queue: str, ids: tuple[str, ...]) -> None:
        for feed in self.feeds:
            if feed.name == pbx:
                feed.tell(QueueOrdered(queue, ids))

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
