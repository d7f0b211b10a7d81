"""Joins the rooms of routing: flows and their versions, named things, figures, and the mouth towards the PBXs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.ami.actions import Action, Reply, count_alive
from cti_server.core.audit.service import AuditLog
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError
from cti_server.core.health import Link
from cti_server.core.local_copy import LocalCopy
from cti_server.core.tasks import Tasks
from cti_server.core.web.outgoing import Outgoing
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.pbxs import Pbxs
from cti_server.live.words import AgentState
from cti_server.routing.agi.message_door import MessageDoor
from cti_server.routing.agi.mouth import FlowMouth
from cti_server.routing.agi.overflow_door import TEXTS, OverflowDoor
from cti_server.routing.agi.server import AgiServer, AgiSession
from cti_server.routing.agi.speaking import Rooms
from cti_server.routing.figures.service import FlowFigures, Journal
from cti_server.routing.flows.acts import QueueSeen
from cti_server.routing.flows.check import Known
from cti_server.routing.flows.walk import World
from cti_server.routing.named.service import NamedThings
from cti_server.routing.publishing.service import Flows

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

log = structlog.get_logger(__name__)

BEAT: Final = 0.5
"""Seconds between two signs of life for the dialplan, while calls are in flows."""
SWEEP: Final = 60.0
PORT_RETRY: Final = 3.0
"""Seconds between two tries to get the port that somebody else has."""
_ENDS: Final = frozenset({CallKind.CLEARED, CallKind.CONNECTION_CLEARED})
_AWAY: Final = frozenset({AgentState.LOGGED_OFF, AgentState.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class RoutingOptions:
    """How this site routes; see [routing] in config/cti.toml. `pbx`: the one that does not say which it is."""

    enabled: bool
    host: str
    port: int
    allowed: tuple[str, ...]
    most_calls: int
    lookup_hosts: tuple[str, ...]
    lookup_networks: tuple[str, ...]
    zone: str
    pbx: str = "main"


class Routing:
    """All of routing. `rooms` takes further neighbours (prompts, decisions, callbacks …) before `start()`."""

    def __init__(
        self,
        options: RoutingOptions,
        *,
        bus: Bus,
        live: Pbxs,
        db: "Database",
        journal: Journal,
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
        send: Callable[[str, Action], Awaitable[Reply]],
        number_key: Callable[[str], str],
        name_of: Callable[[int], str],
        copy: LocalCopy | None = None,
    ) -> None:
        self._options = options
        self._bus = bus
        self._live = live
        self._clock = clock
        self._tasks = tasks
        self._send = send
        self.web = Outgoing(options.lookup_hosts, options.lookup_networks)
        self.named = NamedThings(db, audit, tasks, clock, number_key=number_key, name_of=name_of, copy=copy)
        self.figures = FlowFigures(db, journal, number_key=number_key, zone=options.zone)
        self.flows = Flows(db, audit, bus, tasks, surroundings=self, name_of=name_of, copy=copy)
        self.rooms = Rooms(figures=self.figures, queues=self, web=self.web)
        self.prompt_languages: Callable[[], Mapping[str, frozenset[str]]] | None = None
        """Prompt → languages in which it has a file; set by who keeps prompts."""
        self.surveys_known: Callable[[], frozenset[str]] | None = None
        self.agents_known: Callable[[], frozenset[str]] | None = None
        self.mouth = FlowMouth(
            pick=self.flows.for_number,
            world=self.world,
            rooms=self.rooms,
            clock=clock,
            tasks=tasks,
            pbx=options.pbx,
            most=options.most_calls,
        )
        self.scripts: dict[str, Any] = {
            "flow": self.mouth,
            "alive": _alive,
            "route": _alive,
            "message": MessageDoor(self.rooms, options.pbx),
            "overflow": (overflow := OverflowDoor(self.rooms, options.pbx)),
        }
        """Who answers agi://…/name; further rooms add theirs before `start()`. `route`: nothing is to be changed."""
        self.overflow = overflow
        self._server: AgiServer | None = None
        self.fault = ""
        """Why no PBX can ask; empty when one can."""
        self._beats = 0

    # -- what stands outside of flows

    def world(self) -> World:
        """As the engine is given it."""
        return World(self.named.calendars, self.named.switches, self.flows.live, self._options.zone)

    def seen(self, pbx: str, queue: str) -> QueueSeen:
        """How a queue stands: who waits, and members who are signed in."""
        view = self._live.queues.get((pbx, queue))
        if view is None:
            return QueueSeen()
        agents = (self._live.agents.get((pbx, device)) for device in view.members)
        return QueueSeen(len(view.waiting), sum(1 for each in agents if each is not None and each.state not in _AWAY))

    def known(self) -> Known:
        """What the check holds flows against; what is not known now is left out."""
        up = any(link.up for link in self._live.links.values())
        return Known(
            prompts=None if self.prompt_languages is None else self.prompt_languages(),
            queues=frozenset(name for _, name in self._live.queues) if up else None,
            calendars=frozenset(self.named.calendars),
            switches=frozenset(self.named.switches),
            lists=self.named.lists,
            agents=None if self.agents_known is None else self.agents_known(),
            surveys=None if self.surveys_known is None else self.surveys_known(),
            host_allowed=self.web.host_allowed,
        )

    # -- from start to stop

    @property
    def port(self) -> int:
        """Where the PBX asks; 0 when it is not asked."""
        return 0 if self._server is None or self.fault else self._server.port

    async def start(self) -> None:
        """Read what is published, and listen. Goes on without the database when it is away."""
        self.named.open()
        self.flows.open()
        if not self._options.enabled:
            return
        self.figures.restarted(self._clock.now())
        self._bus.subscribe(CallChanged, self._on_call)
        self._server = AgiServer(
            self.scripts,
            self._tasks,
            host=self._options.host,
            port=self._options.port,
            allowed=self._options.allowed,
            most=self._options.most_calls,
        )
        if not await self._listen():
            # The rest of the server is worth having; callers reach their safe queues meanwhile.
            self._tasks.start("agi-port", self._listen_later())
        self._tasks.start("flow-beats", self._beat())
        self._tasks.start("overflow-speech", self._speak())

    async def _speak(self) -> None:
        """Have what callers hear by queues' rules spoken; without it the PBX's own sounds are played."""
        if self.flows.speaker is None:
            return
        try:
            await self.flows.speaker.prepare([{"say": "text", "text": text} for text in TEXTS])
        except CtiError as fault:
            log.info("overflow_not_spoken", reason=fault.code)

    async def _listen(self) -> bool:
        if self._server is None:
            return True  # it is being stopped
        try:
            await self._server.start()
        except OSError as fault:
            if not self.fault:
                log.error(
                    "agi_not_listening",
                    address=f"{self._options.host}:{self._options.port}",
                    reason=str(fault),
                    fix="Stop the program that has this port (another cti-server?), or set routing.port and CTI_AGI.",
                    again_in=PORT_RETRY,
                )
            self.fault = f"{self._options.host}:{self._options.port}: {fault.strerror or fault}"
            return False
        if self.fault:
            log.info("agi_listening", port=self._server.port)
        self.fault = ""
        return True

    async def _listen_later(self) -> None:
        while True:
            await asyncio.sleep(PORT_RETRY)
            if await self._listen():
                return

    def link(self) -> Link:
        """How the FastAGI server stands, for /readyz."""
        if not self._options.enabled:
            return Link("flows", True, None, "off")
        return Link("flows", not self.fault, None, self.fault or f"port {self.port}")

    async def stop(self) -> None:
        """Answer no more."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop()
        await self.web.close()

    def _on_call(self, change: CallChanged) -> None:
        if change.kind not in _ENDS or not self.mouth.going:
            return
        for leg in change.call.legs:
            if leg.ended_at is not None:
                self.mouth.gone(change.call.pbx, leg.id)

    async def _beat(self) -> None:
        """Show the dialplans of PBXs with callers in menus that we live."""
        swept = self._clock.monotonic()
        while True:
            await asyncio.sleep(BEAT)
            self._beats += 1
            for pbx in {pbx for pbx, _ in self.mouth.going}:
                with contextlib.suppress(CtiError):  # the dialplan asks by FastAGI then
                    await self._send(pbx, count_alive(self._beats))
            if self._clock.monotonic() - swept > SWEEP:
                swept = self._clock.monotonic()
                self.mouth.forget_old()


async def _alive(session: AgiSession) -> None:
    """The dialplan asks whether we live."""
    await session.set("CTI_ANSWER", "done")
