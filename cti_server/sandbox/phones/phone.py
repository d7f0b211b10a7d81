"""A SIP phone in the standard library, for demos and tests: it registers, calls, rings, answers and hears.

    pacer = Pacer()
    agent = await Phone.open("1001", password, sip_port=pbx.sip_port, tone=440, pacer=pacer)
    await agent.register()
    call = await agent.incoming(limit=5)
    await call.answer()

A trunk is a phone without a password that says who calls by the arguments of `call()`. Everything stays on 127.0.0.1.
All phones of a process share one `Pacer`. No tasks: nothing is left running once `close()` was called.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping

from cti_server.sandbox.phones.call import ALLOW, LIMIT, Call, Changes, PhoneError, Stage, reply
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.phones.sip import Address, Message, SipError, digest_answer, parse_address, parse_challenge
from cti_server.sandbox.phones.tone import tone_frames
from cti_server.sandbox.phones.wire import HOST, Heard, Peer, Wire

EXPIRES = 3600
_ANSWER_NOW = re.compile(r"answer-after\s*=\s*0|auto-?answer|ring answer", re.IGNORECASE)


class Phone:
    """One phone with any number of calls.

    `answer_after`: seconds a call rings before the phone answers by itself; None: it rings on (or a test answers).
    `reject_with`: refuse every call with this status. `sequence`: where the RTP numbers of its calls begin, 0-65535.
    `on_call(call)`: told of each incoming call as it begins to ring.
    A call whose INVITE asks for it (Call-Info answer-after=0, Alert-Info auto-answer) is answered at once.
    """

    def __init__(self, user: str, password: str, peer: Peer, tone: int, pacer: Pacer) -> None:
        self.user = user
        self.peer = peer
        self.tone = tone
        self.pacer = pacer
        self.wire = Wire(self._on_request)
        self.answer_after: float | None = None
        self.reject_with: int | None = None
        self.sequence: int | None = None
        self.on_call: Callable[[Call], None] | None = None
        self.calls: dict[str, Call] = {}
        self.registered = False
        self._password = password
        self._registration = secrets.token_hex(12) + "@" + HOST
        self._register_tag = secrets.token_hex(6)
        self._cseq = 0
        self._refresh: asyncio.TimerHandle | None = None
        self._waiting: deque[Call] = deque(maxlen=64)
        self._changes = Changes()

    @classmethod
    async def open(
        cls, user: str, password: str = "", *, sip_port: int, tone: int, pacer: Pacer | None = None, port: int = 0
    ) -> Phone:
        """A phone of the PBX at `sip_port`, sending `tone` Hz; `port` 0 takes any free UDP port. Raises OSError."""
        phone = cls(user, password, (HOST, sip_port), tone, pacer or Pacer())
        await phone.wire.open(port)
        return phone

    @property
    def frames(self) -> tuple[bytes, ...]:
        """What it sends as audio."""
        return tone_frames(self.tone)

    @property
    def port(self) -> int:
        """Its UDP port for SIP."""
        return self.wire.port

    async def close(self) -> None:
        """Hang everything up, unregister if registered, and free the socket. May be called twice."""
        for call in list(self.calls.values()):
            call.hangup()
        if self.registered:
            try:
                await self.unregister(limit=1.0)
            except (PhoneError, TimeoutError):
                self._stop_refreshing()  # the PBX is gone: then so is the registration
        self._stop_refreshing()
        for call in list(self.calls.values()):
            self.pacer.remove(call.audio)
        self.wire.close()

    def drop_calls(self) -> None:
        """Forget all calls without a word: for when the PBX is gone."""
        for call in list(self.calls.values()):
            call.drop()

    # -- registration

    async def register(self, expires: int = EXPIRES, limit: float = LIMIT) -> None:
        """Register and keep registered. Raises PhoneError when refused (401, 403, 404), TimeoutError."""
        response = await self._ask("REGISTER", expires, limit)
        if response.status != 200:
            raise PhoneError(f"{self.user} cannot register: {response.status} {response.reason}", response.status)
        self.registered = expires > 0
        self._stop_refreshing()
        if expires:
            loop = asyncio.get_running_loop()
            self._refresh = loop.call_later(expires * 0.8, self._register_again, expires)

    async def unregister(self, limit: float = LIMIT) -> None:
        """Take the registration back. Raises PhoneError, TimeoutError."""
        self.registered = False
        await self.register(0, limit)

    async def _ask(self, method: str, expires: int, limit: float) -> Message:
        answers: list[Message] = []

        def heard(_sent: Message, response: Message) -> None:
            if response.status >= 200:
                answers.append(response)
                self._changes.tell()

        self.transact(self._registration_request(expires), self.peer, self._next_cseq, heard)
        await self._changes.until(lambda: bool(answers), limit, f"answer to {method} of {self.user}")
        return answers[0]

    def _register_again(self, expires: int) -> None:
        def heard(_sent: Message, response: Message) -> None:
            if response.status >= 200:
                self.registered = response.status == 200
                # A PBX that is away for a moment gets its phones back when it returns.
                pause = expires * 0.8 if self.registered else 10.0
                self._refresh = asyncio.get_running_loop().call_later(pause, self._register_again, expires)

        self.transact(self._registration_request(expires), self.peer, self._next_cseq, heard)

    def _registration_request(self, expires: int) -> Message:
        me = f"<sip:{self.user}@{HOST}>"
        headers = [("Max-Forwards", "70"), ("From", f"{me};tag={self._register_tag}"), ("To", me)]
        headers += [("Call-ID", self._registration), ("CSeq", f"{self._next_cseq()} REGISTER")]
        headers += [("Contact", f"<sip:{self.user}@{HOST}:{self.port}>"), ("Expires", str(expires)), ("Allow", ALLOW)]
        return Message("REGISTER", uri=f"sip:{HOST}:{self.peer[1]}", headers=headers)

    def _stop_refreshing(self) -> None:
        if self._refresh:
            self._refresh.cancel()
            self._refresh = None

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    # -- calls

    def call(
        self,
        number: str,
        *,
        caller: str = "",
        name: str = "",
        withheld: bool = False,
        headers: Mapping[str, str] | None = None,
        peer: Peer | None = None,
    ) -> Call:
        """Call a number of the PBX (or of another phone, by `peer`).

        `caller` and `name` are what the other side is shown (any Unicode); `withheld` hides them (RFC 3323).
        `headers` are added to each request of the call.
        """
        to = peer or self.peer
        local = Address(name, f"sip:{caller or self.user}@{HOST}", {})
        extra = dict(headers or {})
        if withheld:
            local, extra = Address("Anonymous", "sip:anonymous@anonymous.invalid", {}), {**extra, "Privacy": "id"}
        _refuse_line_ends(number, caller, name, *extra, *extra.values())
        call = Call(self, incoming=False, local=local, remote=Address("", f"sip:{number}@{HOST}:{to[1]}", {}))
        call._peer = to
        self.calls[call.call_id] = call
        call.start(extra)
        return call

    async def incoming(self, limit: float = LIMIT) -> Call:
        """The next call that rings here and was not handed out yet. Raises TimeoutError."""
        await self._changes.until(lambda: bool(self._waiting), limit, f"a call for {self.user}")
        return self._waiting.popleft()

    @property
    def rings(self) -> bool:
        """Whether a call rings (or has rung) that `incoming()` has not handed out yet."""
        return bool(self._waiting)

    async def idle(self, limit: float = LIMIT) -> None:
        """Wait until no call is left. Raises TimeoutError."""
        await self._changes.until(lambda: not self.calls, limit, f"the end of all calls of {self.user}")

    async def hears(self, frequency: int, within: float = 3.0) -> bool:
        """Whether a tone comes in on any call of this phone within the time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while loop.time() < until:
            for call in list(self.calls.values()):
                if await call.hears(frequency, within=0.0):
                    return True
            await asyncio.sleep(0.04)
        return False

    def forget(self, call: Call) -> None:
        """The call is over; called by the call itself."""
        self.calls.pop(call.call_id, None)
        if call in self._waiting:
            self._waiting.remove(call)
        self._changes.tell()

    # -- what goes out and comes in

    def transact(self, message: Message, peer: Peer, next_cseq: Callable[[], int], heard: Heard) -> None:
        """Send a request; answer one digest challenge to it (401, 407) with our password."""

        def first(sent: Message, response: Message) -> None:
            again = self._authorised(sent, response, next_cseq) if response.status in (401, 407) else None
            if again is None:
                heard(sent, response)
            else:
                self.wire.request(again, peer, heard)

        self.wire.request(message, peer, first)

    def _authorised(self, sent: Message, response: Message, next_cseq: Callable[[], int]) -> Message | None:
        proxy = response.status == 407
        try:
            challenge = parse_challenge(response.get("proxy-authenticate" if proxy else "www-authenticate"))
            value = digest_answer(challenge, sent.method, sent.uri, self.user, self._password)
        except SipError:
            return None
        if not self._password:
            return None
        kept = [(key, text) for key, text in sent.headers if key not in ("Via", "CSeq")]
        kept += [("CSeq", f"{next_cseq()} {sent.method}")]
        kept += [("Proxy-Authorization" if proxy else "Authorization", value)]
        return Message(sent.method, uri=sent.uri, headers=kept, body=sent.body)

    def _on_request(self, message: Message, peer: Peer) -> None:
        call = self.calls.get(message.call_id)
        if call is not None:
            call.take(message)
        elif message.method == "INVITE" and not message.tag("to"):
            self._on_invite(message, peer)
        elif message.method in ("OPTIONS", "NOTIFY"):
            response = reply(message, 200, self._register_tag)
            response.headers.append(("Allow", ALLOW))
            self.wire.respond(message, response)
        elif message.method != "ACK":
            self.wire.respond(message, reply(message, 481, self._register_tag))

    def _on_invite(self, message: Message, peer: Peer) -> None:
        remote, local = parse_address(message.get("from")), parse_address(message.get("to"))
        call = Call(self, incoming=True, local=local, remote=remote, call_id=message.call_id)
        call.take_invite(message, peer)
        self.calls[call.call_id] = call
        if self.reject_with is not None:
            call.reject(self.reject_with)
            return
        call.ring()
        self._waiting.append(call)
        self._changes.tell()
        wants_answer = _ANSWER_NOW.search(message.get("call-info") + " " + message.get("alert-info"))
        if wants_answer:
            call.answer_now()
        elif self.answer_after is not None:
            call.after(self.answer_after, call.answer_now)
        if self.on_call:
            self.on_call(call)


def _refuse_line_ends(*texts: str) -> None:
    if any(char in text for text in texts for char in "\r\n\0"):
        raise SipError("line ends are not allowed in what is dialled or shown")


__all__ = ["Call", "Phone", "PhoneError", "Stage"]
