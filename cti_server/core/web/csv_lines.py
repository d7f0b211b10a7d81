"""Lists as CSV that a spreadsheet shows and does not execute (pure).

A cell that begins with = + - @ (also in their full-width forms), a tab or a carriage return can be taken for a
formula; it gets an apostrophe in front (OWASP, CSV injection). Telephone numbers such as +8613800138000 and plain
negative numbers hold nothing to execute and stay as they are.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

BOM: Final = "\ufeff".encode()
"""Excel takes a file without it for the local code page and spoils every Chinese name."""
_STARTERS: Final = "=+-@\t\r\n＝＋－＠"
_HARMLESS = re.compile(r"[+-]?[0-9][0-9 ]*(\.[0-9]+)?")


def cell(value: object) -> str:
    """One value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    # Blanks in front do not keep a spreadsheet from seeing the formula behind them.
    if text.lstrip(" \u3000\u00a0")[:1] in tuple(_STARTERS) and not _HARMLESS.fullmatch(text):
        return "'" + text
    return text


def line(cells: Sequence[object]) -> bytes:
    """One record, quoted where needed (RFC 4180), in UTF-8 with CRLF."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([cell(each) for each in cells])
    return out.getvalue().encode("utf-8", "replace")
