"""Has recordings transcribed, one after another, each from the sound as it is kept; the transcript is a part of it."""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from cti_server.core.errors import CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.recording.intake.workshop import Workshop
from cti_server.recording.model import Sound
from cti_server.recording.sealing.service import Sealing
from cti_server.recording.transcripts import sphinx, store
from cti_server.recording.transcripts.model import Job, LineJson, TranscriptJson

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

MODULE: Final = "cti_server.recording.transcripts.worker"
EVERY: Final = 1.0
COPY: Final = ".transcribe.mp3"
"""End of the names of unsealed copies in the spool, which live as long as the worker listens to them."""
SLOWEST: Final = 10.0
"""Seconds of work that a second of talk may take at most; then the worker is killed."""
STARTS: Final = 60.0
"""Seconds more, for the engine to begin."""


class Transcripts:
    """Works from `start()` on, where `language` is not empty. `queues`: of which calls; none: of all.

    Raises BadInput when the language is not known or the engine is not installed.
    """

    def __init__(
        self,
        language: str,
        queues: frozenset[str],
        *,
        db: "Database",
        sealing: Sealing,
        sound: Callable[[int], Awaitable[Sound | None]],
        spool: Path,
        tasks: Tasks,
    ) -> None:
        if language:
            sphinx.check(language)
        self._language = language
        self._queues = queues
        self._db = db
        self._sealing = sealing
        self._sound = sound
        self._spool = spool
        self._tasks = tasks
        self._node = f"{socket.gethostname()}:{spool.resolve()}"
        self._workshop = Workshop([sys.executable, "-m", MODULE])
        self.waiting = 0

    def start(self) -> None:
        """Begin, if anything is to be transcribed."""
        if self._language:
            self._tasks.start("transcribe", self._work())

    async def close(self) -> None:
        """End the worker."""
        await self._workshop.close()

    async def offer(self, connection: "Connection", recording_id: int, queue: str | None) -> None:
        """A recording is being filed: let it be transcribed, if it is to be."""
        if self._language and (not self._queues or queue in self._queues):
            await store.offer(connection, recording_id, self._language)

    async def of(self, recording_id: int) -> TranscriptJson:
        """The transcript of a recording. Raises NotFound, Unavailable."""
        found = await store.of(self._db, recording_id)
        if found is None:
            raise NotFound("This recording has no transcript.", code="no_transcript")
        return found

    async def _work(self) -> None:
        fresh = True
        while True:
            try:
                if fresh:
                    await asyncio.to_thread(_remove_leftovers, self._spool)
                    await store.release(self._db, self._node)
                    fresh = False
                self.waiting = await store.backlog(self._db)
                job = await store.claim(self._db, 4 * STARTS + SLOWEST * 12 * 3600, self._node)
                if job is not None:
                    await self._transcribe(job)
                    continue
            except CtiError as fault:
                log.warning("recordings_not_transcribed", reason=fault.code)
            await asyncio.sleep(EVERY)

    async def _transcribe(self, job: Job) -> None:
        sound = await self._sound(job.recording_id)
        if sound is None:
            await store.failed(self._db, job.recording_id, "noSound", again=False)
            return
        file = self._spool / f"{job.recording_id}{COPY}"
        try:
            await self._copy(sound, file)
            answer = await self._workshop.ask({"file": str(file)}, STARTS + SLOWEST * job.seconds)
        except OSError as fault:
            log.warning("recording_not_transcribed", id=job.recording_id, reason=str(fault))
            await store.failed(self._db, job.recording_id, "noRoom", again=True)
            return
        finally:
            await asyncio.to_thread(file.unlink, True)
        if not answer["ok"]:
            log.warning("recording_not_transcribed", id=job.recording_id, reason=answer["reason"])
            await store.failed(self._db, job.recording_id, answer["reason"], bool(answer.get("again")))
            return
        lines = msgspec.convert(answer["lines"], list[LineJson])
        await store.done(self._db, job.recording_id, sphinx.Sphinx.name, lines)

    async def _copy(self, sound: Sound, file: Path) -> None:
        """The sound as it is kept, unsealed, for the worker; gone as soon as it has answered."""
        await asyncio.to_thread(self._spool.mkdir, 0o700, True, True)
        with await asyncio.to_thread(file.open, "wb") as target:
            async for part in self._sealing.read(sound, 0, sound.size - 1):
                await asyncio.to_thread(target.write, part)


def _remove_leftovers(spool: Path) -> None:
    """Copies of a server that fell: the recordings may be deleted since."""
    for file in spool.glob(f"*{COPY}"):
        file.unlink(missing_ok=True)
