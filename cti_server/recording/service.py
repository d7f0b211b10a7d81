"""Recordings: what runs now, and finding, hearing, marking, holding and deleting what was recorded."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.ami.actions import Action, Reply
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, CtiError, Forbidden, NotFound
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, RecordingChanged
from cti_server.recording import store
from cti_server.recording.capture import ROW, Capture
from cti_server.recording.delivery.service import Delivery
from cti_server.recording.export.service import Exports
from cti_server.recording.finding import store as finding
from cti_server.recording.forecast.service import Forecast
from cti_server.recording.forgetting.service import RecordingsForget
from cti_server.recording.intake.disks import Disks, disk_of
from cti_server.recording.intake.model import Trouble
from cti_server.recording.intake.service import OURS, Intake
from cti_server.recording.keeping.service import Keeping
from cti_server.recording.listening import Keys, Purpose
from cti_server.recording.model import (
    SEES_ALL,
    Live,
    People,
    RecordingDetail,
    RecordingRow,
    Scopes,
    SessionScopes,
    Sound,
    Wanted,
    Within,
    checked_tags,
    checked_text,
)
from cti_server.recording.policy import KeepRule, Rule, checked_keeping, checked_rules
from cti_server.recording.saved.service import SavedSearches
from cti_server.recording.sealing.ring import ring_of
from cti_server.recording.sealing.service import Sealing
from cti_server.recording.shelf import Shelf
from cti_server.recording.transcripts.model import TranscriptJson
from cti_server.recording.transcripts.service import Transcripts

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {ROW: store.write_told}
"""What the journal does with the rows of this room."""
CSV_STEP: Final = 500
RETRY: Final = 2.0
_MANAGE: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Options:
    """As the site says. `folders`: PBX → where it leaves recordings; `url` and `store_options`: see Shelf."""

    folders: Mapping[str, Path]
    state: Path
    url: str = ""
    store_options: Mapping[str, str] | None = None
    from_answer: bool = False
    """Whether what a caller says before an agent answers is left out."""
    pause_seconds: float = 120.0
    keep_days: int = 180
    min_free_mb: int = 2048
    quota_gb: float = 0.0
    """Of all sounds together, in GB (10⁹ bytes); 0: only the disk limits them."""
    warn_days: float = 14.0
    transcribe: str = ""
    """Language in which recordings are transcribed (transcripts/sphinx.py); empty: none is."""
    transcribe_queues: frozenset[str] = frozenset()
    """Of which queues; none: of all calls."""
    agents_may_listen: bool = False
    deliver: Mapping[str, str] | None = None
    """PBXs on other hosts that deliver → SHA-256 of the token of each."""
    keys: str = ""
    """Master keys of the encryption at rest (sealing/ring.py); empty: none."""


class _Line:
    """The PBXs as the intake asks about them."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def up(self, pbx: str) -> bool:
        link = self._live.links.get(pbx)
        return link is not None and link.up

    def alive(self, pbx: str, uniqueid: str) -> bool:
        return any(
            leg.id == uniqueid and leg.ended_at is None
            for call in self._live.calls.values()
            if call.pbx == pbx
            for leg in call.legs
        )


class Recordings:
    """The room's use cases. `await start()` once."""

    def __init__(
        self,
        options: Options,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        append: Callable[[str, dict[str, Any]], int],
        drained: Callable[[], Awaitable[None]],
        db: "Database",
        audit: AuditLog,
        send: Callable[[str, Action], Awaitable[Reply]],
        health: Health,
        metrics: Metrics,
        clock: Clock,
        tasks: Tasks,
        scopes: Scopes | None = None,
    ) -> None:
        self._options = options
        self._bus = bus
        self._people = people
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._drained = drained
        self.scopes: Scopes = scopes or SessionScopes(people)
        self._keys = Keys()
        self._rules: tuple[tuple[Rule, ...], tuple[KeepRule, ...]] = ((), ())
        self._shelf = Shelf(options.url, options.state / "recordings", options.store_options)
        self.sealing = Sealing(ring_of(options.keys), self._shelf, db)
        self.keeping = Keeping(
            db=db,
            shelf=self._shelf,
            sealing=self.sealing,
            audit=audit,
            keep_days=options.keep_days,
            clock=clock,
            tasks=tasks,
        )
        self.disks = self._make_disks(options, hub, health)
        self._look_ahead(options, hub, health, metrics)
        self.transcripts = self._make_transcripts(options)
        self.intake = Intake(
            db=db,
            folders=options.folders,
            sealing=self.sealing,
            spool=options.state / "recordings-spool",
            line=_Line(live),
            rules=lambda: self._rules,
            keep_days=options.keep_days,
            disk_low=lambda: self.disks.low,
            gone=lambda pbx: self.disks.trouble(pbx) is Trouble.GONE,
            clock=clock,
            tasks=tasks,
            drained=drained,
            delivering=frozenset(options.deliver or {}),
            from_answer=options.from_answer,
            offer=self.transcripts.offer,
        )
        self.capture = Capture(
            live=live,
            people=people,
            hub=hub,
            append=append,
            send=send,
            audit=audit,
            tasks=tasks,
            clock=clock,
            rules=lambda: self._rules[0],
            pause_limit=options.pause_seconds,
            over=self.intake.stir,
            trouble=self._trouble,
        )
        self._open_doors(options)
        self._watch(metrics)

    def _trouble(self, pbx: str, name: str, due: bool) -> str:
        """Why the PBX writes nothing of a recording that runs, as its reason; empty: it does, as far as is seen."""
        return self.disks.trouble(pbx).value or ("missing" if due and self.intake.absent(pbx, name) else "")

    def _make_transcripts(self, options: Options) -> Transcripts:
        return Transcripts(
            options.transcribe,
            options.transcribe_queues,
            db=self._db,
            sealing=self.sealing,
            sound=lambda number: store.sound(self._db, number),
            spool=options.state / "recordings-spool",
            tasks=self._tasks,
        )

    def _make_disks(self, options: Options, hub: "PushHub", health: Health) -> Disks:
        delivered = [options.folders[pbx] for pbx in options.deliver or {} if pbx in options.folders]
        disks = Disks(
            {pbx: folder for pbx, folder in options.folders.items() if folder not in delivered},
            [options.state, *delivered],
            least=options.min_free_mb * 2**20,
            health=health,
            clock=self._clock,
            tasks=self._tasks,
            tell=lambda shown: hub.publish("system", "system.recordings", shown, self._clock.now()),
        )
        hub.add_part("system", "recordings", disks.shown)
        return disks

    def _look_ahead(self, options: Options, hub: "PushHub", health: Health, metrics: Metrics) -> None:
        least = options.min_free_mb * 2**20
        self.forecast = Forecast(
            db=self._db,
            # Where an object store keeps them, this machine's disk says nothing of them.
            room=lambda: None if options.url else disk_of(options.state, least, made_by_us=True).free - least,
            quota=round(options.quota_gb * 1e9) if options.quota_gb else None,
            warn_days=options.warn_days,
            clock=self._clock,
            tasks=self._tasks,
            health=health,
            metrics=metrics,
            tell=lambda: hub.publish("system", "system.recordings", self.disks.shown(), self._clock.now()),
        )
        self.disks.full_soon = lambda: self.forecast.soon_at

    def _open_doors(self, options: Options) -> None:
        self.delivery = Delivery(
            options.deliver or {},
            options.folders,
            states=self.intake.states,
            disk_low=lambda: self.disks.low,
            ours=OURS,
        )
        self.exports = Exports(
            every=self.every,
            sound=lambda number: store.sound(self._db, number),
            read=self.read,
            audit=self._audit,
            clock=self._clock,
        )

        self.saved = SavedSearches(self._db, self._audit, self._people.name_of)
        self.forgetting = RecordingsForget(
            self._db, self.keeping, self._clock, self.intake.remove_files, self.exports.forget
        )

    def _watch(self, metrics: Metrics) -> None:
        metrics.watch("cti_recordings_waiting", "Recordings that wait to be filed.", lambda: self.intake.waiting)
        metrics.watch("cti_recordings_oldest_seconds", "Age of the oldest of them.", lambda: self.intake.oldest)
        metrics.watch("cti_recordings_filed", "Recordings filed since the start.", lambda: self.intake.filed)
        metrics.watch("cti_recordings_failed", "Recordings that could not be filed.", lambda: self.intake.failed)

    def start(self) -> None:
        """Begin to listen; rules and what ran before are read as soon as the database can be asked."""
        self._bus.subscribe(RecordingChanged, self.capture.heard)
        self._bus.subscribe(CallChanged, self.capture.heard_call)
        self._tasks.start("open-recordings", self._open())
        self.disks.start()

    async def close(self) -> None:
        """End the worker."""
        await self.intake.workshop.close()
        await self.transcripts.close()

    async def _open(self) -> None:
        while True:
            try:
                await self._drained()
                self._rules = await store.rules(self._db)
                self.capture.restore(await store.open_recordings(self._db))
                break
            except CtiError as fault:
                log.warning("recordings_not_opened_yet", reason=fault.code)
                await asyncio.sleep(RETRY)
        self.keeping.start()
        self.intake.start()
        self.capture.start()
        self.forecast.start()
        self.transcripts.start()

    # -- finding

    def _within(self, who: Session) -> Within | None:
        """The part of the site that `who` may hear. Raises Forbidden."""
        if who.roles & SEES_ALL:
            return self.scopes.within(who)
        if not self._options.agents_may_listen:
            raise Forbidden("Your role does not allow this.")
        return Within(who.user_id)

    async def page(
        self, who: Session, wanted: Wanted, cursor: str | None, limit: int
    ) -> tuple[list[RecordingRow], str | None]:
        """Recordings that `who` may hear, newest first, and the cursor of the next page.

        Raises BadInput, Forbidden, Unavailable.
        """
        wanted = replace(wanted, within=self._within(who))
        after = _position(cursor)
        async with self._db.transaction() as connection:
            ids = await finding.page(connection, wanted, after, limit + 1)
            found = await store.rows_of(connection, ids, self._people.name_of)
        more = _cursor(found[limit - 1][1], found[limit - 1][0].id) if len(found) > limit else None
        return [row for row, _ in found[:limit]], more

    async def every(self, who: Session, wanted: Wanted) -> AsyncIterator[RecordingRow]:
        """All of `page`, read in steps so that a long export is never held whole."""
        cursor: str | None = None
        while True:
            rows, cursor = await self.page(who, wanted, cursor, CSV_STEP)
            for row in rows:
                yield row
            if cursor is None:
                return

    async def of_call(self, who: Session, call_id: str) -> list[RecordingRow]:
        """The recordings of a call, by its live id, with those that were not kept and why. Raises Unavailable."""
        within = self._within(who)
        pbx, colon, linkedid = call_id.rpartition(":")
        if not colon or "\x00" in call_id:
            return []
        rows = await store.of_call(self._db, pbx, linkedid, self._people.name_of)
        return [row for row in rows if within is None or within.holds(row.queue, frozenset(row.user_ids))]

    async def detail(self, who: Session, recording_id: int) -> RecordingDetail:
        """A recording with its drawing and marks. Raises NotFound also when `who` may not know of it."""
        within = self._within(who)
        found = await store.one(self._db, recording_id, self._people.name_of)
        if found is None or not (
            within is None or within.holds(found.recording.queue, frozenset(found.recording.user_ids))
        ):
            raise NotFound("There is no such recording.", code="no_such_recording")
        return replace(found, may_manage=bool(who.roles & _MANAGE))

    # -- hearing

    async def listen(self, who: Session, recording_id: int, purpose: Purpose, why: str) -> str:
        """A key for the sound; the audit log says who asked, for what and why. Raises NotFound, Unavailable."""
        detail = await self.detail(who, recording_id)
        await self._sound(recording_id)
        details = {"call": detail.recording.call_id, "why": why.strip()[:200]}
        await self._audit.note(who, f"recording.{purpose.value}", str(recording_id), details)
        return self._keys.give(recording_id, who.session_id, purpose, self._clock.monotonic())

    def lends(self, who: Session) -> bool:
        """Whether `who` may hear anything at all that another room shows him."""
        return bool(who.roles & SEES_ALL) or self._options.agents_may_listen

    async def lent(self, who: Session, recording_id: int) -> RecordingDetail:
        """A recording that another room shows to `who`, and has asked whether it may. Raises NotFound, Forbidden."""
        if not self.lends(who):
            raise Forbidden("Your role does not allow this.")
        found = await store.one(self._db, recording_id, self._people.name_of)
        if found is None or found.recording.state != "ready":
            raise NotFound("There is no such recording.", code="no_such_recording")
        return found

    async def lend(self, who: Session, recording_id: int, why: str) -> str:
        """A key for its sound; the audit log says who asked and for what. Raises NotFound, Forbidden, Unavailable."""
        call_id = (await self.lent(who, recording_id)).recording.call_id
        await self._sound(recording_id)
        await self._audit.note(who, "recording.listen", str(recording_id), {"call": call_id, "why": why})
        return self._keys.give(recording_id, who.session_id, Purpose.LISTEN, self._clock.monotonic())

    async def sound(self, who: Session, recording_id: int, key: str) -> tuple[Sound, Purpose]:
        """The sound that a key opens. Raises NotFound, Unavailable."""
        purpose = self._keys.use(key, recording_id, who.session_id, self._clock.monotonic())
        return await self._sound(recording_id), purpose

    def read(self, sound: Sound, first: int, last: int) -> AsyncIterator[bytes]:
        """Bytes of a sound."""
        return self.sealing.read(sound, first, last)

    async def transcript(self, who: Session, recording_id: int) -> TranscriptJson:
        """What was said; the audit log says who read it. Raises NotFound, Unavailable."""
        detail = await self.detail(who, recording_id)
        found = await self.transcripts.of(recording_id)
        await self._audit.note(who, "recording.read", str(recording_id), {"call": detail.recording.call_id})
        return found

    async def _sound(self, recording_id: int) -> Sound:
        found = await store.sound(self._db, recording_id)
        if found is None:
            raise NotFound("This recording cannot be heard.", code="no_sound")
        return found

    # -- writing

    async def tag(self, who: Session, recording_id: int, tags: list[str]) -> RecordingDetail:
        """Replace the tags. Raises NotFound, BadInput, Unavailable."""
        await self.detail(who, recording_id)
        clean = checked_tags(tags)
        async with self._db.transaction() as connection:
            await store.set_tags(connection, recording_id, clean)
            await self._audit.write(connection, who, "recording.tag", str(recording_id), {"tags": clean})
        return await self.detail(who, recording_id)

    async def note(self, who: Session, recording_id: int, at_seconds: float, text: str) -> RecordingDetail:
        """Write a note at a second. Raises NotFound, BadInput, Unavailable."""
        await self.detail(who, recording_id)
        clean = checked_text(text, "text")
        async with self._db.transaction() as connection:
            await store.add_note(connection, recording_id, at_seconds, who.user_id, clean)
        return await self.detail(who, recording_id)

    async def unnote(self, who: Session, recording_id: int, note_id: int) -> RecordingDetail:
        """Remove one's own note; supervisors and admins any. Raises NotFound, Unavailable."""
        await self.detail(who, recording_id)
        async with self._db.transaction() as connection:
            owner = None if who.roles & _MANAGE else who.user_id
            if not await store.remove_note(connection, recording_id, note_id, owner):
                raise NotFound("There is no such note of yours.", code="no_such_note")
        return await self.detail(who, recording_id)

    async def hold(self, who: Session, recording_id: int, why: str) -> RecordingDetail:
        """Forbid deletion for a reason; empty permits it again. Raises NotFound, BadInput, Unavailable."""
        await self.detail(who, recording_id)
        clean = checked_text(why, "why") if why.strip() else ""
        async with self._db.transaction() as connection:
            await store.set_hold(connection, recording_id, clean)
            await self._audit.write(connection, who, "recording.hold", str(recording_id), {"why": clean})
        return await self.detail(who, recording_id)

    async def delete(self, who: Session, recording_id: int, why: str) -> None:
        """Delete it for good, with proof. Raises NotFound, BadInput, Conflict, Unavailable."""
        await self.detail(who, recording_id)
        await self.keeping.delete(who, recording_id, checked_text(why, "why"))

    # -- rules

    def rules(self) -> tuple[tuple[Rule, ...], tuple[KeepRule, ...], int]:
        """Which calls are recorded, how long they are kept, and for how many days without a rule."""
        return *self._rules, self._options.keep_days

    async def set_rules(self, who: Session, record: Iterable[Rule], keep: Iterable[KeepRule]) -> None:
        """Put these in the place of those there were. Raises BadInput, Unavailable."""
        checked = checked_rules(list(record)), checked_keeping(list(keep))
        async with self._db.transaction() as connection:
            await store.replace_rules(connection, *checked)
            await self.keeping.reckon(connection, checked[1])
            told = {"record": [_plain(rule) for rule in checked[0]], "keep": [_plain(rule) for rule in checked[1]]}
            await self._audit.write(connection, who, "recording.rules", "site", told)
        self._rules = checked


def _plain(rule: Rule | KeepRule) -> dict[str, object]:
    return {name: getattr(rule, name) for name in type(rule).__dataclass_fields__}


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
