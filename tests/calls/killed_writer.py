"""A server that writes calls until it is killed: it says `safe <Linkedid>` of each call of which that is true."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from cti_server.calls.model import digits_of
from cti_server.calls.service import SINKS
from cti_server.calls.writer import CallWriter
from cti_server.core.clock import SystemClock
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged
from tests.calls.made import AT, Live, People, story


async def write_until_killed(url: str, folder: str, run: str) -> None:
    db = Database(url, pool_size=2, timeout=5.0)
    await db.open()
    journal = Journal(Path(folder), Tasks("killed"), db=db, sinks=SINKS)
    await journal.open()
    writer = CallWriter(journal, Live(), People(), SystemClock(), digits_of)
    for n in range(100_000):
        linkedid = f"{run}.{n}"
        for kind, view in story():
            writer.hear(CallChanged(kind, AT, replace(view, id=f"main:{linkedid}", linkedid=linkedid)))
        writer.forget(f"main:{linkedid}")
        await journal.flushed()
        sys.stdout.write(f"safe {linkedid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write_until_killed(*sys.argv[1:]))
