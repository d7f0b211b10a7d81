"""Where browsers come in: Origin, ticket, the dialogue, heartbeats, and the end of sessions."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from cti_server.core.auth.events import SessionEnded
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError
from cti_server.core.metrics import Metrics
from cti_server.core.push.connection import NO_HEARTBEAT, NOT_SIGNED_IN, POLICY, Host, PushConnection
from cti_server.core.push.frames import Encoded
from cti_server.core.push.hub import PushHub
from cti_server.core.push.messages import Auth, Ping, Subscribe, Unsubscribe, read, write
from cti_server.core.push.tickets import Admission, Tickets
from cti_server.core.tasks import Tasks
from cti_server.core.web.origins import Origins
from cti_server.core.web.routes import Accounts

log = structlog.get_logger(__name__)

HEARTBEAT: Final = 20.0
"""Seconds between our pings."""
_PONG_WITHIN: Final = 10.0
"""A ping without an answer for this long is a miss and is sent again; after two the connection is given up (40 s)."""
_AUTH_WITHIN: Final = 5.0
_CHECK_EVERY: Final = 60.0
_LARGEST: Final = 64 * 1024
_TICK: Final = 1.0

# The library's own log writes whole frames when set to debug, and the first one holds a ticket.
_library_log = logging.getLogger("cti_server.push.websockets")
_library_log.setLevel(logging.WARNING)


class PushGate:
    """Takes over the connections for /push."""

    def __init__(
        self,
        hub: PushHub,
        tickets: Tickets,
        accounts: Accounts,
        origins: Origins,
        *,
        bus: Bus,
        tasks: Tasks,
        clock: Clock,
        metrics: Metrics,
        max_clients: int = 5000,
    ) -> None:
        self._hub = hub
        self._tickets = tickets
        self._accounts = accounts
        self._origins = origins
        self._tasks = tasks
        self._clock = clock
        self._metrics = metrics
        self._max_clients = max_clients
        self._open: dict[PushConnection, None] = {}
        self._clients: dict[PushConnection, None] = {}
        self._host: Host | None = None
        bus.subscribe(SessionEnded, self._session_ended)

    def start(self) -> None:
        """Begin with heartbeats and checks."""
        self._tasks.start("push_sweep", self._sweep_for_ever())
        self._tasks.start("push_check_sessions", self._check_for_ever())

    async def stop(self) -> None:
        """Say good-bye to everybody (1001) and wait a little."""
        host = self._its_host()
        host.open = False
        for connection in list(self._open):
            connection.shut(1001, "the server stops")
        await host.finish(3.0)
        for connection in list(self._open):
            connection.transport.abort()

    def protocol(self, on_lost: Callable[[], None]) -> asyncio.Protocol:
        """The protocol for one connection whose first request asks for /push."""

        def lost(connection: PushConnection) -> None:
            self._forget(connection)
            on_lost()

        deflate = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
        sansio = ServerProtocol(extensions=[deflate], max_size=_LARGEST, logger=_library_log)
        connection = PushConnection(sansio, self._its_host(), self._clock, lost)
        self._open[connection] = None
        return connection

    def sweep(self) -> None:
        """Heartbeats, stalled outboxes, topics that nobody came back to. Called every second."""
        now = self._clock.monotonic()
        ping: bytes | None = None
        for connection in list(self._clients):
            connection.check_progress()
            if self._ping_is_due(connection, now):
                ping = ping or Encoded(write(type="ping", ts=self._clock.now())).plain
                connection.push(ping)
        self._hub.sweep()

    async def check_sessions(self) -> None:
        """Close the connections whose session has ended without our having heard of it (it ran out of time)."""
        now = self._clock.monotonic()
        for connection in list(self._clients):
            if now - connection.checked_at >= _CHECK_EVERY:
                connection.checked_at = now
                if not await self._still_valid(connection.token):
                    connection.shut(NOT_SIGNED_IN, "the session has ended")

    def _its_host(self) -> Host:
        """Made when first asked for, since it needs a running loop and we are built before there is one."""
        if self._host is None:
            self._host = Host(self._serve, _library_log)
        return self._host

    # One connection

    async def _serve(self, raw: ServerConnection) -> None:
        assert isinstance(raw, PushConnection)
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(_AUTH_WITHIN):
                await raw.handshake(self._check_request, None, None)
            if raw.protocol.state is State.OPEN:
                raw.opened()
                await self._talk(raw)
        except (ConnectionClosed, TimeoutError):
            pass  # it is closed, which is how every connection ends
        except Exception:
            log.exception("push_connection_failed")
        finally:
            self._forget(raw)
            if raw.transport is not None and raw.protocol.state is not State.CLOSED:
                raw.transport.abort()
            if task is not None:
                self._its_host().handler_tasks.discard(task)

    def _check_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """None to let the browser in. A token in an address ends up in logs, so the address takes no query."""
        origins = request.headers.get_all("Origin")
        hosts = request.headers.get_all("Host")
        if len(origins) != 1 or len(hosts) != 1 or not self._origins.allows(origins[0], hosts[0]):
            return self._refuse(connection, 403, "origin", "This page may not listen here.")
        if "?" in request.path:
            return self._refuse(connection, 400, "query", "This address takes no query; send the ticket as a message.")
        if len(self._open) > self._max_clients:
            return self._refuse(connection, 503, "full", "Too many browsers are listening.")
        return None

    def _refuse(self, connection: ServerConnection, status: int, code: str, detail: str) -> Response:
        self._metrics.push_refused.labels(code).inc()
        body = write(status=status, title=HTTPStatus(status).phrase, code=code, detail=detail)
        response = connection.respond(status, body.decode())
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/problem+json"
        return response

    async def _talk(self, connection: PushConnection) -> None:
        admission = await self._admit(connection)
        if admission is None:
            self._metrics.push_refused.labels("ticket").inc()
            connection.shut(NOT_SIGNED_IN, "no valid ticket")
            await connection.wait_closed()
            return
        self._welcome(connection, admission)
        while connection.protocol.state is State.OPEN:
            text = await connection.recv()
            connection.awaits_pong = False
            connection.misses = 0
            if not isinstance(text, str) or not self._hear(connection, text):
                connection.shut(POLICY, "this message is none of ours")
        await connection.wait_closed()

    async def _admit(self, connection: PushConnection) -> Admission | None:
        try:
            async with asyncio.timeout(_AUTH_WITHIN):
                text = await connection.recv()
        except TimeoutError:
            return None
        message = read(text) if isinstance(text, str) else None
        admission = self._tickets.redeem(message.ticket) if isinstance(message, Auth) else None
        # The session may have ended between the making of the ticket and now.
        if admission is None or not await self._still_valid(admission.token):
            return None
        return admission

    def _welcome(self, connection: PushConnection, admission: Admission) -> None:
        now = self._clock.monotonic()
        session = admission.session
        connection.session, connection.token = session, admission.token
        connection.checked_at = connection.pinged_at = now
        self._clients[connection] = None
        self._metrics.push_clients.set(len(self._clients))
        who = {"user_id": session.user_id, "login": session.login, "name": session.name, "roles": sorted(session.roles)}
        ready = write(type="ready", session=who, heartbeat=HEARTBEAT, ts=self._clock.now())
        connection.push(Encoded(ready).plain)

    def _hear(self, connection: PushConnection, text: str) -> bool:
        """Do what a message asks for; False when it is none of ours."""
        match read(text):
            case Subscribe(topics=topics, since=since):
                self._hub.subscribe(connection, topics, since)
            case Unsubscribe(topics=topics):
                self._hub.unsubscribe(connection, topics)
            case Ping():
                connection.push(Encoded(write(type="pong", ts=self._clock.now())).plain)
            case None | Auth():
                return False
        return True

    # All connections

    def _ping_is_due(self, connection: PushConnection, now: float) -> bool:
        silent = now - connection.pinged_at
        if connection.awaits_pong:
            if silent < _PONG_WITHIN:
                return False
            connection.misses += 1
            if connection.misses >= 2:
                connection.shut(NO_HEARTBEAT, "no heartbeat")
                return False
        elif silent < HEARTBEAT:
            return False
        connection.awaits_pong = True
        connection.pinged_at = now
        return True

    def _session_ended(self, event: SessionEnded) -> None:
        self._tickets.drop(event.session_id)
        for connection in list(self._clients):
            if connection.session.session_id == event.session_id:
                connection.shut(NOT_SIGNED_IN, "the session has ended")

    def _forget(self, connection: PushConnection) -> None:
        """May be called twice."""
        self._hub.leave(connection)
        if self._open.pop(connection, 0) is None and connection.shut_with is not None:
            self._metrics.push_closed.labels(str(connection.shut_with)).inc()
        if self._clients.pop(connection, 0) is None:
            self._metrics.push_clients.set(len(self._clients))

    async def _still_valid(self, token: str) -> bool:
        """Whether the session lives. While the accounts cannot be asked, it does: screens go on without a database."""
        try:
            async with asyncio.timeout(5.0):
                return await self._accounts.session(token) is not None
        except (CtiError, TimeoutError):
            return True

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            try:
                self.sweep()
            except Exception:
                log.exception("push_sweep_failed")

    async def _check_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            await self.check_sessions()
