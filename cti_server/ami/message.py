"""Reading one raw AMI message: only what is asked for is decoded.

A raw message is what stands between two empty lines (CRLF CRLF), without them. Values may hold a bare LF (the reply to
Park does), so lines end at CRLF only. Whole messages are decoded, never packets: no character is cut in two. Bytes
that are not UTF-8 become U+FFFD instead of vanishing.
"""

EVENT = b"Event: "
RESPONSE = b"Response: "
_CRLF = b"\r\n"
_REPEATED = frozenset({"Output", "Variable"})
_REPEATED_ENDING = "ChanVariable"


def event_name(raw: bytes) -> bytes:
    """The name of an event (`b"Newchannel"`); `b""` when `raw` is something else."""
    if not raw.startswith(EVENT):
        return b""
    end = raw.find(_CRLF, 7)
    return raw[7:] if end < 0 else raw[7:end]


def field(raw: bytes, name: bytes) -> str | None:
    """The first value of header `name` (exact case), or None when the message has none."""
    start = raw.find(_CRLF + name + b":")
    if start >= 0:
        start += len(name) + 3
    elif raw.startswith(name + b":"):
        start = len(name) + 1
    else:
        return None
    end = raw.find(_CRLF, start)
    value = raw[start:] if end < 0 else raw[start:end]
    return value.removeprefix(b" ").decode("utf-8", "replace")


def repeated(raw: bytes, name: bytes) -> list[str]:
    """Every value of header `name` (exact case), in order; for `ChanVariable`, `Output` and the like."""
    prefix = name + b":"
    lines = raw.split(_CRLF)
    return [
        line[len(prefix) :].removeprefix(b" ").decode("utf-8", "replace") for line in lines if line.startswith(prefix)
    ]


def headers(raw: bytes) -> dict[str, str]:
    """All headers of a message.

    Headers that repeat by nature (`Output`, `Variable`, `…ChanVariable`) are joined by "\\n"; of any other that comes
    twice the last one stands. Lines without a colon are passed over.
    """
    found: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        if value[:1] == " ":
            value = value[1:]
        if name in found and _repeats(name):
            value = f"{found[name]}\n{value}"
        found[name] = value
    return found


def _repeats(name: str) -> bool:
    return name in _REPEATED or name.partition("(")[0].endswith(_REPEATED_ENDING)
