"""Deletes what is over its time, holds what must stay, and watches the room on the disk."""

import asyncio
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from cti_server.core.audit.model import Actor
from cti_server.core.audit.service import AuditLog
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError, NotFound
from cti_server.core.health import Health, Link
from cti_server.core.tasks import Tasks
from cti_server.recording.keeping import store
from cti_server.recording.keeping.model import Keeper, Kept, Room, check_delete, proof
from cti_server.recording.policy import LEAST_OUTBOUND_DAYS, KeepRule, Scope
from cti_server.recording.sealing.service import Sealing
from cti_server.recording.shelf import Shelf

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

EVERY: Final = 600.0
"""Seconds between two looks for what is over its time."""
BATCH: Final = 200
LOOK_AT_DISK: Final = 5.0


class Keeping:
    """Runs from `start()` on. `folders`: the disks on which recordings are made; `least` bytes that must be free."""

    def __init__(
        self,
        *,
        db: "Database",
        shelf: Shelf,
        sealing: Sealing,
        audit: AuditLog,
        health: Health,
        folders: Iterable[Path],
        least: int,
        keep_days: int,
        clock: Clock,
        tasks: Tasks,
        tell: Callable[[dict[str, object]], None],
    ) -> None:
        self._tell = tell
        self._db = db
        self._shelf = shelf
        self._sealing = sealing
        self._audit = audit
        self._folders = tuple(folders)
        self._least = least
        self._keep_days = keep_days
        self._clock = clock
        self._tasks = tasks
        self.room: Room | None = None
        self.full_soon: Callable[[], float | None] = lambda: None
        """When the room is full, if that is soon (forecast/)."""
        self._since: float | None = None
        health.register("recordings", self.probe, needed=False)

    def start(self) -> None:
        """Begin."""
        self._tasks.start("keep-recordings", self._keep())
        if self._folders:
            self._tasks.start("watch-disk", self._watch())

    @property
    def disk_low(self) -> bool:
        """Whether the disk is nearly full, so that recordings are about to be lost."""
        return self.room is not None and self.room.low(self._least)

    def probe(self) -> Link:
        """For `/readyz` and the banner of the consoles."""
        if self.room is None:
            return Link("recordings", True)
        words = (
            f"{self.room.free // 2**20} MiB free of {self.room.total // 2**20}, at least {self._least // 2**20} wanted"
        )
        return Link("recordings", not self.disk_low, self._since, words)

    def shown(self) -> dict[str, object]:
        """For the consoles: whether recordings are about to be lost, and how many MiB are free."""
        free = 0 if self.room is None else self.room.free // 2**20
        return {"disk_low": self.disk_low, "free_mb": free, "full_at": self.full_soon()}

    async def _watch(self) -> None:
        while True:
            before = self.disk_low
            self.room = await asyncio.to_thread(room_of, self._folders)
            if self.disk_low != before or self._since is None:
                self._since = self._clock.now()
                self._tell(self.shown())
            if self.disk_low and not before:
                log.error("recording_disk_nearly_full", detail=self.probe().detail)
            await asyncio.sleep(LOOK_AT_DISK)

    # -- deleting

    async def _keep(self) -> None:
        while True:
            try:
                more = True
                while more:
                    more = await self.delete_due() == BATCH
            except CtiError as fault:
                log.warning("recordings_not_deleted", reason=fault.code)
            await asyncio.sleep(EVERY)

    async def delete_due(self) -> int:
        """Delete what is over its time; how many. Raises Unavailable."""
        found = await store.due(self._db, BATCH)
        for one in found:
            await self.delete(Keeper(), one.id, "the time of keeping is over", by_rule=True)
        return len(found)

    async def delete(self, who: Actor, recording_id: int, why: str, *, by_rule: bool = False) -> None:
        """Delete the sound and all that was drawn from it; the proof stands in the audit log.

        Raises NotFound, Conflict (recording_held, recording_deleted), Unavailable.
        """
        async with self._db.transaction() as connection:
            await self.delete_in(connection, who, recording_id, why, by_rule=by_rule)

    async def delete_in(
        self, connection: "Connection", who: Actor, recording_id: int, why: str, *, by_rule: bool = False
    ) -> Kept:
        """The same within a transaction; what it was. Raises what `delete` raises."""
        one = await store.locked(connection, recording_id)
        if one is None:
            raise NotFound("There is no such recording.", code="no_such_recording")
        check_delete(one, by_rule=by_rule)
        # The sound first: a row without sound would say that it is gone while it is not.
        if one.object is not None:
            await self._shelf.delete(one.object)
        await self._sealing.forget(connection, recording_id)
        await store.delete(connection, recording_id)
        await self._audit.write(connection, who, "recording.delete", str(recording_id), proof(one, why))
        return one

    async def reckon(self, connection: "Connection", rules: Iterable[KeepRule]) -> None:
        """The rules have changed: set anew until when each recording is kept."""
        rules = list(rules)
        of = {scope: [(rule.name, rule.days) for rule in rules if rule.scope is scope] for scope in Scope}
        site = next((rule.days for rule in rules if rule.scope is Scope.SITE), self._keep_days)
        await store.reckon(connection, of[Scope.QUEUE], of[Scope.DIRECTION], site, LEAST_OUTBOUND_DAYS)


def room_of(folders: tuple[Path, ...]) -> Room | None:
    """The fullest of the disks; of a folder that is not there yet, the disk of its parent."""
    found = []
    for folder in folders:
        here = next((one for one in (folder, *folder.parents) if one.exists()), None)
        if here is not None:
            usage = shutil.disk_usage(here)
            found.append(Room(usage.total, usage.free))
    return min(found, key=lambda room: room.free) if found else None
