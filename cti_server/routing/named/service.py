"""Keeps the named things: what flows look up is in memory, what people change goes to the database first."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Conflict, CtiError, NotFound
from cti_server.core.local_copy import LocalCopy
from cti_server.core.tasks import Tasks
from cti_server.routing.flows.calendars import OpeningHours
from cti_server.routing.named import store
from cti_server.routing.named.model import MOST_LABEL, Kind, ListedJson, NamedJson, checked_name, checked_value

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

RETRY: Final = 2.0
COPY: Final = "named"
REREAD: Final = 30.0


class NamedThings:
    """Calendars, switches, lists. `open()` begins to keep them in memory, also when the database comes later.

    `number_key` gives the digits by which a number is found, however it was written.
    """

    def __init__(
        self,
        db: "Database",
        audit: AuditLog,
        tasks: Tasks,
        clock: Clock,
        *,
        number_key: Callable[[str], str],
        name_of: Callable[[int], str],
        copy: LocalCopy | None = None,
    ) -> None:
        """`copy`: where they are kept for a start without the database."""
        self._copy = copy
        self._db = db
        self._audit = audit
        self._tasks = tasks
        self._clock = clock
        self._number_key = number_key
        self._name_of = name_of
        self.calendars: dict[str, OpeningHours] = {}
        self.switches: dict[str, bool] = {}
        self.lists: frozenset[str] = frozenset()
        self._listed: dict[str, dict[str, float | None]] = {}
        self._rows: list[Any] = []

    def lists_of(self, number: str) -> frozenset[str]:
        """The lists on which a number stands now."""
        now = self._clock.now()
        entries = self._listed.get(self._number_key(number) if number else "", {})
        return frozenset(name for name, until in entries.items() if until is None or until > now)

    def open(self) -> None:
        """Begin to follow them, first by the copy on disk."""
        kept = self._copy.load(COPY) if self._copy is not None else None
        if kept is not None:
            with contextlib.suppress(KeyError, TypeError, ValueError):
                self._take(kept["named"], kept["listed"])
        self._tasks.start("named", self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                await self.reread()
                await asyncio.sleep(REREAD)
            except CtiError as fault:
                log.warning("named_things_not_read", reason=fault.code, again_in=RETRY)
                await asyncio.sleep(RETRY)

    async def reread(self) -> None:
        """Read all of them. Raises CtiError."""
        named, listed = ([dict(row) for row in rows] for rows in await store.everything(self._db))
        self._take(named, listed)
        if self._copy is not None:
            await asyncio.to_thread(self._copy.keep, COPY, {"named": named, "listed": listed})

    def _take(self, named: list[dict[str, Any]], listed: list[dict[str, Any]]) -> None:
        calendars: dict[str, OpeningHours] = {}
        switches: dict[str, bool] = {}
        for row in named:
            if row["kind"] == Kind.CALENDAR:
                calendars[row["name"]] = msgspec.json.decode(row["value"], type=OpeningHours)
            elif row["kind"] == Kind.SWITCH:
                switches[row["name"]] = bool(json.loads(row["value"]).get("on"))
        by_number: dict[str, dict[str, float | None]] = {}
        for row in listed:
            by_number.setdefault(row["number_key"], {})[row["list"]] = row["expires_at"]
        self._rows, self.calendars, self.switches, self._listed = named, calendars, switches, by_number
        self.lists = frozenset(row["name"] for row in named if row["kind"] == Kind.LIST)

    async def listing(self, kind: Kind) -> list[NamedJson]:
        """All things of a kind. Raises Unavailable."""
        await self.reread()
        return [self._json(row) for row in self._rows if row["kind"] == kind]

    def _json(self, row: Any) -> NamedJson:
        return NamedJson(
            name=row["name"],
            label=row["label"],
            value=json.loads(row["value"]),
            revision=row["revision"],
            changed_by_name=self._name_of(row["changed_by"]),
            changed_at=row["changed_at"],
        )

    async def put(
        self, who: Session, kind: Kind, name: str, label: str, value: Any, revision: int | None
    ) -> list[NamedJson]:
        """Make a thing (`revision` None) or change the one that was seen.

        Raises BadInput, Conflict (thing_exists, thing_changed), NotFound, Unavailable.
        """
        checked_name(name)
        if len(label) > MOST_LABEL:
            raise BadInput("The label is too long.", field="label", allowed=f"at most {MOST_LABEL} characters")
        kept = json.dumps(checked_value(kind, value), ensure_ascii=False)
        async with self._db.transaction() as connection:
            await self._seen(connection, kind, name, revision)
            await store.put(connection, kind, name, label, kept, who.user_id)
            await self._audit.write(connection, who, f"flow.{kind}", name, {"label": label})
        return await self.listing(kind)

    async def _seen(self, connection: "Connection", kind: Kind, name: str, revision: int | None) -> None:
        row = await store.named(connection, kind, name)
        if row is None and revision is not None:
            raise NotFound("There is no such thing.", code="no_such_thing")
        if row is not None and revision is None:
            raise Conflict("There is one with this name already.", code="thing_exists")
        if row is not None and row["revision"] != revision:
            name_ = self._name_of(row["changed_by"])
            raise Conflict(f"{name_ or 'Somebody else'} has changed it meanwhile.", code="thing_changed")

    async def turn(self, who: Session, name: str, on: bool) -> list[NamedJson]:
        """Turn a switch. Raises NotFound, Unavailable."""
        async with self._db.transaction() as connection:
            row = await store.named(connection, Kind.SWITCH, name)
            if row is None:
                raise NotFound("There is no such switch.", code="no_such_thing")
            await store.put(connection, Kind.SWITCH, name, row["label"], json.dumps({"on": on}), who.user_id)
            await self._audit.write(connection, who, "flow.turn", name, {"on": on})
        return await self.listing(Kind.SWITCH)

    async def remove(self, who: Session, kind: Kind, name: str) -> None:
        """Forget a thing. Flows that name it are found by their check. Raises Unavailable."""
        async with self._db.transaction() as connection:
            await store.remove(connection, kind, name)
            await self._audit.write(connection, who, f"flow.{kind}.remove", name, {})
        await self.reread()

    async def entries(self, name: str) -> list[ListedJson]:
        """The numbers on a list. Raises Unavailable."""
        return [
            ListedJson(row["number"], row["note"], row["expires_at"], self._name_of(row["added_by"]), row["added_at"])
            for row in await store.entries(self._db, name)
        ]

    async def enter(
        self, who: Session, name: str, number: str, note: str, expires_at: float | None
    ) -> list[ListedJson]:
        """Put a number on a list. Raises BadInput, NotFound, Unavailable."""
        key = self._number_key(number)
        if not key:
            raise BadInput("This is no number.", field="number", allowed="digits")
        async with self._db.transaction() as connection:
            if await store.named(connection, Kind.LIST, name) is None:
                raise NotFound("There is no such list.", code="no_such_thing")
            await store.enter(connection, name, key, number, note, expires_at, who.user_id)
            await self._audit.write(connection, who, "flow.list.enter", name, {"number": number})
        await self.reread()
        return await self.entries(name)

    async def strike(self, who: Session, name: str, number: str) -> None:
        """Take a number off a list. Raises NotFound, Unavailable."""
        async with self._db.transaction() as connection:
            if not await store.strike(connection, name, self._number_key(number)):
                raise NotFound("This number is not on the list.", code="not_listed")
            await self._audit.write(connection, who, "flow.list.strike", name, {"number": number})
        await self.reread()
