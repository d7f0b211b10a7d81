"""A phone's UDP socket and its SIP transactions: what is sent again, until when, and what is answered from memory.

Source: RFC 3261 section 17. No tasks: timers of the loop only, so that forty phones cost nothing while they are quiet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from cti_server.sandbox.phones.sip import Message, SipError, new_branch, parse

HOST = "127.0.0.1"
T1, T2 = 0.5, 4.0
GIVE_UP = 64 * T1
Peer = tuple[str, int]
Heard = Callable[[Message, Message], None]
"""Gets the request as it was sent and each new response to it; status 408 when none came within 32 s."""


@dataclass(slots=True)
class _Asked:
    """A request of ours that waits for its final response."""

    message: Message
    peer: Peer
    heard: Heard
    pause: float = T1
    provisional: bool = False
    final: Message | None = None
    again: asyncio.TimerHandle | None = None
    end: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Answered:
    """A request of the other side and our last response to it."""

    peer: Peer
    response: bytes = b""
    pause: float = T1
    again: asyncio.TimerHandle | None = None
    end: asyncio.TimerHandle | None = field(default=None)


class Wire(asyncio.DatagramProtocol):
    """Sends and receives SIP for one phone, on 127.0.0.1 only.

    `on_request(message, peer)` gets each new request once, ACK included; answer it by `respond()`.
    Whatever is not SIP is counted in `junk` and otherwise ignored.
    """

    def __init__(self, on_request: Callable[[Message, Peer], None]) -> None:
        self._on_request = on_request
        self._transport: asyncio.DatagramTransport | None = None
        self._asked: dict[tuple[str, str], _Asked] = {}
        self._answered: dict[tuple[str, str, str], _Answered] = {}
        self._unacknowledged: dict[tuple[str, int], _Answered] = {}
        self.port = 0
        self.junk = 0
        self.resent = 0

    async def open(self, port: int = 0) -> None:
        """Bind the socket; raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, port))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.DatagramTransport, transport)  # what asyncio hands over is not registered as one
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        """Called by asyncio."""
        try:
            message = parse(data)
        except SipError:
            self.junk += 1
            return
        if message.is_request:
            self._take_request(message, addr)
        else:
            self._take_response(message)

    def close(self) -> None:
        """Stop all timers and give the socket back. May be called twice."""
        entries: list[_Asked | _Answered] = [*self._asked.values(), *self._answered.values()]
        for entry in entries:
            for timer in (entry.again, entry.end):
                if timer:
                    timer.cancel()
        self._asked.clear()
        self._answered.clear()
        self._unacknowledged.clear()
        if self._transport:
            self._transport.close()
            self._transport = None

    def send(self, message: Message, peer: Peer) -> None:
        """Send as it is, once: for an ACK of a 2xx."""
        self._write(message.encode(), peer)

    def via(self, branch: str = "") -> tuple[str, str]:
        """The Via header of a request of ours."""
        return "Via", f"SIP/2.0/UDP {HOST}:{self.port};rport;branch={branch or new_branch()}"

    # -- requests of ours

    def request(self, message: Message, peer: Peer, heard: Heard) -> None:
        """Send a request (its Via is put in front unless it has one) and send it again until it is answered."""
        if not message.get("via"):
            message.headers.insert(0, self.via())
        asked = _Asked(message, peer, heard)
        self._asked[message.branch, message.method] = asked
        loop = asyncio.get_running_loop()
        asked.end = loop.call_later(GIVE_UP, self._give_up, asked)
        self._write(message.encode(), peer)
        asked.again = loop.call_later(asked.pause, self._ask_again, asked)

    def _ask_again(self, asked: _Asked) -> None:
        self.resent += 1
        self._write(asked.message.encode(), asked.peer)
        asked.pause = asked.pause * 2 if asked.message.method == "INVITE" else min(asked.pause * 2, T2)
        asked.again = asyncio.get_running_loop().call_later(asked.pause, self._ask_again, asked)

    def _give_up(self, asked: _Asked) -> None:
        if asked.again:
            asked.again.cancel()
        self._asked.pop((asked.message.branch, asked.message.method), None)
        if asked.final is None:
            asked.heard(asked.message, Message(asked.message.method, status=408, reason="Request Timeout"))

    def _take_response(self, message: Message) -> None:
        asked = self._asked.get((message.branch, message.method))
        if asked is None:
            self.junk += 1
            return
        invite = message.method == "INVITE"
        if asked.again and (invite or message.status >= 200):
            asked.again.cancel()
            asked.again = None
        if message.status < 200:
            if invite and not asked.provisional and asked.end and asked.final is None:
                asked.end.cancel()  # it may ring as long as the caller likes
            asked.provisional = True
        elif asked.final is None:
            self._settle(asked, message)
        elif message.status >= 300 or not invite:
            if invite:
                self._acknowledge_refusal(asked, message)
            return
        if invite and message.status >= 300:
            self._acknowledge_refusal(asked, message)
        asked.heard(asked.message, message)

    def _settle(self, asked: _Asked, message: Message) -> None:
        """Keep the transaction a while, so that a response that comes again is known."""
        asked.final = message
        if asked.end:
            asked.end.cancel()
        asked.end = asyncio.get_running_loop().call_later(GIVE_UP, self._give_up, asked)

    def _acknowledge_refusal(self, asked: _Asked, response: Message) -> None:
        """The ACK of a non-2xx belongs to the INVITE's own transaction (RFC 3261 17.1.1.3)."""
        sent = asked.message
        kept = [
            (key, value) for key, value in sent.headers if key in ("Via", "Max-Forwards", "From", "Call-ID", "Route")
        ]
        ack = Message("ACK", uri=sent.uri, headers=[*kept, ("To", response.get("to")), ("CSeq", f"{sent.cseq} ACK")])
        self._write(ack.encode(), asked.peer)

    # -- requests of the other side

    def _take_request(self, message: Message, peer: Peer) -> None:
        if message.method == "ACK":
            self._stop_resending(self._unacknowledged.pop((message.call_id, message.cseq), None))
            self._on_request(message, peer)
            return
        key = (message.branch, message.method, message.call_id)
        known = self._answered.get(key)
        if known:
            if known.response:
                self._write(known.response, peer)
            return
        entry = self._answered[key] = _Answered(peer)
        entry.end = asyncio.get_running_loop().call_later(2 * GIVE_UP, self._forget, key)
        self._on_request(message, peer)

    def _forget(self, key: tuple[str, str, str]) -> None:
        entry = self._answered.pop(key, None)
        self._stop_resending(entry)

    def respond(self, request: Message, response: Message) -> None:
        """Answer a request. A final answer to an INVITE is sent again until its ACK comes, at most 32 s."""
        key = (request.branch, request.method, request.call_id)
        loop = asyncio.get_running_loop()
        entry = self._answered.get(key)
        if entry is None:
            # A call that rang longer than the memory lasts: the response still goes to where the request came from.
            entry = self._answered[key] = _Answered((HOST, _reply_port(request)))
            entry.end = loop.call_later(GIVE_UP, self._forget, key)
        entry.response = response.encode()
        self._write(entry.response, entry.peer)
        if request.method == "INVITE" and response.status >= 200:
            self._unacknowledged[request.call_id, request.cseq] = entry
            entry.again = loop.call_later(entry.pause, self._answer_again, entry)
            loop.call_later(GIVE_UP, self._unacknowledged_for_long, (request.call_id, request.cseq), entry)

    def _answer_again(self, entry: _Answered) -> None:
        self.resent += 1
        self._write(entry.response, entry.peer)
        entry.pause = min(entry.pause * 2, T2)
        entry.again = asyncio.get_running_loop().call_later(entry.pause, self._answer_again, entry)

    def _unacknowledged_for_long(self, key: tuple[str, int], entry: _Answered) -> None:
        self._stop_resending(entry)
        self._unacknowledged.pop(key, None)

    @staticmethod
    def _stop_resending(entry: _Answered | None) -> None:
        if entry and entry.again:
            entry.again.cancel()
            entry.again = None

    def _write(self, data: bytes, peer: Peer) -> None:
        if self._transport:
            self._transport.sendto(data, peer)


def _reply_port(request: Message) -> int:
    sent_by = request.get("via").split(";")[0].rpartition(":")[2].strip()
    return int(sent_by) if sent_by.isdigit() else 5060
