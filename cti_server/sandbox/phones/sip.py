"""SIP on the page: messages, addresses, digest answers and session descriptions, as text in and text out.

Sources: RFC 3261 (messages, compact names in 7.3.3, folded lines in 7.3.1), RFC 2617 and RFC 7616 (digest),
RFC 4566 and RFC 3264 (SDP). No socket, no clock: `phone.py` and `call.py` send what is built here.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

PCMU = 0
TELEPHONE_EVENT = 101
COOKIE = "z9hG4bK"
REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    603: "Decline",
}
_COMPACT = {
    "i": "call-id",
    "m": "contact",
    "e": "content-encoding",
    "l": "content-length",
    "c": "content-type",
    "f": "from",
    "s": "subject",
    "k": "supported",
    "t": "to",
    "v": "via",
    "r": "refer-to",
    "b": "referred-by",
    "o": "event",
    "u": "allow-events",
}
_LISTS = {"via", "contact", "route", "record-route"}
_NEEDED = ("via", "from", "to", "call-id", "cseq")
_TOKEN_PAIR = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class SipError(ValueError):
    """What came is not a usable SIP message, address or challenge."""


@dataclass(slots=True)
class Message:
    """A request (`status` is 0) or a response. `method` is filled for both: a response takes it from CSeq.

    Header names are kept as they came; `get` and `all` find them in any case and in their compact form.
    """

    method: str
    uri: str = ""
    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def is_request(self) -> bool:
        """True for a request."""
        return self.status == 0

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, or `default`."""
        found = self.all(name)
        return found[0] if found else default

    def all(self, name: str) -> list[str]:
        """Every value of a header in order; comma lists of Via, Contact and routes are taken apart."""
        wanted = name.lower()
        values = [value for key, value in self.headers if canonical(key) == wanted]
        return [part for value in values for part in split_list(value)] if wanted in _LISTS else values

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.get("call-id")

    @property
    def cseq(self) -> int:
        """The number in CSeq."""
        return int(self.get("cseq").split()[0])

    @property
    def branch(self) -> str:
        """The branch of the topmost Via: the name of the transaction."""
        return parameters(self.get("via")).get("branch", "")

    def tag(self, name: str) -> str:
        """The tag in From or To, or an empty text."""
        return parse_address(self.get(name)).tag

    def encode(self) -> bytes:
        """The message as it goes on the wire; Content-Length is added."""
        first = f"{self.method} {self.uri} SIP/2.0" if self.is_request else f"SIP/2.0 {self.status} {self.reason}"
        lines = [first, *(f"{key}: {value}" for key, value in self.headers), f"Content-Length: {len(self.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Address:
    """A name-addr: display name, URI and the header's own parameters (not those of the URI)."""

    name: str
    uri: str
    params: dict[str, str]

    @property
    def tag(self) -> str:
        """The dialog tag, or an empty text."""
        return self.params.get("tag", "")

    @property
    def user(self) -> str:
        """The user part of the URI: the number, as a rule."""
        return self.uri.partition(":")[2].partition("@")[0] if "@" in self.uri else ""


@dataclass(frozen=True, slots=True)
class Session:
    """What a session description says of its first audio stream."""

    host: str
    port: int
    payloads: tuple[int, ...]
    direction: str
    event_payload: int | None

    @property
    def sends(self) -> bool:
        """True when the side that wrote it will send audio."""
        return self.direction in ("sendrecv", "sendonly") and self.port > 0

    @property
    def listens(self) -> bool:
        """True when the side that wrote it wants to receive audio."""
        return self.direction in ("sendrecv", "recvonly") and self.host != "0.0.0.0" and self.port > 0  # noqa: S104


def canonical(name: str) -> str:
    """A header's name in lower case and in its long form."""
    low = name.strip().lower()
    return _COMPACT.get(low, low)


def split_list(value: str) -> list[str]:
    """Take a comma list apart, leaving commas within quotes and angle brackets alone."""
    parts, start, quoted, angle, skip = [], 0, False, False, False
    for at, char in enumerate(value):
        if skip:
            skip = False
        elif quoted:
            skip, quoted = char == "\\", char != '"'
        elif char == '"':
            quoted = True
        elif char in "<>":
            angle = char == "<"
        elif char == "," and not angle:
            parts.append(value[start:at].strip())
            start = at + 1
    return [part for part in [*parts, value[start:].strip()] if part]


def parse(data: bytes) -> Message:
    """Read one datagram. Raises SipError for everything that is not a whole SIP message (keep-alives, junk)."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        head, _, body = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    message = _first_line(lines[0])
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and message.headers:
            key, value = message.headers[-1]
            message.headers[-1] = (key, f"{value} {line.strip()}".strip())
        elif ":" in line:
            key, _, value = line.partition(":")
            message.headers.append((key.strip(), value.strip()))
    _complete(message)
    length = message.get("content-length")
    message.body = body[: int(length)] if length.isdigit() else body
    return message


def _first_line(line: str) -> Message:
    words = line.split(" ", 2)
    if len(words) < 2:
        raise SipError(f"not a SIP message: {line[:40]!r}")
    if words[0] == "SIP/2.0":
        if not (words[1].isascii() and words[1].isdigit() and 100 <= int(words[1]) <= 699):
            raise SipError(f"not a status: {words[1][:40]!r}")
        return Message("", status=int(words[1]), reason=words[2] if len(words) == 3 else "")
    if len(words) != 3 or words[2].strip() != "SIP/2.0" or not words[0].isalpha():
        raise SipError(f"not a SIP message: {line[:40]!r}")
    return Message(words[0].upper(), uri=words[1])


def _complete(message: Message) -> None:
    missing = [name for name in _NEEDED if not message.get(name)]
    if missing:
        raise SipError(f"headers missing: {', '.join(missing)}")
    number, _, method = message.get("cseq").partition(" ")
    if not (number.isascii() and number.isdigit()) or not method.strip():
        raise SipError(f"not a CSeq: {message.get('cseq')[:40]!r}")
    message.method = message.method or method.strip().upper()


def parameters(value: str) -> dict[str, str]:
    """The `;name=value` pairs behind a header's value, names in lower case."""
    pairs = (part.partition("=") for part in value.split(";")[1:])
    return {key.strip().lower(): text.strip().strip('"') for key, _, text in pairs if key.strip()}


def parse_address(value: str) -> Address:
    """Read From, To, Contact or Refer-To. Never raises: what is not understood is left empty."""
    text, name = value.strip(), ""
    if text.startswith('"'):
        quoted = re.match(r'"((?:[^"\\]|\\.)*)"', text)
        if quoted:
            name, text = re.sub(r"\\(.)", r"\1", quoted[1]), text[quoted.end() :].strip()
    if "<" in text:
        before, _, rest = text.partition("<")
        uri, _, after = rest.partition(">")
        return Address(name or before.strip(), uri.strip(), parameters(after))
    return Address(name, text.split(";")[0].strip(), parameters(text))


def write_address(uri: str, name: str = "", tag: str = "") -> str:
    """A name-addr; the display name may hold any Unicode text (SIP is UTF-8), line ends are refused."""
    if any(char in name + uri + tag for char in "\r\n\0"):
        raise SipError("line ends are not allowed in an address")
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '" ' if name else ""
    return f"{quoted}<{uri}>" + (f";tag={tag}" if tag else "")


def new_branch() -> str:
    """A fresh transaction name."""
    return COOKIE + secrets.token_hex(8)


def parse_challenge(value: str) -> dict[str, str]:
    """The pairs of a WWW-Authenticate or Proxy-Authenticate. Raises SipError when it is not a digest."""
    scheme, _, rest = value.strip().partition(" ")
    pairs = {key.lower(): quoted or bare for key, quoted, bare in _TOKEN_PAIR.findall(rest)}
    if scheme.lower() != "digest" or "nonce" not in pairs or "realm" not in pairs:
        raise SipError(f"not a digest challenge: {value[:60]!r}")
    return pairs


def digest_answer(
    challenge: dict[str, str], method: str, uri: str, user: str, password: str, cnonce: str = "", count: int = 1
) -> str:
    """The Authorization value for a challenge (RFC 2617 3.2.2; qop "auth" or none, MD5 or SHA-256)."""
    name = challenge.get("algorithm", "MD5")
    hasher = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}.get(name.upper())
    if hasher is None:
        raise SipError(f"digest algorithm {name} is not known")

    def digest(text: str) -> str:
        return hasher(text.encode()).hexdigest()

    cnonce, nonce, counter = cnonce or secrets.token_hex(8), challenge["nonce"], f"{count:08x}"
    first, second = digest(f"{user}:{challenge['realm']}:{password}"), digest(f"{method}:{uri}")
    quality = "auth" in [word.strip() for word in challenge.get("qop", "").split(",")]
    middle = f"{nonce}:{counter}:{cnonce}:auth" if quality else nonce
    parts = {"username": user, "realm": challenge["realm"], "nonce": nonce, "uri": uri}
    parts["response"] = digest(f"{first}:{middle}:{second}")
    text = ", ".join(f'{key}="{value}"' for key, value in parts.items()) + f", algorithm={name}"
    if "opaque" in challenge:
        text += f', opaque="{challenge["opaque"]}"'
    return "Digest " + text + (f', qop=auth, nc={counter}, cnonce="{cnonce}"' if quality else "")


def write_sdp(host: str, port: int, direction: str = "sendrecv", version: int = 1) -> bytes:
    """Offer or answer PCMU with telephone events on one audio stream."""
    lines = [
        "v=0",
        f"o=phone 1 {version} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {PCMU} {TELEPHONE_EVENT}",
        f"a=rtpmap:{PCMU} PCMU/8000",
        f"a=rtpmap:{TELEPHONE_EVENT} telephone-event/8000",
        f"a=fmtp:{TELEPHONE_EVENT} 0-15",
        "a=ptime:20",
        f"a={direction}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


def parse_sdp(body: bytes) -> Session | None:
    """Read the first audio stream of a session description; None when there is none."""
    host, direction, seen, port = "", "sendrecv", "", 0
    payloads: tuple[int, ...] = ()
    event: int | None = None
    for line in body.decode("utf-8", "replace").splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            if seen:
                break  # only the first audio stream counts
            seen = "audio" if value.startswith("audio ") else ""
            port, payloads = _media(value) if seen else (0, ())
        elif kind == "c":
            host = value.split(" ")[-1].split("/")[0]
        elif kind == "a" and value in ("sendrecv", "sendonly", "recvonly", "inactive"):
            direction = value
        elif kind == "a" and value.startswith("rtpmap:") and "telephone-event/8000" in value.lower():
            event = _number(value[7:].split(" ")[0])
    return Session(host, port, payloads, direction, event) if seen else None


def _media(value: str) -> tuple[int, tuple[int, ...]]:
    words = value.split()
    numbers: Iterable[int | None] = (_number(word) for word in words[3:])
    return _number(words[1].split("/")[0]) or 0 if len(words) > 1 else 0, tuple(n for n in numbers if n is not None)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
