"""Takes in what the PBX has recorded: looks for finished files, has them made into one, files it, removes them.

Everything may be cut off anywhere and is done again by the next start: the row says what was done, the names of objects
are always the same for the same recording, and the PBX's files go last.
"""

import asyncio
import shutil
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks
from cti_server.recording.intake import store
from cti_server.recording.intake.model import (
    CALL_LIMIT,
    MISSING_AFTER,
    MISSING_AFTER_DELIVERY,
    SIDES,
    STABLE,
    STABLE_BLIND,
    CallOf,
    Job,
    Seen,
    lead_of,
    length_notes,
    names_of,
    reason_of,
    tries_again,
    watched,
)
from cti_server.recording.intake.workshop import Workshop
from cti_server.recording.model import parts_of
from cti_server.recording.policy import KeepRule, Rule, Verdict, days_kept, decide
from cti_server.recording.sealing.service import Sealing

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

EVERY: Final = 0.5
"""Seconds between two looks into the folders."""
SLOW: Final = 5.0
"""Seconds between two looks for recordings without files, and at the backlog."""
LEASE: Final = 900.0
"""Seconds for which a job belongs to who took it."""
STUCK: Final = 30.0
"""Seconds after which files that cannot be removed are tried again."""
REFUSED: Final = "refused"
"""Folder beside the recordings for files that cannot be taken in."""
OURS: Final = "cti"
"""Where the dialplan puts the files, below the PBX's folder."""


class Line(Protocol):
    """What is known of the PBXs."""

    def up(self, pbx: str) -> bool:
        """Whether its channels are known now."""

    def alive(self, pbx: str, uniqueid: str) -> bool:
        """Whether this channel is there."""


class Intake:
    """Files recordings from `start()` on. `folders`: where each PBX leaves them; `rules()` as they stand now.

    `gone(pbx)`: its folder is not there now. `offer`: who else works on a recording (its id, its queue), told in the
    transaction that files it.
    """

    def __init__(
        self,
        *,
        db: "Database",
        folders: Mapping[str, Path],
        sealing: Sealing,
        spool: Path,
        line: Line,
        rules: Callable[[], tuple[Iterable[Rule], Iterable[KeepRule]]],
        keep_days: int,
        disk_low: Callable[[], bool],
        gone: Callable[[str], bool],
        clock: Clock,
        tasks: Tasks,
        drained: Callable[[], Awaitable[None]],
        workshop: Workshop | None = None,
        delivering: frozenset[str] = frozenset(),
        from_answer: bool = False,
        offer: "Callable[[Connection, int, str | None], Awaitable[None]] | None" = None,
    ) -> None:
        self._db = db
        self._folders = {pbx: folder / OURS for pbx, folder in folders.items()}
        self._sealing = sealing
        self._spool = spool
        self._delivering = delivering
        self._from_answer = from_answer
        self._offer = offer
        self._patience = {pbx: MISSING_AFTER_DELIVERY if pbx in delivering else MISSING_AFTER for pbx in folders}
        self._line = line
        self._rules = rules
        self._keep_days = keep_days
        self._disk_low = disk_low
        self._gone = gone
        self._clock = clock
        self._tasks = tasks
        self._drained = drained
        # Other nodes have other names; this one knows its own again after a new start.
        self._node = f"{socket.gethostname()}:{spool.resolve()}"
        self.workshop = workshop or Workshop()
        self._seen: dict[str, dict[str, Seen]] = {pbx: {} for pbx in folders}
        self._later: dict[str, float] = {}
        """Files that could not be removed, and when (monotonic) that is tried again."""
        self._stirred = asyncio.Event()
        self._work = asyncio.Event()
        self.filed = 0
        self.failed = 0
        self.waiting = 0
        self.oldest = 0.0

    def start(self) -> None:
        """Begin to look and to work."""
        if self._folders:
            self._tasks.start("look-for-recordings", self._look())
            self._tasks.start("look-for-missing", self._look_for_missing())
        self._tasks.start("file-recordings", self._file_all())

    def stir(self) -> None:
        """A recording has ended: look now."""
        self._stirred.set()

    # -- looking

    async def _look(self) -> None:
        while True:
            try:
                for pbx in self._folders:
                    await self.look_at(pbx)
            except CtiError as fault:
                log.warning("recordings_not_looked_for", reason=fault.code)
                await asyncio.sleep(2.0)
            try:
                async with asyncio.timeout(EVERY):
                    await self._stirred.wait()
                self._stirred.clear()
                await asyncio.sleep(STABLE / 5)
            except TimeoutError:
                continue

    async def look_at(self, pbx: str) -> None:
        """One look into a PBX's folder. Raises Unavailable."""
        sizes = names_of(await asyncio.to_thread(_listing, self._folders[pbx]))
        now = self._clock.monotonic()
        seen = self._seen[pbx] = watched(self._seen[pbx], sizes, now)
        self._later = {name: at for name, at in self._later.items() if at > now}
        least = STABLE if self._line.up(pbx) else STABLE_BLIND
        done = [
            name
            for name, one in seen.items()
            if now - one.since >= least and now >= self._later.get(name, 0.0) and self._over(pbx, name)
        ]
        if not done:
            return
        known = await store.states(self._db, pbx, done)
        for name in done:
            state = known.get(name, "")
            parts = parts_of(name)
            if state in ("", "recording") and parts is not None:
                async with self._db.transaction() as connection:
                    await store.offer(connection, pbx, name, parts)
                self._work.set()
            elif state != "waiting":
                # It was settled, and then we fell before the files were gone; or the folder lets nobody remove them.
                away = _set_aside if state == "failed" or parts is None else _remove
                if not await asyncio.to_thread(away, self._folders[pbx], name):
                    self._later[name] = now + STUCK

    def _over(self, pbx: str, name: str) -> bool:
        parts = parts_of(name)
        return parts is None or not self._line.alive(pbx, parts.uniqueid)

    async def states(self, pbx: str, names: list[str]) -> dict[str, str]:
        """The state of those of these recordings that are known. Raises Unavailable."""
        return await store.states(self._db, pbx, names)

    def absent(self, pbx: str, name: str) -> bool:
        """Whether the PBX, whose folder is looked into, has not even begun a file of this name."""
        return pbx in self._folders and pbx not in self._delivering and name not in self._seen[pbx]

    async def _look_for_missing(self) -> None:
        while True:
            await asyncio.sleep(SLOW)
            try:
                self.waiting, self.oldest = await store.backlog(self._db)
                await self.look_for_missing()
            except CtiError as fault:
                log.warning("recordings_not_counted", reason=fault.code)

    async def look_for_missing(self) -> None:
        """Give up recordings that ended and whose files have not come. Raises Unavailable."""
        for recording_id, pbx, name, uniqueid, trouble in await store.open_ones(self._db, self._patience):
            over = self._line.up(pbx) and not self._line.alive(pbx, uniqueid)
            # Of a folder that is not there now nothing is missing: it may only have to be mounted again.
            if over and pbx in self._folders and not self._gone(pbx) and name not in self._seen[pbx]:
                await self._end(recording_id, "failed", self._reason("missing", trouble))

    async def state(self) -> dict[str, object]:
        """How the intake stands, for admins. Raises Unavailable."""
        self.waiting, self.oldest = await store.backlog(self._db)
        return {
            "waiting": self.waiting,
            "oldest_seconds": round(self.oldest, 1),
            "failed": await store.failures(self._db),
        }

    async def remove_files(self, pbx: str, name: str, recording_id: int) -> None:
        """Remove what is left of a recording's files: in the PBX's folder, set aside, and half made."""
        folder = self._folders.get(pbx)
        if folder is not None:
            await asyncio.to_thread(_remove, folder, name)
            await asyncio.to_thread(_remove, folder / REFUSED, name)
        await asyncio.to_thread((self._spool / f"{recording_id}.mp3").unlink, True)

    # -- filing

    async def _file_all(self) -> None:
        fresh = True
        while True:
            try:
                if fresh:
                    await store.release(self._db, self._node)
                    fresh = False
                recording_id = await store.claim(self._db, LEASE, self._node)
                if recording_id is not None:
                    # What was told of the call while the database was away must be known before it is judged.
                    await self._drained()
                    job = await store.job_of(self._db, recording_id)
                    if job is not None:
                        await self._file_one(job)
                    continue
            except CtiError as fault:
                log.warning("recording_not_filed", reason=fault.code)
                await asyncio.sleep(1.0)
            try:
                async with asyncio.timeout(EVERY):
                    await self._work.wait()
            except TimeoutError:
                pass
            self._work.clear()

    async def _file_one(self, job: Job) -> None:
        """File one; whatever goes wrong with it is its own matter and no other recording's. Raises CtiError."""
        try:
            await self._file(job)
        except CtiError:
            raise
        except Exception:
            log.exception("recording_filing_failed", id=job.id)
            await self._not_filed(job, "fault", True)

    async def _file(self, job: Job) -> None:
        call = await store.call_of(self._db, job)
        if (call is None or not call.over) and job.waits < CALL_LIMIT:
            await store.postpone(self._db, job.id, 0.3, "waits for the call", counts=False)
            return
        folder = self._folders.get(job.pbx)
        if folder is None:
            await store.postpone(self._db, job.id, 60.0, "no folder of this PBX is configured", counts=False)
            return
        rules, keeping = self._rules()
        verdict = self._verdict(job, call, rules)
        if verdict is not Verdict.KEEP:
            await self._end(job.id, "dropped", "refused" if job.consent == "no" else "rule")
            await asyncio.to_thread(_remove, folder, job.name)
            return
        lead = lead_of(job, call) if self._from_answer else 0.0
        if lead is None:
            await self._end(job.id, "dropped", "unanswered")
            await asyncio.to_thread(_remove, folder, job.name)
            return
        made = await self._pressed(job, folder, lead)
        if made is not None:
            await self._keep(job, call, made, keeping)

    async def _pressed(self, job: Job, folder: Path, lead: float) -> dict[str, Any] | None:
        """What the worker made of both files; None when it is to be tried later, or never."""
        if not await asyncio.to_thread(_made, self._spool):
            await self._not_filed(job, "noRoom", True)
            return None
        limit = 60 + await asyncio.to_thread(_megabytes, folder, job.name) * 6
        customer, agent = (folder / f"{job.name}{side}" for side in SIDES)
        answer = await self.workshop.press(customer, agent, self._target(job), limit, lead)
        if not answer["ok"]:
            await self._not_filed(job, answer["reason"], answer["again"])
            return None
        made: dict[str, Any] = answer["pressed"]
        return made

    def _target(self, job: Job) -> Path:
        return self._spool / f"{job.id}.mp3"

    async def _keep(self, job: Job, call: CallOf | None, made: dict[str, Any], keeping: Iterable[KeepRule]) -> None:
        """Put the sound where it stays, write all that is known of it, and remove what it was made of."""
        notes = [*made["notes"], *length_notes(made["lead"] + made["seconds"], job, call)]
        if job.trouble and "short" in notes:
            notes.append(job.trouble)
        name = object_name(job)
        try:
            wrapped = await self._sealing.put(job.id, name, self._target(job))
        except OSError:
            await self._not_filed(job, "noRoom", True)
            return
        except CtiError as fault:
            await self._not_filed(job, fault.code, True)
            return
        days = days_kept(
            keeping, call.row["direction"] if call else "", call.row["queue"] if call else None, self._keep_days
        )
        async with self._db.transaction() as connection:
            if await store.has_twin(connection, job, made):
                # One channel has one recording; a copy of its files under another name is none.
                await self._sealing.take_back(name)
                await store.end(connection, job.id, "dropped", "twice")
            else:
                await store.file(connection, job, made, notes, name, days)
                await self._sealing.keep(connection, job.id, wrapped)
                if call is not None:
                    await store.file_call(connection, job, call)
                if self._offer is not None:
                    await self._offer(connection, job.id, call.row["queue"] if call is not None else None)
        self.filed += 1
        await asyncio.to_thread(_remove, self._folders[job.pbx], job.name)
        await asyncio.to_thread(self._target(job).unlink, True)

    @staticmethod
    def _verdict(job: Job, call: CallOf | None, rules: Iterable[Rule]) -> Verdict:
        """What was decided while the call lived; for one that was recorded in our absence, what the rules say now."""
        if job.verdict:
            return Verdict(job.verdict)
        return decide(rules, call.facts(job.consent)) if call is not None else Verdict.KEEP

    async def _not_filed(self, job: Job, reason: str, again: bool) -> None:
        wait = tries_again(reason, again, job.attempts)
        if wait is not None:
            log.warning("recording_filed_later", id=job.id, reason=reason, again_in=wait)
            await store.postpone(self._db, job.id, wait, reason)
            return
        self.failed += 1
        await self._end(job.id, "failed", self._reason(reason, job.trouble))
        await asyncio.to_thread(_set_aside, self._folders[job.pbx], job.name)

    def _reason(self, reason: str, trouble: str) -> str:
        return reason_of(reason, trouble or ("diskFull" if self._disk_low() else ""))

    async def _end(self, recording_id: int, state: str, reason: str) -> None:
        if state == "failed":
            log.warning("recording_failed", id=recording_id, reason=reason)
        async with self._db.transaction() as connection:
            await store.end(connection, recording_id, state, reason)


def object_name(job: Job) -> str:
    """The name of its sound in the store: always the same for the same recording."""
    return f"{datetime.fromtimestamp(job.started_at, UTC):%Y/%m/%d}/{job.id}.mp3"


def _made(folder: Path) -> bool:
    """Whether our own folder is there, made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        log.warning("recording_spool_not_made", folder=str(folder), reason=str(fault))
        return False
    return True


def _listing(folder: Path) -> list[tuple[str, int]]:
    try:
        return [
            (file.name, file.stat().st_size) for file in folder.iterdir() if file.is_file() and not file.is_symlink()
        ]
    except OSError:
        return []  # not there yet: nothing was recorded


def _remove(folder: Path, name: str) -> bool:
    try:
        for side in SIDES:
            (folder / f"{name}{side}").unlink(missing_ok=True)
    except OSError as fault:
        log.warning("recording_not_removed", name=name, reason=str(fault))  # tried again later
        return False
    return True


def _set_aside(folder: Path, name: str) -> bool:
    """Files that cannot be taken in are kept for the operator, and looked at no more."""
    try:
        (folder / REFUSED).mkdir(exist_ok=True, mode=0o700)
        for side in SIDES:
            file = folder / f"{name}{side}"
            if file.exists():
                shutil.move(file, folder / REFUSED / file.name)
    except OSError as fault:
        log.warning("recording_not_set_aside", name=name, reason=str(fault))
        return False
    return True


def _megabytes(folder: Path, name: str) -> float:
    return (
        sum((folder / f"{name}{side}").stat().st_size for side in SIDES if (folder / f"{name}{side}").exists()) / 2**20
    )
