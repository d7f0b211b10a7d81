"""Takes back every registration of an address as a SIP client over websocket (RFC 7118): `Contact: *`, `Expires: 0`.

The least of both protocols: one connection, one REGISTER, one more with the answer to the challenge (RFC 3261 §10.2.2,
RFC 2617 with MD5, which is what Asterisk asks for), and no more. Of what comes in only the status counts.
"""

import asyncio
import base64
import hashlib
import os
import re
import secrets
import ssl
from typing import Final
from urllib.parse import urlsplit

MOST_BYTES: Final = 64 * 1024
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_QUOTED = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class RegistrarFault(Exception):
    """The PBX's registrar did not do it; the text says what it said."""


async def forget_contacts(url: str, uri: str, user: str, password: str, *, limit: float) -> None:
    """End all registrations of `uri` at the registrar behind the websocket `url` (ws or wss), within `limit` seconds.

    Raises RegistrarFault, OSError (ssl.SSLError among them), TimeoutError.
    """
    async with asyncio.timeout(limit):
        socket = await _Socket.open(url)
        try:
            call = f"{secrets.token_hex(12)}@{uri.partition('@')[2]}"
            status, head = await socket.ask(_request(uri, call, 1))
            if status == 401:
                proof = _proof(head, uri, user, password)
                status, head = await socket.ask(_request(uri, call, 2, proof))
            if status != 200:
                raise RegistrarFault(f"the registrar answered {head.splitlines()[0]}")
        finally:
            await socket.close()


def _registrar(uri: str) -> str:
    return f"sip:{uri.partition('@')[2]}"


def _request(uri: str, call: str, number: int, proof: str = "") -> str:
    lines = [
        f"REGISTER {_registrar(uri)} SIP/2.0",
        f"Via: SIP/2.0/WS {secrets.token_hex(6)}.invalid;branch=z9hG4bK{secrets.token_hex(8)}",
        "Max-Forwards: 70",
        f"From: <{uri}>;tag={call[:12]}",
        f"To: <{uri}>",
        f"Call-ID: {call}",
        f"CSeq: {number} REGISTER",
        "Contact: *",
        "Expires: 0",
        *([f"Authorization: {proof}"] if proof else []),
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def _proof(head: str, uri: str, user: str, password: str) -> str:
    """The answer to the challenge in a 401."""
    line = next((one for one in head.splitlines() if one.lower().startswith("www-authenticate:")), "")
    asked = {name.lower(): quoted or plain for name, quoted, plain in _QUOTED.findall(line)}
    if "nonce" not in asked or asked.get("algorithm", "MD5").upper() != "MD5":
        raise RegistrarFault("the registrar asks for what is not known here")
    realm, nonce, once = asked.get("realm", ""), asked["nonce"], secrets.token_hex(8)
    first = _md5(f"{user}:{realm}:{password}")
    second = _md5(f"REGISTER:{_registrar(uri)}")
    parts = [f'username="{user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{_registrar(uri)}"', "algorithm=MD5"]
    if "auth" in asked.get("qop", "").split(","):
        answer = _md5(f"{first}:{nonce}:00000001:{once}:auth:{second}")
        parts += [f'response="{answer}"', "qop=auth", "nc=00000001", f'cnonce="{once}"']
    else:
        parts.append(f'response="{_md5(f"{first}:{nonce}:{second}")}"')
    if "opaque" in asked:
        parts.append(f'opaque="{asked["opaque"]}"')
    return "Digest " + ", ".join(parts)


def _md5(text: str) -> str:
    # What digest authentication is made of; nothing is kept secret by it here beyond the moment.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class _Socket:
    """A websocket that sends text and waits for the answer to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> "_Socket":
        parts = urlsplit(url)
        tls = ssl.create_default_context() if parts.scheme == "wss" else None
        port = parts.port or (443 if tls else 80)
        reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls, limit=MOST_BYTES)
        socket = cls(reader, writer)
        try:
            await socket._shake_hands(parts.netloc, parts.path or "/")
        except BaseException:
            await socket.close()
            raise
        return socket

    async def _shake_hands(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: sip"]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self._writer.drain()
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise RegistrarFault("it speaks no websocket") from None
        if " 101 " not in head.splitlines()[0]:
            raise RegistrarFault(f"no websocket there: {head.splitlines()[0]}")

    async def ask(self, text: str) -> tuple[int, str]:
        """Send a request; its final answer: status and head."""
        self._send(_TEXT, text.encode())
        await self._writer.drain()
        while True:
            answer = await self._receive()
            match = re.match(r"SIP/2\.0 (\d{3}) ", answer)
            if match and int(match[1]) >= 200:
                return int(match[1]), answer.partition("\r\n\r\n")[0]

    async def _receive(self) -> str:
        """The next text."""
        try:
            while True:
                first, second = await self._reader.readexactly(2)
                length = second & 0x7F
                if length == 126:
                    length = int.from_bytes(await self._reader.readexactly(2))
                if length == 127 or length > MOST_BYTES or second & 0x80:
                    raise RegistrarFault("it sent what no registrar sends")
                payload = await self._reader.readexactly(length)
                if first & 0x0F == _CLOSE:
                    raise RegistrarFault("it closed the connection")
                if first & 0x0F == _PING:
                    self._send(_PONG, payload)
                elif first & 0x0F == _TEXT:
                    return payload.decode("utf-8", "replace")
        except asyncio.IncompleteReadError:
            raise RegistrarFault("it closed the connection") from None

    def _send(self, kind: int, payload: bytes) -> None:
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2)
        body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._writer.write(bytes([0x80 | kind]) + length + mask + body)

    async def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()
