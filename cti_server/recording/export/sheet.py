"""A list as XLSX, written row by row; no cell is ever a formula or a link."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

MOST_ROWS: Final = 100_000
_WIDTH: Final = 18


class Sheet:
    """A workbook of one sheet. Use `add` for each row, then `close`. Blocking: call it in a thread."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        # Text stays text: what looks like a formula or an address must not become one (CSV injection, A35).
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        options = {"constant_memory": True, "tmpdir": str(path.parent), "nan_inf_to_errors": True, **plain}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet: Any = self._book.add_worksheet("recordings")
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(header) - 1, _WIDTH)
        bold = self._book.add_format({"bold": True})
        for at, name in enumerate(header):
            self._sheet.write_string(0, at, name, bold)
        self._next = 1

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Write rows of numbers, text and None."""
        for row in rows:
            for at, value in enumerate(row):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    self._sheet.write_number(self._next, at, value)
                elif value is not None:
                    self._sheet.write_string(self._next, at, str(value)[:32_000])
            self._next += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()
