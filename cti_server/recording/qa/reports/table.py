"""A report as a table of plain cells, whatever file it becomes (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from cti_server.recording.qa.reports.model import By, Report
from cti_server.recording.qa.reports.words import Words


class Kind(StrEnum):
    """How a cell is read: text, a whole number, points 0 to 100, a share 0 to 1, seconds."""

    TEXT = "text"
    COUNT = "count"
    SCORE = "score"
    SHARE = "share"
    SECONDS = "seconds"


Cell = str | float | None

COLUMNS: Final[dict[Report, dict[str, Kind]]] = {
    Report.SCORES: {
        "label": Kind.TEXT, "evaluations": Kind.COUNT, "score": Kind.SCORE, "lowest": Kind.SCORE, "failed": Kind.SHARE,
        "disputed": Kind.SHARE, "changed": Kind.SHARE, "acknowledged": Kind.SHARE,
    },
    Report.GRADERS: {
        "label": Kind.TEXT, "evaluations": Kind.COUNT, "rechecks": Kind.COUNT, "calibrations": Kind.COUNT,
        "heard": Kind.SECONDS, "taken": Kind.SECONDS, "score": Kind.SCORE, "off": Kind.SCORE, "disputed": Kind.SHARE,
        "changed": Kind.SHARE,
    },
    Report.RECORDINGS: {
        "label": Kind.TEXT, "recordings": Kind.COUNT, "seconds": Kind.SECONDS, "scored": Kind.COUNT,
        "coverage": Kind.SHARE, "silence": Kind.SHARE, "talk_over": Kind.SHARE, "longest_silence": Kind.SECONDS,
    },
    Report.TREND: {"label": Kind.TEXT, "week": Kind.TEXT, "evaluations": Kind.COUNT, "score": Kind.SCORE},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A report. `rows` as numbers; `meaning`: what its figures are."""

    title: str
    period: str
    header: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Cell, ...], ...]
    meaning: str
    words: Words


def table_of(
    report: Report, by: By, rows: Sequence[Any], since: float, until: float, zone: ZoneInfo, words: Words
) -> Table:
    """The rows of a report as a table; `until` is the first moment that is not within: the last day ends there."""
    columns = COLUMNS[report]
    days = [datetime.fromtimestamp(at, zone).date().isoformat() for at in (since, max(since, until - 1))]
    cells = tuple(tuple(getattr(row, name) for name in columns) for row in rows)
    return Table(
        title=words.titles[report],
        period=words.period.format(since=days[0], until=days[1]),
        header=tuple(words.columns[name] or words.by[by] for name in columns),
        kinds=tuple(columns.values()),
        rows=tuple((row[0] or words.none, *row[1:]) for row in cells),
        meaning=words.meaning[report],
        words=words,
    )


def shown(cell: Cell, kind: Kind) -> str:
    """A cell as people read it."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if kind is Kind.SHARE:
        return f"{100 * cell:.1f}%"
    if kind is Kind.SCORE:
        return f"{cell:.1f}"
    if kind is Kind.SECONDS:
        whole = round(cell)
        hours, rest = divmod(whole, 3600)
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{cell:g}"
