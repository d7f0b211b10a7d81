"""Addresses of the reports."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import astuple
from typing import Annotated, Literal

import msgspec

from cti_server.core.web.media import Download
from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reach, Reply, Route
from cti_server.recording.qa.model import GRADERS
from cti_server.recording.qa.reports.model import By, FigureRow, GraderRow, RecordingFigures, Report, TrendRow
from cti_server.recording.qa.reports.pdf import document
from cti_server.recording.qa.reports.service import Reports
from cti_server.recording.qa.reports.words import WORDS
from cti_server.recording.qa.reports.workbook import workbook

Moment = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
_HEADER = tuple(FigureRow.__dataclass_fields__)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportQuery(Body, frozen=True):
    """Over what, and between which moments (unix seconds) of submitting; recordings: of their beginning."""

    since: Moment = msgspec.field(name="from")
    until: Moment = msgspec.field(name="to")
    by: By = By.AGENT
    form_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


class PeriodQuery(Body, frozen=True):
    """Between which moments (unix seconds) of submitting."""

    since: Moment = msgspec.field(name="from")
    until: Moment = msgspec.field(name="to")


class FileQuery(Body, frozen=True):
    """Which report, over what, as what, in which language."""

    since: Moment = msgspec.field(name="from")
    until: Moment = msgspec.field(name="to")
    report: Report = Report.SCORES
    by: By | None = None
    form_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    format: Literal["csv", "xlsx", "pdf"] = "xlsx"
    language: Literal["zh-CN", "en"] = "zh-CN"


def routes(reports: Reports) -> list[Route]:
    """GET /qa/reports, …/graders, …/recordings, …/trend, …/file."""

    async def figures(request: ApiRequest) -> Page[FigureRow] | Csv:
        query: ReportQuery = request.query
        rows = await reports.figures(request.who, query.by, query.since, query.until, query.form_id)
        if request.wants_csv:
            return Csv(f"quality-by-{query.by.value}.csv", _HEADER, [astuple(row) for row in rows])
        return Page(rows)

    async def graders(request: ApiRequest) -> Page[GraderRow]:
        return Page(await reports.graders(request.who, request.query.since, request.query.until))

    async def recordings(request: ApiRequest) -> Page[RecordingFigures]:
        query: ReportQuery = request.query
        return Page(await reports.recordings(request.who, query.by, query.since, query.until))

    async def trend(request: ApiRequest) -> Page[TrendRow]:
        query: ReportQuery = request.query
        return Page(await reports.trend(request.who, query.by, query.since, query.until, query.form_id))

    async def file(request: ApiRequest) -> Reply | Csv:
        return await _file(reports, request)

    # Not LIST: they cannot be asked for without a period.
    at, thing = "/qa/reports", Reach.THING
    return [
        Route("GET", at, figures, GRADERS, "Figures of quality within one's scope.", query=ReportQuery,
              response=Page[FigureRow], csv=True, reach=thing),
        Route("GET", f"{at}/graders", graders, GRADERS, "What each grader did.", query=PeriodQuery,
              response=Page[GraderRow], reach=thing),
        Route("GET", f"{at}/recordings", recordings, GRADERS, "What was recorded, and how much of it was scored.",
              query=ReportQuery, response=Page[RecordingFigures], reach=thing),
        Route("GET", f"{at}/trend", trend, GRADERS, "Scores week by week.", query=ReportQuery,
              response=Page[TrendRow], reach=thing),
        Route("GET", f"{at}/file", file, GRADERS, "A report as CSV, XLSX or PDF.", query=FileQuery, reach=thing),
    ]  # fmt: skip


async def _file(reports: Reports, request: ApiRequest) -> Reply | Csv:
    query: FileQuery = request.query
    words = WORDS[query.language]
    table = await reports.table(request.who, query.report, query.by, query.since, query.until, query.form_id, words)
    name = f"quality-{query.report.value}.{query.format}"
    if query.format == "csv":
        return Csv(name, table.header, table.rows)
    make, kind = (workbook, _XLSX) if query.format == "xlsx" else (document, "application/pdf")
    return Reply(Download(name, kind, _parts(await asyncio.to_thread(make, table))))


async def _parts(data: bytes) -> AsyncIterator[bytes]:
    yield data
