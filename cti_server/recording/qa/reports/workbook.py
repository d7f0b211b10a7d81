"""A report as XLSX: the table, and what its figures mean on a second sheet. No cell is ever a formula or a link."""

import io
from typing import Any, Final

import xlsxwriter

from cti_server.recording.qa.reports.table import Kind, Table

_FORMATS: Final = {Kind.COUNT: "0", Kind.SCORE: "0.0", Kind.SHARE: "0.0%", Kind.SECONDS: "[h]:mm:ss"}
DAY: Final = 86_400.0
"""Spreadsheets count time in days."""
_FIRST: Final = 3
"""Title, period, an empty line; then the head of the table."""


def workbook(table: Table) -> bytes:
    """The file, whole. Blocking: call it in a thread."""
    out = io.BytesIO()
    # Text stays text: a name that looks like a formula must not become one (CSV injection).
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, "nan_inf_to_errors": True, **plain})
    _write(book, table)
    book.close()
    return out.getvalue()


def _write(book: Any, table: Table) -> None:
    sheet, bold = book.add_worksheet(table.title[:31]), book.add_format({"bold": True})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    sheet.write_string(0, 0, table.title, bold)
    sheet.write_string(1, 0, table.period)
    for at, name in enumerate(table.header):
        sheet.write_string(_FIRST, at, name, head)
    for line, row in enumerate(table.rows, _FIRST + 1):
        for at, (cell, kind) in enumerate(zip(row, table.kinds, strict=True)):
            if isinstance(cell, str):
                sheet.write_string(line, at, cell[:32_000])
            elif cell is not None:
                sheet.write_number(line, at, cell / DAY if kind is Kind.SECONDS else cell, formats[kind])
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, len(table.header) - 1, 14)
    sheet.freeze_panes(_FIRST + 1, 1)
    sheet.autofilter(_FIRST, 0, _FIRST + max(1, len(table.rows)), len(table.header) - 1)
    notes = book.add_worksheet(table.words.definitions[:31])
    notes.set_column(0, 0, 100)
    notes.write_string(0, 0, table.meaning, book.add_format({"text_wrap": True}))
