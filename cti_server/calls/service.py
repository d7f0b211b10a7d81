"""The history of calls: what is kept of them, who may look, and what the consoles are told while they last."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from cti_server.calls import store
from cti_server.calls.events import CustomerIdentified
from cti_server.calls.ghosts import Ghosts, Journal
from cti_server.calls.journey import journey
from cti_server.calls.live_calls import LiveCalls
from cti_server.calls.model import (
    CallDetail,
    CallFilter,
    CallRow,
    Days,
    Live,
    People,
    agent_parts,
    digits_of,
    only_listens,
    within,
)
from cti_server.calls.writer import CALL, CALL_CUSTOMER, CallWriter
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, NotFound
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind, LinkChanged
from cti_server.live.views import CallView

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    CALL: store.write_calls,
    CALL_CUSTOMER: store.write_customers,
}
"""What the journal does with the rows of this room."""

CSV_STEP = 500
GATHER: Final = 0.05
"""Seconds from a change of a call to its picture in the journal; the end of a call is written at once."""
_SEES_ALL = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})


class CallsService:
    """Writes, shows and finds calls. Listens from `start()` on."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        journal: Journal,
        db: "Database",
        clock: Clock,
        days: Days,
        number_key: Callable[[str], str] = digits_of,
        tasks: Tasks | None = None,
    ) -> None:
        self._bus = bus
        self._people = people
        self._db = db
        self._clock = clock
        self.days = days
        self._writer = CallWriter(journal, live, people, clock, number_key)
        self._ghosts = Ghosts(lambda: store.open_rows(db), journal, live, self._writer)
        self._tasks = tasks or Tasks("calls")
        self._due: dict[str, CallChanged] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._shown = LiveCalls(hub, live, people, self._writer)

    async def open_calls(self, undrained: Iterable[dict[str, Any]] = ()) -> list[CallView]:
        """The calls that were not over when the server last wrote, for the PBX to be asked about; call before `start`.

        `undrained` are the journal's rows of kind "call" that the database does not have yet. Raises Unavailable when
        the database is away: then give up on it, and the PBX alone is asked.
        """
        return self._writer.remember([*await store.open_rows(self._db), *undrained])

    def remember(self, undrained: Iterable[dict[str, Any]]) -> list[CallView]:
        """The same from the journal's rows alone, for a start without the database."""
        return self._writer.remember(undrained)

    def start(self) -> None:
        """Begin to listen."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(CustomerIdentified, self._on_customer)
        self._bus.subscribe(LinkChanged, self._on_link)

    def write_due(self) -> None:
        """Put into the journal now what was to come there soon; before the journal is closed."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        due, self._due = self._due, {}
        for change in due.values():
            self._writer.hear(change)

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        if only_listens(call):
            return
        self._writer.meet(call.id)
        if change.kind is CallKind.CLEARED:
            self._due.pop(call.id, None)
            self._writer.hear(change)
        else:
            self._write_soon(change)
        self._shown.tell(change)
        if change.kind is CallKind.CLEARED:
            self._writer.forget(call.id)

    def _write_soon(self, change: CallChanged) -> None:
        """A call changes several times within some milliseconds; its picture is written once, with all of them."""
        self._due[change.call.id] = change
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self.write_due)

    def _on_customer(self, event: CustomerIdentified) -> None:
        call = self._writer.identify(event)
        if call is not None:
            self._write_soon(CallChanged(CallKind.UPDATED, self._clock.now(), call))
            self._shown.tell_customer(call, self._clock.now())

    def _on_link(self, change: LinkChanged) -> None:
        if change.link.up:
            self._tasks.start(f"ghosts-{change.link.pbx}", self._ghosts.end_those_of(change.link.pbx))

    # -- looking back

    async def page(
        self, who: Session, wanted: CallFilter, cursor: str | None, limit: int
    ) -> tuple[list[CallRow], str | None]:
        """Calls that `who` may see, newest first, and the cursor of the next page. Raises BadInput, Unavailable."""
        wanted = self._seen(who, wanted)
        found = await store.page(self._db, wanted, _position(cursor), limit + 1)
        rows = [row for row, _ in found[:limit]]
        more = _cursor(found[limit - 1][1], rows[-1].id) if len(found) > limit else None
        return await self._with_agents(rows), more

    async def every(self, who: Session, wanted: CallFilter) -> AsyncIterator[CallRow]:
        """All calls of `page`, read in steps so that a long export is never held whole."""
        cursor: str | None = None
        while True:
            rows, cursor = await self.page(who, wanted, cursor, CSV_STEP)
            for row in rows:
                yield row
            if cursor is None:
                return

    async def mine(
        self, who: Session, day: date | None, cursor: str | None, limit: int
    ) -> tuple[list[CallRow], str | None]:
        """The calls of a business day (today's by default) in which `who` has a part, newest first."""
        since, until = self.days.bounds(self._clock.now()) if day is None else self.days.named(day)
        return await self.page(who, CallFilter(since=since, until=until, seen_by=who.user_id), cursor, limit)

    async def detail(self, who: Session, name: str) -> CallDetail:
        """A call by the number of its row or by its live id. Raises NotFound also when `who` may not see it."""
        found = await self._one(name, self._seen(who, CallFilter()))
        if found is None:
            raise NotFound("There is no such call.", code="no_such_call")
        row, data = found
        segments = (await store.segments_of(self._db, [row.id], self._people.name_of)).get(row.id, ())
        legs = await store.legs_of(self._db, row.id)
        row = replace(row, agents=agent_parts(segments))
        return CallDetail(row, data, legs, segments, journey(row, segments))

    def _seen(self, who: Session, wanted: CallFilter) -> CallFilter:
        if not who.roles & _SEES_ALL:
            return replace(wanted, seen_by=who.user_id)
        return replace(wanted, within=within(who.user_id, who.scope, self._people))

    async def _one(self, name: str, seen: CallFilter) -> tuple[CallRow, dict[str, str]] | None:
        if name.isascii() and name.isdigit() and len(name) <= 18:
            return await store.one(self._db, number=int(name), seen=seen)
        pbx, colon, linkedid = name.rpartition(":")
        return await store.one(self._db, key=(pbx, linkedid), seen=seen) if colon and "\x00" not in name else None

    async def _with_agents(self, rows: list[CallRow]) -> list[CallRow]:
        segments = await store.segments_of(self._db, [row.id for row in rows], self._people.name_of)
        return [replace(row, agents=agent_parts(segments.get(row.id, ()))) for row in rows]


def _cursor(at: datetime, number: int) -> str:
    return base64.urlsafe_b64encode(f"{at.astimezone(UTC).isoformat()} {number}".encode()).decode().rstrip("=")


def _position(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    try:
        at, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not 0 < int(number) < 2**63:
            raise ValueError(cursor)
        return moment, int(number)
    except (ValueError, binascii.Error, UnicodeError) as fault:
        raise BadInput("This cursor is not one of ours.", field="cursor", allowed="next_cursor of a page") from fault
