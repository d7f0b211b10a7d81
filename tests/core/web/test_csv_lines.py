import csv
import io

import pytest

from cti_server.core.web.csv_lines import BOM, cell, line


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil","x")',
        "+cmd|' /C calc'!A0",
        "@SUM(1,1)",
        "-2+3",
        "+86-138",
        "\t=1+1",
        "\r=1+1",
        " =1+1",
        "＝1+1",
        "－1+1",
        "\u3000=1",
    ],
)
def test_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["+8613800138000", "+86 138 0013 8000", "-5", "王芳", "a=b", "", "13:05"])
def test_what_holds_nothing_to_execute_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_other_kinds_of_values() -> None:
    assert [cell(each) for each in (None, True, False, -3, 2.5)] == ["", "true", "false", "-3", "2.5"]


def test_a_line_reads_back_whole() -> None:
    cells = ["王芳", 'say "hi", bye', "two\nlines", 7]
    raw = BOM + line(cells)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    (row,) = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert row == [str(each) for each in cells]
