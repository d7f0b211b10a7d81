"""The lines of FastAGI, read and written with care (pure).

After https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Gateway-Interface-AGI/ and res_agi.c: a header of
`agi_name: value` lines up to an empty one, then a command line and a reply line each time.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

MOST_HEADER_LINES: Final = 100
LONGEST_LINE: Final = 4096
"""Bytes; res_agi's own buffer for a command is 2048."""
LONGEST_COMMAND: Final = 2000
_TAKEN_APART: Final = ",()[]\"'\\\r\n\0"
_HEADER: Final = re.compile(r"agi_([a-z0-9_]{1,40}): ?(.*)")
_REPLY: Final = re.compile(r"(\d{3})(?:[ -]result=(-?\d+))?(?:.*?\((.*)\))?", re.DOTALL)


class AgiError(Exception):
    """The peer does not speak FastAGI, or not within its bounds."""


class HungUp(Exception):
    """The caller has gone."""


def header_of(line: bytes) -> tuple[str, str] | None:
    """Name and value of a header line; None for the empty line that ends the header. Raises AgiError."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if not text:
        return None
    match = _HEADER.fullmatch(text)
    if match is None:
        raise AgiError("not a header line of AGI")
    return match[1], match[2].strip()


def arguments(header: Mapping[str, str]) -> list[str]:
    """The arguments that AGI() was given, in order."""
    found: list[str] = []
    while f"arg_{len(found) + 1}" in header:
        found.append(header[f"arg_{len(found) + 1}"])
    return found


def quoted(value: str) -> str:
    """A value as one argument of a command: res_agi takes a backslash before a sign that is meant."""
    plain = "".join(" " if sign in "\r\n\0" else sign for sign in value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command(*words: str) -> bytes:
    """A command line: the first word as it is, the others quoted. Raises AgiError when it would be cut."""
    line = " ".join([words[0], *map(quoted, words[1:])]).encode() + b"\n"
    if len(line) > LONGEST_COMMAND:
        raise AgiError(f"a command of {len(line)} bytes is too long")
    return line


def as_array(values: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Several variables as one, by Asterisk's function ARRAY; None when a value holds what ARRAY takes apart.

    Each command costs Asterisk's thread and ours a turn: with a hundred calls at once that is what callers wait for.
    """
    if len(values) < 2 or any(sign in value for _, value in values for sign in _TAKEN_APART):
        return None
    name = f"ARRAY({','.join(variable for variable, _ in values)})"
    whole = ",".join(value for _, value in values)
    if len(f"SET VARIABLE {quoted(name)} {quoted(whole)}".encode()) >= LONGEST_COMMAND:
        return None
    return name, whole


def reply_of(line: bytes) -> tuple[int, str]:
    """Code and value of a reply: (200, "value in the brackets"). Raises AgiError, HungUp."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if text == "HANGUP":
        raise HungUp
    if text.startswith("511"):  # command not permitted on a dead channel
        raise HungUp
    match = _REPLY.fullmatch(text)
    if match is None:
        raise AgiError("not a reply of AGI")
    return int(match[1]), match[3] or ""
