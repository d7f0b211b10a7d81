"""What may stand in a line that is sent to a PBX.

AMI has no escaping: a CR or LF in a value begins a new header or a new action (AST-2010-002 and its many followers).
So every value is checked here before it is sent; what does not fit raises `BadInput` and nothing is sent.
Limits of Asterisk (`include/asterisk/manager.h`, `main/manager.c`): 128 header lines a message, lines of 1,024 bytes.
"""

import re
from typing import Final

from cti_server.core.errors import BadInput
from cti_server.core.signs import is_one_line

MAX_LINES: Final = 128
MAX_LINE_BYTES: Final = 1_000

# Percent-coded CR, LF and NUL have no honest use, and some dialplan functions decode them.
_CODED: Final = re.compile(r"%0[0ad]", re.IGNORECASE)
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_EXTEN: Final = re.compile(r"[0-9*#+]{1,20}")
_CONTEXT: Final = re.compile(r"[A-Za-z0-9_-]{1,79}")
_ENDPOINT: Final = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
# No leading slash: Asterisk takes `/…/` in Hangup for a pattern over all channels. No `&`, `,`, `|`: they make lists.
_CHANNEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}/[^\s,&|\"\\]{1,150}")
_UNIQUEID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,149}")
_VARIABLE: Final = re.compile(r"_{0,2}CTI_[A-Z0-9_]{1,60}")
# What the dialplan and app_queue set and we may ask for; setting is for our own names only.
_READABLE: Final = frozenset(
    {"ABANDONED", "CALLUUID", "DIALSTATUS", "LINKEDID", "MEMBERINTERFACE", "MIXMONITOR_FILENAME", "QEHOLDTIME"}
    | {"QEORIGINALPOS", "QUEUENAME", "QUEUEPOSITION", "QUEUESTATUS", "QUEUE_PRIO", "UNIQUEID"}
)


def text(value: str, name: str, *, empty: bool = False) -> str:
    """`value` if it can stand in one line; else BadInput naming `name`."""
    if not isinstance(value, str):
        raise BadInput(f"{name} must be text.", field=name, allowed="text")
    if not empty and not value.strip():
        raise BadInput(f"{name} is empty.", field=name, allowed="at least one character")
    if not is_one_line(value) or _CODED.search(value):
        allowed = "text without control characters and line breaks"
        raise BadInput(f"{name} holds a line break or another control character.", field=name, allowed=allowed)
    return value


def line(header: str, value: str) -> str:
    """The line `Header: value` without its end; BadInput when it would not be exactly one line of lawful length."""
    if not _HEADER.fullmatch(header):
        raise BadInput("That is no header name.", field="header", allowed="letters, digits, - and _, at most 40")
    text(value, header, empty=True)
    whole = f"{header}: {value}"
    if len(whole.encode()) > MAX_LINE_BYTES:
        allowed = f"{MAX_LINE_BYTES - len(header) - 2} bytes in UTF-8"
        raise BadInput(f"{header} is too long.", field=header, allowed=allowed)
    return whole


def exten(value: str, name: str = "exten") -> str:
    """A number that may be dialled: digits, `*`, `#`, `+`, at most 20."""
    return _matching(_EXTEN, value, name, "1 to 20 of 0-9 * # +")


def context(value: str, name: str = "context") -> str:
    """A dialplan context."""
    return _matching(_CONTEXT, value, name, "1 to 79 letters, digits, - and _")


def endpoint(value: str, name: str = "endpoint") -> str:
    """The name of a PJSIP endpoint."""
    return _matching(_ENDPOINT, value, name, "1 to 64 letters, digits and _ . + -")


def channel(value: str, name: str = "channel") -> str:
    """The name of a channel or of a queue member's interface, as the PBX reported or the configuration says it."""
    allowed = "Technology/name without blanks, commas, quotes, & and |"
    return _matching(_CHANNEL, text(value, name), name, allowed)


def uniqueid(value: str, name: str = "channel_id") -> str:
    """A Uniqueid or a bridge's id."""
    return _matching(_UNIQUEID, value, name, "1 to 149 letters, digits and _ . : -")


def variable(name: str) -> str:
    """The name of a channel variable that we may set: our own, beginning with CTI_ (inherited: _CTI_, __CTI_)."""
    return _matching(_VARIABLE, name, "variable", "names that begin with CTI_")


def readable_variable(name: str) -> str:
    """The name of a channel variable that we may read: our own and those which Queue, Dial and MixMonitor set."""
    return name if name in _READABLE else variable(name)


def assignment(name: str, value: str) -> str:
    """`name=value` for a Variable header of Originate.

    Asterisk splits that header at commas and takes quotes and backslashes away (`__ast_app_separate_args`), so they
    are escaped here.
    """
    escaped = re.sub(r'([\\",])', r"\\\1", text(value, variable(name), empty=True))
    return f"{name}={escaped}"


def caller_id(name: str, number: str) -> str:
    """`"name" <number>`; characters that would end the quoted name are left out."""
    clean = re.sub(r'["<>\\]', "", text(name, "caller_name", empty=True)).strip()
    digits = exten(number, "caller_number") if number else ""
    return f'"{clean}" <{digits}>'


def whole(value: int, name: str, low: int, high: int) -> str:
    """A whole number within its bounds, as text."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadInput(f"{name} is out of range.", field=name, allowed=f"a whole number from {low} to {high}")
    return str(value)


def _matching(pattern: re.Pattern[str], value: str, name: str, allowed: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadInput(f"{name} is not acceptable.", field=name, allowed=allowed)
    return value
