"""Takes in the files of messages, tells the consoles, and does what people do with a message.

That a message begins stands in the journal before the tone sounds; so also after a crash, or when the caller simply
hangs up, its file is found.
"""

import asyncio
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, NotFound
from cti_server.core.push.sights import Sight
from cti_server.core.tasks import Tasks
from cti_server.core.worklist.model import checked_reason
from cti_server.core.worklist.service import WorkList, cut
from cti_server.live.changes import CallChanged, CallKind
from cti_server.routing.voicemail import store
from cti_server.routing.voicemail.model import (
    FOLDER,
    SHORTEST,
    WORK,
    Live,
    Pending,
    People,
    Shelf,
    Sound,
    State,
    VoicemailJson,
    check_free,
    file_name,
)

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

BEGUN: Final = "voicemail_begun"
SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {BEGUN: store.write_begun}
TOPIC: Final = "voicemail"
LOOK: Final = 1.0
RETRY: Final = 2.0
CLEAN: Final = 3600.0
FILE_LATE: Final = 10.0
"""Seconds after the end for which a file may still be missing."""
LISTEN_SECONDS: Final = 900.0
"""For how long a session may ask for the sound after it has said that it listens."""
MOST_SHOWN: Final = 1000
MOST_OPENED: Final = 10_000
_ENDS: Final = frozenset({CallKind.CLEARED, CallKind.CONNECTION_CLEARED})
_CHIEFS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
SIGHT: Final = Sight(
    items=("items",),
    key=lambda item: item.id,
    shown=lambda scope, item: item if scope.sees_queue(item.queue) else None,
    gone=lambda item: ("voicemail.removed", {"id": item.id}),
)


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""

    def drained(self) -> Awaitable[None]:
        """Wait until the database has every row appended so far. Raises TimedOut."""


class Voicemail:
    """Messages. `folders`: where the recordings of each PBX are seen from here; `keep_days` after they are over."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        shelf: Shelf,
        folders: Mapping[str, Path],
        keep_days: int,
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._live = live
        self._people = people
        self._shelf = shelf
        self._folders = folders
        self._keep_days = keep_days
        self._journal = journal
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._going: dict[tuple[str, str], str] = {}
        self._ended: dict[tuple[str, str], float] = {}
        """(PBX, file) → when it was over, while the file is not there."""
        self._list: WorkList[VoicemailJson] = WorkList(
            topic=TOPIC, open_states=WORK, hub=hub, db=db, audit=audit, clock=clock, most=MOST_SHOWN
        )
        self._opened: dict[tuple[int, int], float] = {}
        self._stirred = asyncio.Event()
        hub.register_topic(TOPIC, may=lambda who: bool(who.roles & _CHIEFS), snapshot=self.snapshot, sight=SIGHT)

    def start(self) -> None:
        """Begin to listen, and take in what was left when the server last ran."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._stirred.set()
        self._tasks.start("voicemail", self._follow())
        self._tasks.start("voicemail-keeping", self._clean())

    def snapshot(self) -> dict[str, list[VoicemailJson]]:
        """What is to be done, the oldest first."""
        return {"items": sorted(self._list.items.values(), key=lambda item: item.id)}

    # -- what the dialplan's door asks

    def begin(self, *, pbx: str, uniqueid: str, linkedid: str, queue: str, number: str, did: str) -> str:
        """A message begins: the bare name of its file; empty when this PBX's files cannot be seen from here."""
        if pbx not in self._folders:
            log.warning("voicemail_without_folder", pbx=pbx)
            return ""
        name = file_name(linkedid, uniqueid, self._clock.now())
        self._journal.append(
            BEGUN,
            {"pbx": pbx, "file": name, "linkedid": linkedid, "uniqueid": uniqueid, "queue": queue,
             "number": number.replace("\x00", ""), "did": did, "at": self._clock.now()},
        )  # fmt: skip
        self._going[pbx, uniqueid] = name
        return name

    def over(self, pbx: str, uniqueid: str) -> None:
        """It was finished, or he has hung up. Nothing happens for channels that record none."""
        name = self._going.pop((pbx, uniqueid), None)
        if name is not None:
            self._ended[pbx, name] = self._clock.monotonic()
            self._stirred.set()

    def _on_call(self, change: CallChanged) -> None:
        if change.kind in _ENDS and self._going:
            for leg in change.call.legs:
                if leg.ended_at is not None:
                    self.over(change.call.pbx, leg.id)

    # -- taking in

    async def _follow(self) -> None:
        read = False
        while True:
            try:
                if not read:
                    await self.reread()
                    read = True
                await self._stirred.wait()
                self._stirred.clear()
                await self._journal.drained()
                if await self.take_in():
                    await asyncio.sleep(LOOK)
                    self._stirred.set()
            except CtiError as fault:
                log.warning("voicemail_not_taken_in", reason=fault.code, again_in=RETRY)
                self._stirred.set()
                await asyncio.sleep(RETRY)

    async def reread(self) -> None:
        """Read what is to be done anew, and tell it. Raises Unavailable."""
        self._list.fill(await store.work(self._db, self._people.name_of, MOST_SHOWN), self.snapshot)

    async def take_in(self) -> bool:
        """Take in the files of what is over; whether some are still to come. Raises CtiError."""
        later = False
        for one in await store.pending(self._db):
            if (one.pbx, one.uniqueid) in self._going:
                continue
            if (one.pbx, one.file) not in self._ended and self._still_there(one):
                later = True
                continue
            later = not await self._take(one) or later
        return later

    def _still_there(self, one: Pending) -> bool:
        """Begun before the server's last start, and he is still on the line?"""
        call = self._live.calls.get(f"{one.pbx}:{one.linkedid}")
        return call is not None and any(leg.id == one.uniqueid and leg.ended_at is None for leg in call.legs)

    async def _take(self, one: Pending) -> bool:
        """Whether it is settled. Raises CtiError."""
        ended = self._ended.setdefault((one.pbx, one.file), self._clock.monotonic())
        folder = self._folders.get(one.pbx)
        path = folder / FOLDER / f"{one.file}.wav" if folder is not None else None
        found = await asyncio.to_thread(_measured, path) if path is not None else None
        if (found is None or path is None) and self._clock.monotonic() - ended < FILE_LATE:
            return False
        self._ended.pop((one.pbx, one.file), None)
        if found is None or path is None or found[0] < SHORTEST:
            await store.taken(self._db, one.id, State.EMPTY, found[0] if found else 0.0, 0, None, self._people.name_of)
        else:
            name = f"voicemail/{one.id}.wav"
            await self._shelf.put(name, path)
            self._told(await store.taken(self._db, one.id, State.OPEN, *found, name, self._people.name_of))
        if path is not None:
            await asyncio.to_thread(_removed, path)
        return True

    async def _clean(self) -> None:
        while True:
            try:
                await self.clean()
            except CtiError as fault:
                log.warning("voicemail_not_cleaned", reason=fault.code)
            await asyncio.sleep(CLEAN)

    async def clean(self) -> int:
        """Delete what is over its time; how many. Raises CtiError."""
        found = await store.overdue(self._db, self._keep_days)
        for message_id, name in found:
            await self._shelf.delete(name)
            await store.deleted(self._db, message_id)
        return len(found)

    def _told(self, item: VoicemailJson | None) -> None:
        if item is not None:
            self._list.tell(item)

    # -- what people do

    def _mine(self, who: Session) -> list[str] | None:
        if who.roles & _CHIEFS:
            return None
        key = self._people.device_of(who.user_id)
        return sorted(self._people.standing(*key)[1]) if key is not None else []

    async def page(
        self, who: Session, states: list[str], queue: str | None, before: int | None, limit: int
    ) -> tuple[list[VoicemailJson], int | None]:
        """Messages that lie within, newest first; agents see those of their queues. Raises Unavailable."""
        queues = self._mine(who)
        if queue is not None:
            queues = [queue] if queues is None or queue in queues else []
        found = await store.page(self._db, states, queues, before, limit + 1, self._people.name_of, who.scope)
        return cut(found, limit)

    async def claim(self, who: Session, message_id: int) -> VoicemailJson:
        """Take it on oneself. Raises CtiError."""

        async def act(connection: "Connection", item: VoicemailJson) -> VoicemailJson:
            check_free(item, who.user_id)
            return await store.change(connection, item.id, State.CLAIMED, self._people.name_of, claimed_by=who.user_id)

        return await self._change(who, message_id, "voicemail.claim", act)

    async def call_back(self, who: Session, message_id: int) -> VoicemailJson:
        """The same, before its number is rung. Raises CtiError."""

        async def act(connection: "Connection", item: VoicemailJson) -> VoicemailJson:
            check_free(item, who.user_id)
            if not item.number:
                raise Conflict("The caller withheld his number.", code="number_withheld")
            return await store.change(connection, item.id, State.CLAIMED, self._people.name_of, claimed_by=who.user_id)

        return await self._change(who, message_id, "voicemail.callBack", act)

    async def release(self, who: Session, message_id: int) -> VoicemailJson:
        """Give it back. Raises CtiError."""

        async def act(connection: "Connection", item: VoicemailJson) -> VoicemailJson:
            check_free(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            return await store.change(connection, item.id, State.OPEN, self._people.name_of)

        return await self._change(who, message_id, "voicemail.release", act)

    async def end(self, who: Session, message_id: int, state: State, reason: str) -> VoicemailJson:
        """Done, or dismissed for a reason. Raises CtiError."""
        why = checked_reason(reason, needed=state is State.DISMISSED)

        async def act(connection: "Connection", item: VoicemailJson) -> VoicemailJson:
            check_free(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            return await store.change(
                connection, item.id, state, self._people.name_of, claimed_by=item.claimed_by, ended_by=who.user_id,
                reason=why,
            )  # fmt: skip

        return await self._change(who, message_id, f"voicemail.{state}", act)

    async def listen(self, who: Session, message_id: int) -> VoicemailJson:
        """He is about to listen; it is no longer new. Audited. Raises NotFound, Unavailable."""

        async def act(connection: "Connection", item: VoicemailJson) -> VoicemailJson:
            if await store.sound(connection, item.id) is None:
                raise NotFound("The sound of this message is not kept any more.", code="no_sound")
            return await store.heard(connection, item.id, self._people.name_of)

        item = await self._change(who, message_id, "voicemail.listen", act)
        now = self._clock.monotonic()
        if len(self._opened) >= MOST_OPENED:
            self._opened = {key: until for key, until in self._opened.items() if until > now}
        self._opened[who.session_id, message_id] = now + LISTEN_SECONDS
        return item

    async def sound(self, who: Session, message_id: int) -> Sound:
        """What is heard, for a session that has said so by `listen`. Raises NotFound, Unavailable."""
        if self._opened.get((who.session_id, message_id), 0.0) < self._clock.monotonic():
            raise NotFound("Open the message again.", code="listen_key_over")
        async with self._db.transaction() as connection:
            found = await store.sound(connection, message_id)
        if found is None:
            raise NotFound("The sound of this message is not kept any more.", code="no_sound")
        return found

    def read(self, sound: Sound, first: int, last: int) -> AsyncIterator[bytes]:
        """Bytes of it. Raises NotFound, Unavailable."""
        return self._shelf.read(sound.object, first, last)

    async def _change(
        self,
        who: Session,
        message_id: int,
        action: str,
        act: "Callable[[Connection, VoicemailJson], Awaitable[VoicemailJson]]",
    ) -> VoicemailJson:
        mine = self._mine(who)
        return await self._list.change(
            who,
            message_id,
            action,
            locked=lambda connection, wanted: store.locked(connection, wanted, self._people.name_of),
            within=lambda item: who.scope.sees_queue(item.queue) and (mine is None or item.queue in mine),
            missing=NotFound("There is no such message.", code="no_such_voicemail"),
            act=act,
            details=lambda item: {
                "queue": item.queue,
                "number": item.number,
                "state": item.state,
                "reason": item.reason,
            },
        )


def _measured(path: Path) -> tuple[float, int] | None:
    """Seconds and bytes of a WAV file; None when it is not there yet or is none."""
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() / file.getframerate(), path.stat().st_size
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        return None


def _removed(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as fault:
        log.warning("voicemail_file_stays", file=path.name, reason=str(fault))
