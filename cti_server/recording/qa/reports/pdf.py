"""A report as PDF, with Chinese: a table over as many pages as it needs.

No font is shipped. Latin text is Helvetica, which every reader has; Chinese is STSong-Light of the Adobe-GB1
collection, for which a reader takes a Chinese font of its own. So a file has some kilobytes, and its text can be
searched and copied.
"""

import io
from collections.abc import Iterator
from typing import Any, Final

import pydyf

from cti_server.recording.qa.reports.table import Kind, Table, shown

WIDTH, HEIGHT, MARGIN = 842.0, 595.0, 40.0
"""A4 across, in points."""
SIZE, LINE, TITLE = 9.0, 16.0, 15.0
_GREY: Final = (0.35, 0.4, 0.47)
_HELVETICA: Final = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
"""Widths of the signs from space to ~, in thousandths of the size (Adobe's font metrics)."""
_DASH: Final = "–"


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """The text in stretches of one font: Latin or Chinese."""
    run, latin = "", True
    for sign in text:
        here = " " <= sign <= "~" or sign == _DASH
        if run and here is not latin:
            yield latin, run
            run = ""
        run, latin = run + sign, here
    if run:
        yield latin, run


def width(text: str, size: float) -> float:
    """How wide a text is, in points."""
    return sum(_sign(sign) for sign in text) * size / 1000


def _sign(sign: str) -> int:
    if " " <= sign <= "~":
        return _HELVETICA[ord(sign) - 32]
    return 556 if sign == _DASH else 1000


def fitted(text: str, size: float, room: float) -> str:
    """The text, cut where it is wider than its room."""
    if width(text, size) <= room:
        return text
    while text and width(text + "...", size) > room:
        text = text[:-1]
    return text + "..."


def lines(text: str, size: float, room: float) -> list[str]:
    """The text broken into lines: between words, and between any two Chinese signs."""
    found, line = [], ""
    for piece in _pieces(text):
        if line and width(line + piece, size) > room:
            found.append(line.rstrip())
            line = ""
        line += piece.lstrip() if not line else piece
    return [*found, line.rstrip()] if line.strip() else found


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for sign in text:
        if sign == " " or sign > "\u2e7f":
            if word:
                yield word
            yield sign
            word = ""
        else:
            word += sign
    if word:
        yield word


def document(table: Table) -> bytes:
    """The file, whole. Blocking: call it in a thread."""
    pdf = pydyf.PDF()
    fonts = _fonts(pdf)
    widths = _columns(table)
    notes = lines(table.meaning, SIZE - 1, WIDTH - 2 * MARGIN)
    rows_of_page = int((HEIGHT - 2 * MARGIN - TITLE - 4 * LINE - 12.0 * len(notes)) // LINE)
    pages = [table.rows[at : at + rows_of_page] for at in range(0, len(table.rows), rows_of_page)] or [()]
    for n, rows in enumerate(pages, 1):
        stream = pydyf.Stream(compress=True)
        y = _head(stream, table)
        _row(stream, table.header, table.kinds, widths, y, bold=True)
        _rule(stream, y - 5, sum(widths))
        for row in rows:
            y -= LINE
            cells = [shown(cell, kind) for cell, kind in zip(row, table.kinds, strict=True)]
            _row(stream, cells, table.kinds, widths, y)
        _foot(stream, notes, table.words.page.format(n=n, of=len(pages)))
        _page(pdf, stream, fonts)
    out = io.BytesIO()
    pdf.write(out, compress=True)
    return out.getvalue()


def _columns(table: Table) -> list[float]:
    """The first column as wide as its texts, the numbers share what is left."""
    whole = WIDTH - 2 * MARGIN
    names = max((width(str(row[0]), SIZE) for row in table.rows), default=0.0)
    first = min(max(names + 12, 120.0), whole * 0.45)
    rest = (whole - first) / max(1, len(table.header) - 1)
    return [first, *[rest] * (len(table.header) - 1)]


def _head(stream: Any, table: Table) -> float:
    y = HEIGHT - MARGIN - TITLE
    _text(stream, MARGIN, y, table.title, TITLE, bold=True)
    _text(stream, MARGIN, y - LINE, table.period, SIZE, grey=True)
    return y - 3 * LINE


def _foot(stream: Any, notes: list[str], page: str) -> None:
    y = MARGIN + 12.0 * len(notes)
    for at, line in enumerate(notes):
        _text(stream, MARGIN, y - 12.0 * at, line, SIZE - 1, grey=True)
    _text(stream, WIDTH - MARGIN - width(page, SIZE - 1), MARGIN - 14, page, SIZE - 1, grey=True)


def _row(stream: Any, cells: Any, kinds: Any, widths: list[float], y: float, *, bold: bool = False) -> None:
    x = MARGIN
    for text, kind, room in zip(cells, kinds, widths, strict=True):
        cut = fitted(text, SIZE, room - 6)
        _text(stream, x if kind is Kind.TEXT else x + room - 6 - width(cut, SIZE), y, cut, SIZE, bold=bold)
        x += room


def _rule(stream: Any, y: float, length: float) -> None:
    stream.set_line_width(0.5)
    stream.move_to(MARGIN, y)
    stream.line_to(MARGIN + length, y)
    stream.stroke()


def _text(stream: Any, x: float, y: float, text: str, size: float, *, bold: bool = False, grey: bool = False) -> None:
    stream.begin_text()
    stream.set_color_rgb(*(_GREY if grey else (0.0, 0.0, 0.0)))
    stream.set_text_matrix(1, 0, 0, 1, round(x, 2), round(y, 2))
    for latin, run in _runs(text):
        stream.set_font_size(("Fb" if bold else "Fl") if latin else "Fc", size)
        codes = run.encode("cp1252") if latin else run.encode("utf-16-be", "replace")
        stream.show_text(f"<{codes.hex()}>".encode())
    stream.end_text()


def _fonts(pdf: Any) -> Any:
    def latin(name: str) -> Any:
        return pydyf.Dictionary({
            "Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{name}", "Encoding": "/WinAnsiEncoding",
        })  # fmt: skip

    shape = pydyf.Dictionary({
        "Type": "/FontDescriptor", "FontName": "/STSong-Light", "Flags": 6, "FontBBox": "[-25 -254 1000 880]",
        "ItalicAngle": 0, "Ascent": 880, "Descent": -120, "CapHeight": 880, "StemV": 93,
    })  # fmt: skip
    pdf.add_object(shape)
    glyphs = pydyf.Dictionary({
        "Type": "/Font", "Subtype": "/CIDFontType0", "BaseFont": "/STSong-Light", "FontDescriptor": shape.reference,
        "CIDSystemInfo": "<< /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>", "DW": 1000,
    })  # fmt: skip
    pdf.add_object(glyphs)
    chinese = pydyf.Dictionary({
        "Type": "/Font", "Subtype": "/Type0", "BaseFont": "/STSong-Light-UniGB-UTF16-H", "Encoding": "/UniGB-UTF16-H",
        "DescendantFonts": pydyf.Array([glyphs.reference]),
    })  # fmt: skip
    found = {"Fl": latin("Helvetica"), "Fb": latin("Helvetica-Bold"), "Fc": chinese}
    for font in found.values():
        pdf.add_object(font)
    return pydyf.Dictionary({name: font.reference for name, font in found.items()})


def _page(pdf: Any, stream: Any, fonts: Any) -> None:
    pdf.add_object(stream)
    pdf.add_page(pydyf.Dictionary({
        "Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
        "Resources": pydyf.Dictionary({"Font": fonts}), "Contents": stream.reference,
    }))  # fmt: skip
