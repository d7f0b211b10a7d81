"""Drafts, versions and numbers of flows. What is published is kept in memory: calls never wait for the database."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.errors import BadInput, Conflict, CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.routing.flows.check import Finding, check
from cti_server.routing.flows.document import Flow, read_flow, write_flow
from cti_server.routing.flows.walk import Published
from cti_server.routing.publishing import store
from cti_server.routing.publishing.events import FlowPublished
from cti_server.routing.publishing.model import (
    FlowJson,
    FlowRow,
    NumberJson,
    Speaker,
    Surroundings,
    VersionJson,
    checked_did,
    checked_key,
    uses_of,
    with_flows,
)

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

RETRY: Final = 2.0
REREAD: Final = 30.0
"""Seconds after which what is live is read again: another node, or a person with psql, may have changed it."""


class Flows:
    """The flows. `open()` begins to keep what is published in memory, also when the database comes later."""

    def __init__(
        self,
        db: "Database",
        audit: AuditLog,
        bus: Bus,
        tasks: Tasks,
        *,
        surroundings: Surroundings,
        name_of: Callable[[int], str],
    ) -> None:
        self._db = db
        self._audit = audit
        self._bus = bus
        self._tasks = tasks
        self._surroundings = surroundings
        self._name_of = name_of
        self._live: dict[str, Published] = {}
        self._numbers: dict[str, str] = {}
        self._known = asyncio.Event()
        self.speaker: Speaker | None = None

    # -- for calls

    def for_number(self, did: str) -> Published | None:
        """The version that a new call on this number follows."""
        key = self._numbers.get(did)
        return None if key is None else self._live.get(key)

    def live(self, key: str) -> Published | None:
        """The live version of a flow."""
        return self._live.get(key)

    def open(self) -> None:
        """Begin to follow what is published."""
        self._tasks.start("flows", self._follow())

    async def ready(self, limit: float) -> bool:
        """Whether what is published is known, waiting at most `limit` seconds for it."""
        try:
            async with asyncio.timeout(limit):
                await self._known.wait()
        except TimeoutError:
            return False
        return True

    async def _follow(self) -> None:
        while True:
            try:
                await self.reread()
                await asyncio.sleep(REREAD)
            except CtiError as fault:
                log.warning("flows_not_read", reason=fault.code, again_in=RETRY)
                await asyncio.sleep(RETRY)

    async def reread(self) -> None:
        """Read what is live. A version that this program cannot read any more keeps the one before. Raises CtiError."""
        found: dict[str, Published] = {}
        for row in await store.live(self._db):
            known = self._live.get(row["key"])
            if known is not None and known.version == row["version"]:
                found[row["key"]] = known
                continue
            try:
                found[row["key"]] = Published(row["key"], row["version"], read_flow(row["document"].encode()))
            except BadInput as fault:
                log.error("flow_not_readable", flow=row["key"], version=row["version"], reason=fault.sentence)
                if known is not None:
                    found[row["key"]] = known
        numbers = {row["did"]: row["flow"] for row in await store.numbers(self._db)}
        self._live, self._numbers = found, numbers
        self._known.set()

    # -- for people

    async def listing(self) -> list[FlowRow]:
        """All flows. Raises Unavailable."""
        rows = await store.flows(self._db)
        return [
            FlowRow(
                key=row["key"],
                title=read_flow(row["draft"].encode()).title,
                revision=row["revision"],
                draft_by=row["draft_by"],
                draft_by_name=self._name_of(row["draft_by"]),
                draft_at=row["draft_at"],
                published=row["published"],
                published_at=row["published_at"],
                changed=row["changed"] is not False,
                numbers=tuple(row["numbers"]),
            )
            for row in rows
        ]

    async def show(self, key: str) -> FlowJson:
        """A flow with its draft and what is wrong with it. Raises NotFound, Unavailable."""
        return self._json(await self._row(key))

    async def _row(self, key: str) -> Any:
        row = await store.flow(self._db, key)
        if row is None:
            raise NotFound("There is no such flow.", code="no_such_flow")
        return row

    def _json(self, row: Any) -> FlowJson:
        draft = read_flow(row["draft"].encode())
        return FlowJson(
            key=row["key"],
            revision=row["revision"],
            draft=draft,
            draft_by=row["draft_by"],
            draft_by_name=self._name_of(row["draft_by"]),
            draft_at=row["draft_at"],
            published=row["published"],
            numbers=tuple(row["numbers"]),
            findings=tuple(self.check(draft, row["key"])),
        )

    def check(self, flow: Flow, key: str = "") -> list[Finding]:
        """What is wrong with a document."""
        published = {name: each.document for name, each in self._live.items()}
        return check(flow, with_flows(self._surroundings.known(), published), key=key)

    async def add(self, who: Session, key: str, draft: Flow) -> FlowJson:
        """Make a flow. Raises BadInput, Conflict (flow_exists), Unavailable."""
        checked_key(key)
        async with self._db.transaction() as connection:
            if not await store.add(connection, key, write_flow(draft).decode(), who.user_id):
                raise Conflict("There is a flow with this key already.", code="flow_exists")
            await self._audit.write(connection, who, "flow.add", key, {"title": draft.title})
        return await self.show(key)

    async def save(self, who: Session, key: str, revision: int, draft: Flow) -> FlowJson:
        """Keep a draft. Raises NotFound, Conflict (flow_changed: somebody else saved meanwhile), Unavailable."""
        async with self._db.transaction() as connection:
            await self._seen(connection, key, revision)
            await store.save(connection, key, write_flow(draft).decode(), who.user_id)
            await self._audit.write(connection, who, "flow.save", key, {"revision": revision + 1})
        return await self.show(key)

    async def _seen(self, connection: "Connection", key: str, revision: int) -> Any:
        """The flow, locked, when it still stands as he has seen it."""
        row = await store.lock(connection, key)
        if row is None:
            raise NotFound("There is no such flow.", code="no_such_flow")
        if row["revision"] != revision:
            name = self._name_of(row["draft_by"])
            raise Conflict(
                f"{name or 'Somebody else'} has changed this flow meanwhile.", code="flow_changed",
                revision=row["revision"], by=name, at=row["draft_at"],
            )  # fmt: skip
        return row

    async def publish(self, who: Session, key: str, revision: int, note: str) -> FlowJson:
        """Make the draft what new calls follow; running calls finish on theirs.

        Raises NotFound, Conflict (flow_changed), BadInput (flow_has_errors, with the findings), Unavailable.
        """
        draft = read_flow((await self._row(key))["draft"].encode())
        self._fit(draft, key)
        await self._speak(draft)
        async with self._db.transaction() as connection:
            row = await self._seen(connection, key, revision)
            self._fit(read_flow(row["draft"].encode()), key)
            version = await store.publish(connection, key, note, who.user_id)
            await self._audit.write(connection, who, "flow.publish", key, {"version": version, "note": note})
        return await self._published(key, version)

    async def _speak(self, flow: Flow) -> None:
        """Have its texts spoken, before a lock is taken: that takes seconds."""
        if self.speaker is not None:
            await self.speaker.prepare(flow)

    def _fit(self, flow: Flow, key: str) -> None:
        """Raise unless it can be published."""
        errors = [each for each in self.check(flow, key) if each.severity == "error"]
        if errors:
            raise Conflict(
                f"The flow has {len(errors)} errors; the first is {errors[0].code} at {errors[0].node or 'the whole'}.",
                code="flow_has_errors",
                findings=[{"code": e.code, "node": e.node, "about": e.about} for e in errors[:100]],
            )

    async def roll_back(self, who: Session, key: str, revision: int, version: int) -> FlowJson:
        """Let new calls follow a version of before. Raises as publish does, NotFound (no_such_version)."""
        async with self._db.transaction() as connection:
            await self._seen(connection, key, revision)
            text = await store.document(connection, key, version)
            if text is None:
                raise NotFound("There is no such version.", code="no_such_version")
            self._fit(read_flow(text.encode()), key)
            await store.point(connection, key, version)
            await self._audit.write(connection, who, "flow.rollBack", key, {"version": version})
        return await self._published(key, version)

    async def _published(self, key: str, version: int) -> FlowJson:
        await self.reread()
        self._bus.publish(FlowPublished(key, version))
        return await self.show(key)

    async def remove(self, who: Session, key: str, revision: int) -> None:
        """Forget a flow. Raises NotFound, Conflict (flow_changed, flow_in_use), Unavailable."""
        users = [name for name, each in self._live.items() if name != key and key in uses_of(each.document)]
        async with self._db.transaction() as connection:
            row = await self._seen(connection, key, revision)
            if row["numbers"] or users:
                used = [*row["numbers"], *users]
                raise Conflict(f"This flow is used by {', '.join(used[:5])}.", code="flow_in_use", used_by=used)
            await store.remove(connection, key)
            await self._audit.write(connection, who, "flow.remove", key, {})
        await self.reread()

    async def versions(self, key: str) -> list[VersionJson]:
        """All versions, newest first. Raises NotFound, Unavailable."""
        await self._row(key)
        return [
            VersionJson(
                **{**dict(row), "live": bool(row["live"])}, published_by_name=self._name_of(row["published_by"])
            )
            for row in await store.versions(self._db, key)
        ]

    async def version(self, key: str, version: int) -> Flow:
        """The document of a version. Raises NotFound, Unavailable."""
        text = await store.document(self._db, key, version)
        if text is None:
            raise NotFound("There is no such version.", code="no_such_version")
        return read_flow(text.encode())

    async def numbers(self) -> list[NumberJson]:
        """Which number follows which flow. Raises Unavailable."""
        return [
            NumberJson(row["did"], row["flow"], self._name_of(row["set_by"]), row["set_at"])
            for row in await store.numbers(self._db)
        ]

    async def set_number(self, who: Session, did: str, key: str | None) -> None:
        """Let a number follow a flow, or none. Raises BadInput, NotFound, Conflict (not_published), Unavailable."""
        checked_did(did)
        async with self._db.transaction() as connection:
            if key is None:
                if not await store.clear_number(connection, did):
                    raise NotFound("This number follows no flow.", code="no_such_number")
            else:
                row = await store.lock(connection, key)
                if row is None:
                    raise NotFound("There is no such flow.", code="no_such_flow")
                if row["published"] is None:
                    raise Conflict("Publish the flow first.", code="not_published")
                await store.set_number(connection, did, key, who.user_id)
            await self._audit.write(connection, who, "flow.number", did, {"flow": key or ""})
        await self.reread()
