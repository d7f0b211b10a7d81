"""One call of a phone: its dialog and its audio, told by what one can wait for.

    call = phone.call("4000", caller="13800000001", name="王小明", headers={"X-Trunk": "1"})
    await call.ringing()
    await call.answered()
    assert await call.hears(600)
    call.hangup()
    await call.ended()

Sources: RFC 3261 (12 dialogs, 13 INVITE, 14 re-INVITE), RFC 3264 (hold), RFC 3515 (REFER), RFC 3891 (Replaces).
"""

from __future__ import annotations

import asyncio
import enum
import secrets
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import quote

from cti_server.sandbox.phones.rtp import Pacer, Stream
from cti_server.sandbox.phones.sip import (
    REASONS,
    TELEPHONE_EVENT,
    Address,
    Message,
    parse_address,
    parse_sdp,
    write_sdp,
)
from cti_server.sandbox.phones.tone import HEARD
from cti_server.sandbox.phones.wire import HOST, Heard, Peer, Wire

LIMIT = 10.0
"""Seconds that a wait takes at most when the caller names none."""


class PhoneError(Exception):
    """A call did not go as asked; the text says what happened instead. `status` is SIP's, 0 when there was none."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class Stage(enum.StrEnum):
    """How far a call is."""

    CALLING = "calling"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


class Changes:
    """Lets any number of waiters look again whenever something changed."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something changed."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, holds: Callable[[], bool], limit: float, what: str) -> None:
        """Return as soon as `holds()`; raises TimeoutError that says `what` was waited for."""
        try:
            async with asyncio.timeout(limit):
                while not holds():
                    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.discard(waiter)
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {limit} s") from None


class Owner(Protocol):
    """What a call needs of its phone."""

    wire: Wire
    pacer: Pacer
    peer: Peer
    sequence: int | None

    @property
    def frames(self) -> tuple[bytes, ...]:
        """The phone's tone."""

    def transact(self, message: Message, peer: Peer, next_cseq: Callable[[], int], heard: Heard) -> None:
        """Send a request, answering a digest challenge."""

    def forget(self, call: Call) -> None:
        """The call is over."""


class Call:
    """A call, from its INVITE to its end. `number` and `name` are the other side's; `headers` those of the INVITE.

    `status` is the SIP status with which it failed, or 0; `invite` the INVITE as received or last sent.
    """

    def __init__(self, phone: Owner, *, incoming: bool, local: Address, remote: Address, call_id: str = "") -> None:
        self._phone = phone
        self.incoming = incoming
        self.stage = Stage.CALLING
        self.status = 0
        self.reason = ""
        self.held = False
        self.number, self.name = remote.user, remote.name
        self.call_id = call_id or secrets.token_hex(12) + "@" + HOST
        self.invite = Message("INVITE")
        self.extra: Mapping[str, str] = {}
        self.local_tag = secrets.token_hex(6)
        self.remote_tag = remote.tag
        self.referred: list[str] = []
        self._changes = Changes()
        self.audio = Stream(HOST, phone.frames, sending=False, sequence=phone.sequence)
        self.audio.on_digit = lambda _: self._changes.tell()
        self._local, self._remote = local, remote
        self._target = remote.uri
        self._peer = phone.peer
        self._routes: list[str] = []
        self._cseq = secrets.randbelow(1000) + 1
        self._version = 0
        self._provisional = False
        self._hang_up_when_possible = False
        self._joined: Call | None = None
        self._accepted = False
        self._acknowledged = False
        self._timers: list[asyncio.TimerHandle] = []

    # -- what one can wait for

    async def ringing(self, limit: float = LIMIT) -> None:
        """The other side rings (180) or has gone further. Raises PhoneError when the call failed, TimeoutError."""
        await self._reach(lambda: self.stage in (Stage.RINGING, Stage.TALKING), limit, "ringing")

    async def answered(self, limit: float = LIMIT) -> None:
        """Both sides can talk. Raises PhoneError when the call failed, TimeoutError."""
        await self._reach(lambda: self.stage is Stage.TALKING, limit, "answer")

    async def ended(self, limit: float = LIMIT) -> None:
        """The call is over, however it ended."""
        await self._changes.until(lambda: self.stage is Stage.ENDED, limit, f"end of the call with {self.number}")

    async def digits(self, wanted: str, limit: float = LIMIT) -> None:
        """The other side has pressed these keys (all that came so far end with them)."""
        await self._changes.until(lambda: self.audio.heard_digits.endswith(wanted), limit, f"digits {wanted}")

    async def hears(self, frequency: int, within: float = 3.0) -> bool:
        """Whether this tone comes in, as soon as it does, at the latest after `within` seconds."""
        return await self._listen(frequency, True, within)

    async def loses(self, frequency: int, within: float = 3.0) -> bool:
        """Whether this tone is gone, as soon as it is, at the latest after `within` seconds."""
        return await self._listen(frequency, False, within)

    def levels(self, *frequencies: int) -> dict[int, float]:
        """How loud each tone is now, in dB below full scale; from -26 on it counts as heard."""
        return self.audio.levels(frequencies)

    async def _listen(self, frequency: int, wanted: bool, within: float) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while (self.levels(frequency)[frequency] >= HEARD) is not wanted:
            if loop.time() >= until or (wanted and self.stage is Stage.ENDED):
                return False
            await asyncio.sleep(0.04)
        return True

    async def _reach(self, holds: Callable[[], bool], limit: float, what: str) -> None:
        await self._changes.until(lambda: holds() or self.stage is Stage.ENDED, limit, f"{what} of {self.number}")
        if not holds():
            raise PhoneError(f"no {what} of {self.number}: {self.status} {self.reason}".rstrip(), self.status)

    # -- what one can do

    async def answer(self, limit: float = LIMIT) -> None:
        """Answer a ringing call; returns when the other side confirmed. PhoneError when it is gone, TimeoutError."""
        self.answer_now()
        await self._reach(lambda: self._acknowledged, limit, "confirmation")

    def answer_now(self) -> None:
        """Answer without waiting for the confirmation; does nothing unless it rings."""
        if self.incoming and self.stage is Stage.RINGING:
            self._open_audio(self.invite.body)
            self.audio.sending = True
            self._accept(self.invite)
            self._to(Stage.TALKING)

    def ring(self) -> None:
        """Say 180 to the other side."""
        self._phone.wire.respond(self.invite, self._response(self.invite, 180))
        self._to(Stage.RINGING)

    def reject(self, status: int = 486) -> None:
        """Refuse a ringing call (486 busy, 603 declined)."""
        if self.incoming and self.stage in (Stage.CALLING, Stage.RINGING):
            self._phone.wire.respond(self.invite, self._response(self.invite, status))
            self._end(status, REASONS.get(status, ""))

    def hangup(self) -> None:
        """End it in the way that fits: CANCEL, reject or BYE. Does nothing when it is over."""
        if self.stage is Stage.TALKING:
            self._send("BYE", lambda _sent, _response: None)
            self._end(0, "we hung up")
        elif self.stage is not Stage.ENDED and self.incoming:
            self.reject(486)
        elif self.stage is not Stage.ENDED:
            self._hang_up_when_possible = True
            if self._provisional:
                self._cancel()

    def drop(self) -> None:
        """Forget it without a word to the other side: for when the PBX is gone."""
        self._end(0, "dropped")

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something later, unless the call is over by then."""
        self._timers.append(asyncio.get_running_loop().call_later(seconds, act))

    async def hold(self, limit: float = LIMIT) -> None:
        """Put the other side on hold: re-INVITE with sendonly, our own tone stops."""
        await self._reinvite("sendonly", limit)
        self.held, self.audio.sending = True, False

    async def retrieve(self, limit: float = LIMIT) -> None:
        """Take the call back from hold."""
        await self._reinvite("sendrecv", limit)
        self.held, self.audio.sending = False, True

    def press(self, digits: str) -> None:
        """Press keys (RFC 4733)."""
        self.audio.press(digits)

    async def transfer(self, number: str, limit: float = LIMIT) -> None:
        """Blind transfer: the other side shall call `number`. Returns when it agreed; we hang up once it is done."""
        await self._refer(f"<sip:{number}@{HOST}:{self._phone.peer[1]}>", limit)

    async def transfer_to(self, other: Call, limit: float = LIMIT) -> None:
        """Attended transfer: join the other sides of this call and of `other` (REFER with Replaces)."""
        self._joined = other
        replaces = f"{other.call_id};to-tag={other.remote_tag};from-tag={other.local_tag}"
        await self._refer(f"<{other._target}?Replaces={quote(replaces, safe='')}>", limit)

    async def request(
        self, method: str, headers: Mapping[str, str] | None = None, body: bytes = b"", limit: float = LIMIT
    ) -> Message:
        """Send any request within the dialog and return its final response. Raises TimeoutError."""
        answers: list[Message] = []

        def heard(_sent: Message, response: Message) -> None:
            if response.status >= 200:
                answers.append(response)
                self._changes.tell()

        self._send(method, heard, headers, body)
        await self._changes.until(lambda: bool(answers), limit, f"answer to {method}")
        return answers[0]

    async def _refer(self, target: str, limit: float) -> None:
        me = f"<{self._local.uri}>"
        response = await self.request("REFER", {"Refer-To": target, "Referred-By": me}, limit=limit)
        if response.status >= 300:
            raise PhoneError(f"transfer refused: {response.status} {response.reason}", response.status)

    async def _reinvite(self, direction: str, limit: float) -> None:
        answers: list[Message] = []

        def heard(sent: Message, response: Message) -> None:
            if 200 <= response.status < 300:
                self._acknowledge(sent)
                self._open_audio(response.body)
            if response.status >= 200 and not answers:
                answers.append(response)
                self._changes.tell()

        self._send("INVITE", heard, {"Content-Type": "application/sdp"}, self._sdp(direction))
        await self._changes.until(lambda: bool(answers), limit, f"answer to {direction}")
        if answers[0].status >= 300:
            raise PhoneError(f"{direction} refused: {answers[0].status} {answers[0].reason}", answers[0].status)

    # -- an outgoing call

    def start(self, headers: Mapping[str, str]) -> None:
        """Send the INVITE; `headers` go into every request of the call (an identifying header must)."""
        self.extra = dict(headers)
        self._send("INVITE", self._on_invite_response, {"Content-Type": "application/sdp"}, self._sdp("sendrecv"))

    def _on_invite_response(self, sent: Message, response: Message) -> None:
        self.invite = sent
        if response.status < 200:
            self._on_provisional(response)
        elif response.status < 300:
            self._on_answer(sent, response)
        else:
            self._end(response.status, response.reason)

    def _on_provisional(self, response: Message) -> None:
        if self.stage in (Stage.TALKING, Stage.ENDED):
            return
        first, self._provisional = not self._provisional, True
        if self._hang_up_when_possible and first:
            self._cancel()
        if response.body:
            self._open_audio(response.body)
        if response.status in (180, 183):
            self._to(Stage.RINGING)

    def _on_answer(self, sent: Message, response: Message) -> None:
        if self._accepted:
            self._acknowledge(sent)  # the 200 came again, so our ACK was lost
            return
        self._accepted = True
        self.remote_tag = response.tag("to")
        self._target = parse_address(response.get("contact")).uri or self._target
        self._routes = list(reversed(response.all("record-route")))
        self._acknowledge(sent)
        self._open_audio(response.body)
        self.audio.sending = True
        self._to(Stage.TALKING)
        if self._hang_up_when_possible:
            self.hangup()  # the answer was faster than our CANCEL

    def _cancel(self) -> None:
        kept = [
            (key, value)
            for key, value in self.invite.headers
            if key in ("Via", "Max-Forwards", "From", "To", "Call-ID", "Route")
        ]
        kept += [("CSeq", f"{self.invite.cseq} CANCEL"), *self.extra.items()]
        self._phone.wire.request(Message("CANCEL", uri=self.invite.uri, headers=kept), self._peer, lambda _s, _r: None)

    def _acknowledge(self, sent: Message) -> None:
        ack = self._build("ACK", sent.cseq, {}, b"")
        ack.headers.insert(0, self._phone.wire.via())
        self._phone.wire.send(ack, self._peer)

    # -- requests of the other side

    def take_invite(self, message: Message, peer: Peer) -> None:
        """The INVITE that began an incoming call."""
        self.invite, self._peer = message, peer
        self._target = parse_address(message.get("contact")).uri or self._target
        self._routes = message.all("record-route")

    def take(self, message: Message) -> None:
        """Any further request of the other side within the dialog."""
        match message.method:
            case "ACK":
                self._acknowledged = True
                if message.body:
                    self._open_audio(message.body)
                self._changes.tell()
            case "BYE":
                self._phone.wire.respond(message, self._response(message, 200))
                self._end(0, "the other side hung up")
            case "CANCEL":
                self._on_cancel(message)
            case "INVITE" | "UPDATE":
                self._on_offer(message)
            case "NOTIFY":
                self._phone.wire.respond(message, self._response(message, 200))
                self._on_notify(message.body.decode("utf-8", "replace").strip())
            case "OPTIONS" | "INFO" | "MESSAGE":
                self._phone.wire.respond(message, self._response(message, 200))
            case _:
                self._phone.wire.respond(message, self._response(message, 405))

    def _on_cancel(self, message: Message) -> None:
        self._phone.wire.respond(message, self._response(message, 200))
        if self.stage in (Stage.CALLING, Stage.RINGING):
            self._phone.wire.respond(self.invite, self._response(self.invite, 487))
            reason = message.get("reason")
            self._end(487, "answered elsewhere" if "completed elsewhere" in reason.lower() else "the caller gave up")

    def _on_notify(self, line: str) -> None:
        """How our REFER went (RFC 3515 2.4.5). When the transfer stands, our own legs have no use any more."""
        self.referred.append(line)
        self._changes.tell()
        if line.startswith("SIP/2.0 2"):
            for call in (self, self._joined):
                if call is not None:
                    call.hangup()

    def _on_offer(self, message: Message) -> None:
        if self.stage is not Stage.TALKING:
            self._phone.wire.respond(message, self._response(message, 200 if message.method == "UPDATE" else 491))
            return
        self._target = parse_address(message.get("contact")).uri or self._target
        if message.method == "UPDATE" and not message.body:
            self._phone.wire.respond(message, self._response(message, 200))
            return
        self._open_audio(message.body)
        self._accept(message)

    def _accept(self, request: Message) -> None:
        """200 with our session; its direction is the mirror of the offer's."""
        offer = parse_sdp(request.body)
        direction = "sendrecv"
        if offer and offer.direction != "sendrecv":
            direction = {"sendonly": "recvonly", "recvonly": "sendonly"}.get(offer.direction, "inactive")
        response = self._response(request, 200)
        response.headers.append(("Content-Type", "application/sdp"))
        response.body = self._sdp(direction)
        self._phone.wire.respond(request, response)

    # -- parts

    def _open_audio(self, body: bytes) -> None:
        session = parse_sdp(body)
        if session is None or self.stage is Stage.ENDED:
            return
        self.audio.remote = (session.host, session.port) if session.listens else None
        self.audio.event_payload = TELEPHONE_EVENT if session.event_payload is None else session.event_payload
        self._phone.pacer.add(self.audio)

    def _sdp(self, direction: str) -> bytes:
        self._version += 1
        return write_sdp(HOST, self.audio.port, direction, self._version)

    def _send(self, method: str, heard: Heard, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        message = self._build(method, self._next_cseq(), headers or {}, body)
        self._phone.transact(message, self._peer, self._next_cseq, heard)

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    def _build(self, method: str, cseq: int, headers: Mapping[str, str], body: bytes) -> Message:
        remote = f"<{self._remote.uri}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        lines = [("Max-Forwards", "70"), ("From", self._from()), ("To", remote), ("Call-ID", self.call_id)]
        lines += [("CSeq", f"{cseq} {method}"), self._contact(), *(("Route", route) for route in self._routes)]
        lines += [*self.extra.items(), *headers.items()]
        return Message(method, uri=self._target, headers=lines, body=body)

    def _from(self) -> str:
        name = '"' + self._local.name.replace("\\", "\\\\").replace('"', '\\"') + '" ' if self._local.name else ""
        return f"{name}<{self._local.uri}>;tag={self.local_tag}"

    def _contact(self) -> tuple[str, str]:
        return "Contact", f"<sip:{self._local.user or 'phone'}@{HOST}:{self._phone.wire.port}>"

    def _response(self, request: Message, status: int) -> Message:
        response = reply(request, status, self.local_tag)
        if request.method == "INVITE" and status < 300:
            response.headers += [self._contact(), ("Allow", ALLOW)]
        return response

    def _to(self, stage: Stage) -> None:
        if self.stage is not Stage.ENDED:
            self.stage = stage
            self._changes.tell()

    def _end(self, status: int, reason: str) -> None:
        if self.stage is Stage.ENDED:
            return
        self.stage, self.status, self.reason = Stage.ENDED, status, reason
        for timer in self._timers:
            timer.cancel()
        self._phone.pacer.remove(self.audio)
        self._phone.forget(self)
        self._changes.tell()


ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, UPDATE, INFO, REFER"


def reply(request: Message, status: int, tag: str = "") -> Message:
    """A response that mirrors what a response must mirror; `tag` is put into To unless one is there."""
    headers = [("Via", value) for value in request.all("via")]
    headers += [("Record-Route", value) for value in request.all("record-route")]
    to = request.get("to")
    headers += [("From", request.get("from")), ("To", to if not tag or parse_address(to).tag else f"{to};tag={tag}")]
    headers += [("Call-ID", request.call_id), ("CSeq", request.get("cseq"))]
    return Message(request.method, status=status, reason=REASONS.get(status, "Unknown"), headers=headers)
