"""Figures of quality within one's scope."""

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cti_server.core.auth.model import Session
from cti_server.recording.qa.model import People, sight_of
from cti_server.recording.qa.reports import store
from cti_server.recording.qa.reports.model import By, FigureRow

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class Reports:
    """Weeks begin on Monday in the site's zone."""

    def __init__(self, db: "Database", people: People, zone: ZoneInfo) -> None:
        self._db = db
        self._people = people
        self._zone = zone

    async def figures(self, who: Session, by: By, since: float, until: float, form_id: int | None) -> list[FigureRow]:
        """One line for each agent, team, …, with its name. Raises Unavailable."""
        sight = sight_of(self._people, who.scope)
        rows = await store.figures(self._db, by, since, until, sight, self._zone.key, form_id)
        if by in (By.AGENT, By.GRADER):
            return [replace(row, label=self._people.name_of(int(row.key))) for row in rows]
        if by is By.FORM:
            names = await store.form_names(self._db)
            return [replace(row, label=names.get(row.key, "")) for row in rows]
        return [row if row.label else replace(row, label=row.key) for row in rows]
