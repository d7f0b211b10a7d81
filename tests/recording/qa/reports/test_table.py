"""A report as a table: its words, its cells, in both languages."""

from zoneinfo import ZoneInfo

import pytest

from cti_server.recording.qa.reports.model import By, FigureRow, Report
from cti_server.recording.qa.reports.table import COLUMNS, Kind, Table, shown, table_of
from cti_server.recording.qa.reports.words import CHINESE, ENGLISH, WORDS, Words

ROWS = [
    FigureRow("7", "李娜", 2, 89.44, 71.0, 0.5, 0.25, 0.0, 1.0),
    FigureRow("", "", 1, None, None, 0.0, 0.0, 0.0, 0.0),
]
SINCE = 1_796_000_000.0


def table(words: Words = CHINESE, rows: list[FigureRow] | None = None) -> Table:
    until = SINCE + 6 * 86_400
    return table_of(
        Report.SCORES, By.AGENT, ROWS if rows is None else rows, SINCE, until, ZoneInfo("Asia/Shanghai"), words
    )


def test_every_column_has_its_word_in_both_languages() -> None:
    for words in WORDS.values():
        assert set(words.columns) >= {name for columns in COLUMNS.values() for name in columns}
        assert set(words.titles) == set(words.meaning) == set(Report)
        assert set(words.by) == set(By)


def test_heads_period_and_what_has_no_name() -> None:
    made = table(ENGLISH)
    assert made.header[:3] == ("Agent", "Scores", "Mean score")
    assert made.period == "2026-11-30 to 2026-12-06"
    assert made.rows[0][0] == "李娜"
    assert made.rows[1][:3] == ("(none)", 1, None)


@pytest.mark.parametrize(
    ("cell", "kind", "expected"),
    [
        (None, Kind.SCORE, "–"), (0.255, Kind.SHARE, "25.5%"), (89.44, Kind.SCORE, "89.4"), (7, Kind.COUNT, "7"),
        (3725.4, Kind.SECONDS, "1:02:05"), ("x", Kind.TEXT, "x"),
    ],
)  # fmt: skip
def test_cells_as_people_read_them(cell: float | str | None, kind: Kind, expected: str) -> None:
    assert shown(cell, kind) == expected
