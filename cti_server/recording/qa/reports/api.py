"""Addresses of the reports."""

from dataclasses import astuple
from typing import Annotated

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reach, Route
from cti_server.recording.qa.model import GRADERS
from cti_server.recording.qa.reports.model import By, FigureRow
from cti_server.recording.qa.reports.service import Reports

Moment = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
_HEADER = tuple(FigureRow.__dataclass_fields__)


class ReportQuery(Body, frozen=True):
    """Over what, and between which moments (unix seconds) of submitting."""

    since: Moment = msgspec.field(name="from")
    until: Moment = msgspec.field(name="to")
    by: By = By.AGENT
    form_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


def routes(reports: Reports) -> list[Route]:
    """GET /qa/reports."""

    async def figures(request: ApiRequest) -> Page[FigureRow] | Csv:
        query: ReportQuery = request.query
        rows = await reports.figures(request.who, query.by, query.since, query.until, query.form_id)
        if request.wants_csv:
            return Csv(f"quality-by-{query.by.value}.csv", _HEADER, [astuple(row) for row in rows])
        return Page(rows)

    # Not LIST: it cannot be asked for without a period.
    return [
        Route("GET", "/qa/reports", figures, GRADERS, "Figures of quality within one's scope.", query=ReportQuery,
              response=Page[FigureRow], csv=True, reach=Reach.THING),
    ]  # fmt: skip
