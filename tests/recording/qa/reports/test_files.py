"""The same table as XLSX and PDF: opened again by what is none of ours, or by hand where there is no such thing."""

import io
import itertools
import re
import zipfile
import zlib

import pytest

from cti_server.recording.qa.reports.model import FigureRow
from cti_server.recording.qa.reports.pdf import MARGIN, WIDTH, document, fitted, lines, width
from cti_server.recording.qa.reports.words import CHINESE, ENGLISH
from cti_server.recording.qa.reports.workbook import workbook
from tests.recording.qa.reports.test_table import table

EVIL = FigureRow("1", "=HYPERLINK(1)", 1, 50.0, 50.0, 0.0, 0.0, 0.0, 0.0)


def texts(pdf: bytes) -> list[str]:
    """Every text that is shown, page by page in its order."""
    return [text for _, _, text in placed(pdf)]


def placed(pdf: bytes) -> list[tuple[float, float, str]]:
    """Every text with its place on the page, in points from the lower left corner."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            data = zlib.decompress(stream)
        except zlib.error:
            continue
        for block in re.findall(rb"BT(.*?)ET", data, re.DOTALL):
            text = ""
            for font, code in re.findall(rb"/(F[lbc]) [\d.]+ Tf\s*\[<([0-9a-f]*)>\] TJ", block):
                text += bytes.fromhex(code.decode()).decode("utf-16-be" if font == b"Fc" else "cp1252")
            (place,) = re.findall(rb"1 0 0 1 ([\d.]+) ([\d.]+) Tm", block)
            found.append((float(place[0]), float(place[1]), text))
    return found


def test_a_pdf_says_all_of_it_in_chinese() -> None:
    made = document(table())
    assert made.startswith(b"%PDF-")
    assert b"%%EOF" in made[-10:]
    said = texts(made)
    assert said[:4] == ["质检评分报表", "2026-11-30 至 2026-12-06", "坐席", "评分数"]
    for text in ("李娜", "89.4", "50.0%", "–", "（无）", "第 1 页，共 1 页"):
        assert text in said, text
    assert "".join(lines(CHINESE.meaning[next(iter(CHINESE.meaning))], 8.0, 9e9))[:3] == "得分 "
    assert len(made) < 10_000


def test_a_long_report_goes_on_with_its_head_on_each_page() -> None:
    rows = [FigureRow(str(n), f"Agent {n}", 1, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0) for n in range(90)]
    said = texts(document(table(ENGLISH, rows)))
    pages = said.count("Quality scores")
    assert pages >= 3
    assert said.count("Agent") == pages
    assert [text for text in said if text.startswith("Agent ")] == [f"Agent {n}" for n in range(90)], (
        "none lost or twice"
    )
    assert f"page {pages} of {pages}" in said


def test_no_line_stands_on_another_or_beside_the_page() -> None:
    rows = [FigureRow(str(n), f"Agent {n}", 1, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0) for n in range(20)]
    found = placed(document(table(ENGLISH, rows)))
    heights = [y for _, y, text in found if text == "Agent" or text.startswith("Agent ")]
    assert len(heights) == 21
    assert all(above - below >= 12 for above, below in itertools.pairwise(heights))
    assert min(heights) > max(y for _, y, text in found if text.startswith("Score ="))
    assert all(x >= MARGIN and x + width(text, 8) <= WIDTH for x, _, text in found)


def test_an_empty_report_is_a_page() -> None:
    assert "Quality scores" in texts(document(table(ENGLISH, [])))


def test_texts_keep_to_their_room() -> None:
    assert width("Ab–中", 10) == pytest.approx((667 + 556 + 556 + 1000) / 100)
    assert fitted("short", 9, 100) == "short"
    cut = fitted("一个非常非常长的评分项名称" * 5, 9, 100)
    assert cut.endswith("...")
    assert width(cut, 9) <= 100
    room = WIDTH - 2 * MARGIN
    for meaning in (*CHINESE.meaning.values(), *ENGLISH.meaning.values()):
        broken = lines(meaning, 8, room)
        assert all(width(line, 8) <= room for line in broken)
        assert "".join(broken).replace(" ", "") == meaning.replace(" ", "")


def test_a_workbook_has_numbers_as_numbers_and_no_formula() -> None:
    book = zipfile.ZipFile(io.BytesIO(workbook(table(rows=[*table_rows(), EVIL]))))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "=HYPERLINK(1)" in strings
    assert "<v>89.44</v>" in sheet
    assert "<v>0.25</v>" in sheet
    for text in ("质检评分报表", "平均分", "李娜"):
        assert text in strings, text
    assert "指标说明" in book.read("xl/workbook.xml").decode()


def table_rows() -> list[FigureRow]:
    return [FigureRow("7", "李娜", 2, 89.44, 71.0, 0.5, 0.25, 0.0, 1.0)]
