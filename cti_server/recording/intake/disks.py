"""Watches the disks on which recordings are made and kept, and says what is wrong with them before a call is lost.

What the PBX does about a disk it tells nobody: MixMonitor goes on writing into nothing. So the folders are looked at
here, every few seconds, as the server sees them.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import structlog

from cti_server.core.clock import Clock
from cti_server.core.health import Health, Link
from cti_server.core.tasks import Tasks
from cti_server.recording.intake.model import FULL, Disk, Trouble

log = structlog.get_logger(__name__)

EVERY: Final = 2.0
"""Seconds between two looks."""
LOOK_LIMIT: Final = 10.0
"""Seconds after which a folder that does not answer (a network drive) counts as gone."""
WAITS: Final = "waits"
"""Instead of a Trouble: the PBX records, but here nothing can be kept."""
_MIB: Final = 2**20


class Disks:
    """Watches from `start()` on. `pbxs`: where each PBX leaves recordings; `kept`: where they are kept and made.

    `least`: bytes that must be free; `tell` is called when the worst of it has changed.
    """

    def __init__(
        self,
        pbxs: Mapping[str, Path],
        kept: Iterable[Path],
        *,
        least: int,
        health: Health,
        clock: Clock,
        tasks: Tasks,
        tell: Callable[[dict[str, object]], None],
    ) -> None:
        self._pbxs = dict(pbxs)
        self._kept = tuple(kept)
        self._least = least
        self._clock = clock
        self._tasks = tasks
        self._tell = tell
        self._seen: dict[Path, Disk] = {}
        self._since: float | None = None
        self.full_soon: Callable[[], float | None] = lambda: None
        """When the room is full (unix seconds), if that is soon (forecast/)."""
        health.register("recordings", self.probe, needed=False)

    def start(self) -> None:
        """Begin, if anything is recorded here."""
        if self._pbxs or len(self._kept) > 1:
            self._tasks.start("watch-disks", self._watch())

    # -- how they stand

    @property
    def worst(self) -> Disk | None:
        """The disk with trouble, else the one with the least room; None before the first look."""
        seen = self._seen.values()
        return min(seen, key=lambda disk: (disk.trouble is Trouble.NONE, not disk.low, disk.free), default=None)

    @property
    def low(self) -> bool:
        """Whether a disk is nearly full, so that recordings are about to be lost."""
        return any(disk.low for disk in self._seen.values())

    def trouble(self, pbx: str) -> Trouble:
        """Why recordings of this PBX cannot be written now."""
        disk = self._seen.get(self._pbxs[pbx]) if pbx in self._pbxs else None
        return Trouble.NONE if disk is None else disk.trouble

    def probe(self) -> Link:
        """For `/readyz` and the consoles."""
        worst = self.worst
        if worst is None:
            return Link("recordings", True)
        words = f"{worst.free // _MIB} MiB free of {worst.total // _MIB}, at least {self._least // _MIB} wanted"
        if worst.trouble in (Trouble.READ_ONLY, Trouble.GONE):
            words = f"{worst.folder} " + ("cannot be written" if worst.trouble is Trouble.READ_ONLY else "is not there")
        return Link("recordings", worst.trouble is Trouble.NONE and not worst.low, self._since, words)

    def shown(self) -> dict[str, object]:
        """For the consoles: what is wrong (empty: nothing), whether a disk is nearly full, how many MiB are free,
        and when the room is full, if that is soon.

        `trouble` is WAITS where recordings are made but cannot be filed.
        """
        low, trouble = self._state()
        free = 0 if self.worst is None else self.worst.free // _MIB
        return {"disk_low": low, "free_mb": free, "trouble": trouble, "full_at": self.full_soon()}

    # -- looking

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """One look at all of them."""
        before = self._state()
        for folder in (*self._pbxs.values(), *self._kept):
            self._seen[folder] = await self._look_at(folder)
        low, trouble = self._state()
        if (low, trouble) == before and self._since is not None:
            return
        self._since = self._clock.now()
        self._tell(self.shown())
        if trouble:
            log.error("recordings_cannot_be_written", trouble=trouble, detail=self.probe().detail)
        elif low:
            log.error("recording_disk_nearly_full", detail=self.probe().detail)
        elif any(before):
            log.info("recordings_can_be_written_again")

    def _state(self) -> tuple[bool, str]:
        lost = next((one.value for pbx in self._pbxs if (one := self.trouble(pbx)) is not Trouble.NONE), "")
        waits = any(disk.trouble is not Trouble.NONE for disk in self._seen.values())
        return self.low, lost or (WAITS if waits else "")

    async def _look_at(self, folder: Path) -> Disk:
        try:
            async with asyncio.timeout(LOOK_LIMIT):
                return await asyncio.to_thread(disk_of, folder, self._least, folder in self._kept)
        except TimeoutError:
            return Disk(folder, 0, 0, False, Trouble.GONE)


def disk_of(folder: Path, least: int, made_by_us: bool) -> Disk:
    """How the disk of a folder stands. One that we make ourselves and is not there yet: that of its parent."""
    here = folder
    while made_by_us and not here.exists() and here != here.parent:
        here = here.parent
    try:
        usage = shutil.disk_usage(here)
    except OSError:
        return Disk(folder, 0, 0, False, Trouble.GONE)
    trouble = Trouble.NONE
    # Also for root the kernel says no on a disk that was mounted read-only.
    if not os.access(here, os.W_OK | os.X_OK):
        trouble = Trouble.READ_ONLY
    elif usage.free < FULL:
        trouble = Trouble.FULL
    return Disk(folder, usage.total, usage.free, usage.free < least, trouble)
