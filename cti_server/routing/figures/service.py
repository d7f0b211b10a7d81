"""Counts what callers do in flows: through the journal, so that nothing is lost while the database is away."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from cti_server.core.auth.model import Session
from cti_server.core.errors import BadInput, NotFound
from cti_server.routing.agi.model import CallBegan
from cti_server.routing.figures import store
from cti_server.routing.figures.model import (
    CONTAINED,
    GONE,
    HANDED,
    Calls,
    FiguresJson,
    StepJson,
    days_of,
    named,
    nodes_of,
    rate,
    top_exits,
)
from cti_server.routing.flows.acts import Visit
from cti_server.routing.flows.document import Flow, read_flow

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

ROW: Final = "flow_figures"
SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {ROW: store.write_rows}
LONGEST: Final = 400 * 86400.0


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""


class FlowFigures:
    """The figures. What it is told while a call runs goes to the journal at once."""

    def __init__(
        self, db: "Database", journal: Journal, *, number_key: Callable[[str], str], zone: str = "Asia/Shanghai"
    ) -> None:
        self._db = db
        self._zone = zone
        self._journal = journal
        self._number_key = number_key
        self.calls: Calls | None = None
        """Who may see which call; set by who joins the rooms."""
        self._counted: dict[tuple[str, str], int] = {}

    def began(self, row: CallBegan) -> None:
        """A caller entered a flow."""
        key = self._number_key(row.number) if row.number else ""
        self._journal.append(
            ROW,
            {
                "what": "began",
                "pbx": row.pbx,
                "uniqueid": row.uniqueid,
                "linkedid": row.linkedid,
                "did": row.did,
                "flow": row.flow,
                "version": row.version,
                "number_key": key,
                "at": row.at,
            },
        )

    def passed(self, pbx: str, uniqueid: str, visits: tuple[Visit, ...]) -> None:
        """He passed these nodes."""
        first = self._counted.get((pbx, uniqueid), 0)
        self._counted[pbx, uniqueid] = first + len(visits)
        rows = [
            {
                "pbx": pbx,
                "uniqueid": uniqueid,
                "n": first + number,
                "flow": visit.flow,
                "version": visit.version,
                "node": visit.node,
                "kind": visit.kind,
                "exit": visit.exit,
                "at": visit.at,
                "seconds": round(visit.seconds, 3),
            }
            for number, visit in enumerate(visits)
        ]
        self._journal.append(ROW, {"what": "passed", "visits": rows})

    def ended(self, pbx: str, uniqueid: str, outcome: str, at: float) -> None:
        """His way through the flow is over."""
        self._counted.pop((pbx, uniqueid), None)
        self._journal.append(ROW, {"what": "ended", "pbx": pbx, "uniqueid": uniqueid, "outcome": outcome, "at": at})

    def restarted(self, at: float) -> None:
        """Calls that were in a flow when the server ended went to their safe queues."""
        self._journal.append(ROW, {"what": "lost", "at": at})

    async def of_flow(self, flow: str, version: int | None, since: float, until: float) -> FiguresJson:
        """The figures of a flow, all versions when none is named. Unix seconds. Raises Unavailable."""
        until = min(until, since + LONGEST)
        nodes = nodes_of(await store.nodes(self._db, flow, version, since, until))
        calls = await store.calls(self._db, flow, version, since, until)
        days = await store.days(self._db, flow, version, since, until, self._zone)
        outcomes = {row["outcome"]: row["count"] for row in calls if row["outcome"] is not None}
        over = sum(outcomes.values())
        contained = sum(count for name, count in outcomes.items() if name in CONTAINED)
        handed = sum(count for name, count in outcomes.items() if name in HANDED)
        gone = sum(count for name, count in outcomes.items() if name in GONE)
        repeated, shown = (sum(row[name] for row in calls) for name in ("repeated", "shown"))
        return FiguresJson(
            flow=flow,
            version=version,
            since=since,
            until=until,
            calls=sum(row["count"] for row in calls),
            over=over,
            completed=contained + handed,
            contained=contained,
            handed=handed,
            hung_up=gone,
            to_safe_queue=over - contained - handed - gone,
            repeated=repeated,
            completion_rate=rate(contained + handed, over),
            containment_rate=rate(contained, over),
            repeat_rate=rate(repeated, shown),
            outcomes=outcomes,
            top_exits=top_exits(nodes),
            nodes=nodes,
            days=days_of(days, since, until, self._zone),
        )

    async def of_call(self, who: Session, name: str) -> list[StepJson]:
        """The nodes that a call passed, in order, for who may see the call. Raises NotFound, Unavailable."""
        if self.calls is None:
            raise NotFound("There is no such call.", code="no_such_call")
        pbx, _, linkedid = (await self.calls.detail(who, name)).call.call_id.partition(":")
        rows = await store.path(self._db, pbx, linkedid)
        documents = {key: await self._document(*key) for key in {(row["flow"], row["version"]) for row in rows}}
        return [named(row, documents[row["flow"], row["version"]]) for row in rows]

    async def _document(self, flow: str, version: int) -> Flow | None:
        text = await store.document(self._db, flow, version)
        try:
            return read_flow(text.encode()) if text is not None else None
        except BadInput:
            return None
