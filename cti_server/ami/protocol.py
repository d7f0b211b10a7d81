"""One TCP link to a PBX, on panoramisk's Manager with a protocol and a dispatch of our own.

What panoramisk 1.4 does here and what is put in its place:

- it decodes each packet on its own and loses cut characters: `framing.Framer` cuts on bytes;
- it builds a Message of every event: events stay raw bytes, only answers to our actions are decoded;
- a callback that raises drops the link: the one `*` callback only queues, and what raises is logged and counted;
- it keeps unanswered actions and sends them again: `LinkProtocol.close` and `connection_lost` fail them instead;
- it reconnects by itself, even after `close()`: a `LinkManager` serves one connection and never makes a second;
- it pings without looking for the answer: see `watchdog`;
- it cannot tell the end of some answers (`QueueAdd`): `Exchange` knows from the action what to wait for.
"""

import asyncio
import logging
import secrets
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

import structlog
from panoramisk import Manager
from panoramisk.actions import Action as PanoramiskAction
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from cti_server.ami.actions import Action, Reply, ping
from cti_server.ami.errors import (
    AmiBusy,
    AmiLinkLost,
    AmiNotConnected,
    AmiNotSpoken,
    AmiRefused,
    AmiShutdown,
    AmiTimeout,
)
from cti_server.ami.framing import Framer, FramingError
from cti_server.ami.inbox import GAP
from cti_server.ami.message import RESPONSE, field, headers
from cti_server.core.clock import Clock

log = structlog.get_logger(__name__)

MAX_PENDING: Final = 1_000
MAX_UNSENT: Final = 256 << 10
MAX_ITEMS: Final = 200_000
USER_TIMEOUT_MS: Final = 10_000
_BANNER: Final = b"Asterisk Call Manager"
# Events that belong to a listing of ours bear such an ActionID; a value inside a line cannot forge it.
_LISTING_ID: Final = "cti-l-"
_SINGLE_ID: Final = "cti-s-"
_LISTING_TAG: Final = b"\r\nActionID: " + _LISTING_ID.encode()
_MILESTONES: Final = (b"Event: FullyBooted\r\n", b"Event: Shutdown\r\n")


class Exchange(PanoramiskAction):  # type: ignore[misc]
    """An action of ours and what has come back for it; its `future` resolves to a Reply."""

    def __init__(self, action: Action, asked_at: int) -> None:
        action_id = (_LISTING_ID if action.listing else _SINGLE_ID) + secrets.token_hex(8)
        super().__init__({"Action": action.name, "ActionID": action_id})
        self.asked = action
        self.asked_at = asked_at
        self.items: list[dict[str, str]] = []

    def __str__(self) -> str:
        lines = (f"Action: {self.asked.name}", f"ActionID: {self.id}", *self.asked.lines)
        return "\r\n".join((*lines, "", ""))

    def add_message(self, message: Message, position: int = 0) -> bool:
        """Take the `Response:` message; True when the answer is complete."""
        text = message.message.strip()
        if message.response in ("Error", "Fail", "Failure"):
            if self.asked.empty_when and text.startswith(self.asked.empty_when):
                return self._finish(position)
            return self.fail(AmiRefused(self.asked.name, text or "no reason given"))
        self.responses.append(message)
        return False if self.asked.listing else self._finish(position)

    def add_item(self, raw: bytes, position: int) -> bool:
        """Take one event of the listing; True when it was the closing one."""
        item = headers(raw)
        match item.get("EventList", "").lower():
            case "complete":
                return self._finish(position)
            case "cancelled":
                return self.fail(AmiRefused(self.asked.name, "the PBX broke the list off"))
        if len(self.items) >= MAX_ITEMS:
            return self.fail(AmiRefused(self.asked.name, f"a list of more than {MAX_ITEMS} entries"))
        self.items.append(item)
        return False

    def fail(self, fault: Exception) -> bool:
        """End the wait with `fault`."""
        if not self.future.done():
            self.future.set_exception(fault)
        return True

    def _finish(self, position: int) -> bool:
        first: dict[str, str] = dict(self.responses[0].items()) if self.responses else {}
        first.pop("content", None)
        reply = Reply(self.id, first, tuple(self.items), self.asked_at, position, first.get("Message", "").strip())
        if not self.future.done():
            self.future.set_result(reply)
        return True


class LinkManager(Manager):  # type: ignore[misc]
    """panoramisk's Manager for exactly one connection: it never connects again and keeps no action for later."""

    pinger: asyncio.TimerHandle | None

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, clock: Clock) -> None:
        self.clock = clock
        self.position: Callable[[], int] = lambda: 0
        self.arrived = 0.0
        super().__init__(
            host=host,
            port=port,
            ssl=tls or False,
            loop=asyncio.get_running_loop(),
            protocol_factory=lambda: LinkProtocol(self),
            log=logging.getLogger(__name__),
        )

    async def open(self, limit: float) -> "LinkProtocol":
        """Connect within `limit` seconds. Raises OSError or TimeoutError."""
        async with asyncio.timeout(limit):
            _, protocol = await self.connect()
        assert isinstance(protocol, LinkProtocol)
        return protocol

    def connection_made(self, f: "asyncio.Task[Any]") -> None:
        """The attempt to connect has ended, well or not. No second attempt is planned here."""
        if f.cancelled() or f.exception() is not None:
            return
        super().connection_made(f)
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing: the protocol has told all who wait."""

    def ping(self) -> None:
        """Nothing: the watchdog pings."""

    def dispatch(self, event: bytes) -> list[str]:
        """Hand a raw event to the `*` callbacks."""
        for callback in self.callbacks["*"]:
            callback(self, event)
        return ["*"]


class LinkProtocol(AMIProtocol):  # type: ignore[misc]
    """Bytes in, raw events and answers out. Once `fault` is set the link is dead for good."""

    def __init__(self, manager: LinkManager) -> None:
        self.factory = manager
        self.responses: dict[str, Exchange] = {}
        self.fault: AmiLinkLost | None = None
        self.chunks = 0
        self.late_answers = 0
        self.handler_faults = 0
        self.boot_assumed = False
        self.greeted = asyncio.Event()
        self.booted = asyncio.Event()
        self._ended = asyncio.Event()
        self._framer = Framer()

    # From the transport

    def connection_made(self, transport: asyncio.Transport) -> None:
        """The TCP connection stands."""
        self.transport = transport
        plain = transport.get_extra_info("socket")
        if plain is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)

    def data_received(self, data: bytes) -> None:
        """Cut into messages and hand each on; one that makes us stumble does not harm the next."""
        if self.fault is not None:
            return
        self.chunks += 1
        self.factory.arrived = self.factory.clock.now()
        try:
            messages = self._framer.feed(data)
            if not self.greeted.is_set():
                self._greet()
        except FramingError as fault:
            self.end(AmiNotSpoken(f"Not AMI: {fault}."))
            return
        for raw in messages:
            try:
                self._handle(raw)
            except Exception:
                self.handler_faults += 1
                log.exception("ami_message_failed", message=raw[:300])

    def _greet(self) -> None:
        banner = self._framer.banner
        if banner is None:
            return
        if not banner.startswith(_BANNER):
            raise FramingError(f"the peer greets with {banner[:60]!r}, not with {_BANNER.decode()!r}")
        self.version = banner.partition(b"/")[2].decode("ascii", "replace").strip()
        self.greeted.set()

    def _handle(self, raw: bytes) -> None:
        if raw.startswith(RESPONSE):
            self._answer(raw)
        elif _LISTING_TAG in raw:
            self._list_item(raw)
        elif raw.startswith(_MILESTONES):
            self._milestone(raw)
        else:
            self.factory.dispatch(raw)

    def _milestone(self, raw: bytes) -> None:
        if raw.startswith(_MILESTONES[1]):
            self.factory.dispatch(raw)
            self.end(AmiShutdown("Asterisk shuts down or restarts."))
            return
        if self.boot_assumed:
            # It was not booted yet when everything was asked: that answer was too early.
            self.boot_assumed = False
            self.factory.dispatch(GAP)
        self.booted.set()
        self.factory.dispatch(raw)

    def _answer(self, raw: bytes) -> None:
        exchange = self.responses.get(field(raw, b"ActionID") or "")
        if exchange is None:
            self.late_answers += 1
        elif exchange.add_message(Message(headers(raw)), self.factory.position()):
            self.responses.pop(exchange.id, None)

    def _list_item(self, raw: bytes) -> None:
        exchange = self.responses.get(field(raw, b"ActionID") or "")
        if exchange is None:
            self.late_answers += 1
        elif exchange.add_item(raw, self.factory.position()):
            self.responses.pop(exchange.id, None)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The TCP connection is gone."""
        self.end(AmiLinkLost(f"The connection broke: {exc}." if exc else "The PBX closed the connection."))

    def close(self) -> None:
        """Drop the link; what waits for an answer fails now and is never sent again."""
        self.end(AmiLinkLost("The link was closed on our side."))

    def end(self, fault: AmiLinkLost) -> None:
        """Drop the link because of `fault`; the first fault stands."""
        if self.fault is not None:
            return
        self.fault = fault
        transport = getattr(self, "transport", None)
        if transport is not None:
            transport.abort()
        waiting, self.responses = self.responses, {}
        for exchange in waiting.values():
            name = exchange.asked.name
            exchange.fail(AmiLinkLost(f"The link to the PBX broke before {name} was answered: {fault.sentence}"))
        for flag in (self.greeted, self.booted, self._ended):
            flag.set()

    # For the connection

    def send(self, data: Exchange, as_list: bool | None = None) -> "asyncio.Future[Reply]":
        """Write an action; called by `Manager.send_action`."""
        self.responses[data.id] = data
        self.transport.write(str(data).encode())
        future: asyncio.Future[Reply] = data.future
        return future

    async def exchange(self, action: Action, limit: float | None = None) -> Reply:
        """Send `action` once and wait for its answer.

        Raises AmiNotConnected or AmiBusy (nothing was sent), AmiTimeout, AmiLinkLost (outcome unknown), AmiRefused.
        """
        if self.fault is not None:
            raise AmiNotConnected("The PBX is not connected.")
        if len(self.responses) >= MAX_PENDING or self.transport.get_write_buffer_size() > MAX_UNSENT:
            raise AmiBusy("The PBX has too many unanswered actions.")
        limit = action.limit if limit is None else limit
        exchange = Exchange(action, self.factory.position())
        try:
            async with asyncio.timeout(limit):
                reply: Reply = await self.factory.send_action(exchange)
                return reply
        except TimeoutError:
            raise AmiTimeout(f"The PBX did not answer {action.name} within {limit:g} s.") from None
        finally:
            self.responses.pop(exchange.id, None)

    async def ping(self, limit: float) -> None:
        """Wait for a pong; see `watchdog.Watched`."""
        try:
            await self.exchange(ping(), limit)
        except (AmiRefused, AmiBusy):
            return
        except AmiNotConnected:
            raise self.fault or AmiLinkLost("The PBX is not connected.") from None

    async def stay(self, seconds: float) -> None:
        """See `watchdog.Watched`."""
        await self.reach(self._ended, seconds)

    async def reach(self, flag: asyncio.Event, limit: float) -> bool:
        """Wait for `flag` at most `limit` seconds; True when it is set. Raises the fault when the link breaks."""
        try:
            async with asyncio.timeout(limit):
                await flag.wait()
        except TimeoutError:
            return False
        if self.fault is not None:
            raise self.fault
        return True
