"""Figures of quality within one's scope."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from cti_server.core.auth.model import Session
from cti_server.core.errors import BadInput
from cti_server.recording.qa.model import People, sight_of
from cti_server.recording.qa.reports import store
from cti_server.recording.qa.reports.model import (
    ALLOWED,
    By,
    FigureRow,
    GraderRow,
    RecordingFigures,
    Report,
    TrendRow,
    figures_of,
    folded,
)
from cti_server.recording.qa.reports.table import Table, table_of
from cti_server.recording.qa.reports.words import Words

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

Row = TypeVar("Row", FigureRow, TrendRow)
Named = Callable[[str], str]


def checked_by(report: Report, by: By | None) -> By:
    """Over what a report is taken. Raises BadInput."""
    allowed = ALLOWED[report]
    if by is None:
        return allowed[0]
    if by not in allowed:
        raise BadInput("This report cannot be taken over that.", field="by", allowed=", ".join(allowed))
    return by


class Reports:
    """Weeks begin on Monday in the site's zone. `until` is the first moment that is not within; unix seconds."""

    def __init__(self, db: "Database", people: People, zone: ZoneInfo) -> None:
        self._db = db
        self._people = people
        self._zone = zone

    async def figures(self, who: Session, by: By, since: float, until: float, form_id: int | None) -> list[FigureRow]:
        """One line for each agent, team, …, with its name. Raises Unavailable."""
        sight = sight_of(self._people, who.scope)
        rows = await store.figures(self._db, by, since, until, sight, self._zone.key, form_id)
        return self._named(rows, await self._names(by))

    async def trend(self, who: Session, by: By, since: float, until: float, form_id: int | None) -> list[TrendRow]:
        """The mean score of each week, for each agent, team, …. Raises BadInput, Unavailable."""
        checked_by(Report.TREND, by)
        sight = sight_of(self._people, who.scope)
        rows = await store.trend(self._db, by, since, until, sight, self._zone.key, form_id)
        return self._named(rows, await self._names(by))

    async def graders(self, who: Session, since: float, until: float) -> list[GraderRow]:
        """What each grader did. Raises Unavailable."""
        sight = sight_of(self._people, who.scope)
        return await store.output(self._db, since, until, sight, self._people.name_of)

    async def recordings(self, who: Session, by: By, since: float, until: float) -> list[RecordingFigures]:
        """What was recorded and how much of it was scored. Raises BadInput, Unavailable."""
        checked_by(Report.RECORDINGS, by)
        sight = sight_of(self._people, who.scope)
        of = By.AGENT if by is By.TEAM else by
        rows = await store.recordings(self._db, of, since, until, sight, self._zone.key)
        rows = folded(rows, self._team) if by is By.TEAM else rows
        named = await self._names(by)
        found = [figures_of(one, named(one.key) or one.key) for one in rows]
        return found if by is By.WEEK else sorted(found, key=lambda one: (-one.recordings, one.key))

    async def table(
        self, who: Session, report: Report, by: By | None, since: float, until: float, form_id: int | None, words: Words
    ) -> Table:
        """A whole report to be taken away, with its words in one language. Raises BadInput, Unavailable."""
        over = checked_by(report, by)
        rows: list[FigureRow] | list[GraderRow] | list[RecordingFigures] | list[TrendRow]
        if report is Report.SCORES:
            rows = await self.figures(who, over, since, until, form_id)
        elif report is Report.TREND:
            rows = await self.trend(who, over, since, until, form_id)
        elif report is Report.GRADERS:
            rows = await self.graders(who, since, until)
        else:
            rows = await self.recordings(who, over, since, until)
        return table_of(report, over, rows, since, until, self._zone, words)

    # -- names

    def _team(self, user_id: str) -> str:
        profile = self._people.profile_of(int(user_id))
        return profile.team if profile else ""

    async def _names(self, by: By) -> Named:
        if by in (By.AGENT, By.GRADER):
            return lambda key: self._people.name_of(int(key))
        if by is By.FORM:
            forms = await store.form_names(self._db)
            return lambda key: forms.get(key, "")
        return lambda key: ""

    def _named(self, rows: list[Row], named: Named) -> list[Row]:
        return [replace(row, label=named(row.key) or row.label or row.key) for row in rows]
