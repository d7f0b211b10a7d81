"""Human speech on both sides (prompts of Asterisk) through the real worker and engine: read, found by word, erased."""

import os
import signal
from pathlib import Path

import pytest

from cti_server.core.errors import NotFound
from cti_server.core.storage.database import Database
from cti_server.recording.model import Wanted
from cti_server.recording.transcripts import sphinx
from cti_server.sandbox.asterisk_program import AsteriskProgram
from tests.recording.archive import Archive, signed_in, until

needs_engine = pytest.mark.skipif(
    not sphinx.installed(), reason="the extra `transcribe` (PocketSphinx) is not installed"
)
SAYS, ANSWERS = "cannot-complete-as-dialed", "vm-nobodyavail"
"""Your call cannot be completed as dialed. / Nobody is available to take your call at the moment."""
BOSS, ADMIN = signed_in(5), signed_in(1, "admin")


@pytest.mark.database
async def test_where_nothing_is_to_be_transcribed_nothing_is_promised(archive: Archive) -> None:
    await archive.call(1)
    archive.leave(1)
    archive.room.start()
    await archive.settled(1)
    (row,) = (await archive.room.page(BOSS, Wanted(), None, 9))[0]
    assert (await archive.room.detail(BOSS, row.id)).transcript == ""
    with pytest.raises(NotFound) as none:
        await archive.room.transcript(BOSS, row.id)
    assert none.value.code == "no_transcript"


@needs_engine
@pytest.mark.database
@pytest.mark.pbx
async def test_each_side_is_written_down_with_its_times_found_by_word_and_erased(
    db: Database, tmp_path: Path, asterisk_program: AsteriskProgram
) -> None:
    voices = asterisk_program.data / "sounds" / "en_US_f_Allison"
    archive = Archive(db, tmp_path, transcribe="en", transcribe_queues=frozenset({"vip"}))
    try:
        for n in (1, 2):
            await archive.call(n, seconds=5.0, queue="vip" if n == 1 else "chinese")
            archive.leave(n, (voices / f"{SAYS}.wav").read_bytes(), (voices / f"{ANSWERS}.wav").read_bytes())
        spool = tmp_path / "state" / "recordings-spool"
        spool.mkdir(parents=True)
        (spool / "99.transcribe.mp3").write_bytes(b"left by a server that fell")
        archive.room.start()
        await archive.settled(2)
        await killed_once(archive)
        numbers = await read_and_found(archive)
        await archive.room.keeping.delete(ADMIN, numbers, "the customer asked")
        assert await db.fetchval("select count(*) from recording_transcript") == 0
        assert (await archive.room.page(BOSS, Wanted(said="available"), None, 9))[0] == []
        assert not list((tmp_path / "state" / "recordings-spool").iterdir())
    finally:
        await archive.close()


async def killed_once(archive: Archive) -> None:
    """The worker is killed as soon as it works; the job is done again."""
    pid = await until(lambda: running(archive), 30.0)
    os.kill(pid, signal.SIGKILL)
    assert await until(lambda: archive.db.fetchval("select reason from recording_transcript where reason <> ''"), 30.0)
    await archive.db.execute("update recording_transcript set claimed_until = null")


async def running(archive: Archive) -> int | None:
    return archive.room.transcripts._workshop.pid


async def read_and_found(archive: Archive) -> int:
    """The number of the one that was transcribed."""
    await until(lambda: archive.db.fetchval("select 1 from recording_transcript where state = 'ready'"), 60.0)
    rows = {row.queue: row.id for row in (await archive.room.page(BOSS, Wanted(), None, 9))[0]}
    told = await archive.room.transcript(BOSS, rows["vip"])
    assert (told.state, told.language, told.engine) == ("ready", "en", "PocketSphinx")
    words = {
        side: {w for line in told.lines if line.side == side for w in line.text.split()}
        for side in ("customer", "agent")
    }
    assert {"completed", "dialed"} <= words["customer"]
    assert {"nobody", "available"} <= words["agent"]
    assert all(0 <= line.from_seconds < line.to_seconds <= 6 for line in told.lines)
    assert (await archive.room.detail(BOSS, rows["vip"])).transcript == "ready"
    assert (await archive.room.detail(BOSS, rows["chinese"])).transcript == "", "of this queue nothing is guessed"
    entries = await archive.db.fetch("select login, action, subject from audit_entry")
    assert ("u5", "recording.read", str(rows["vip"])) in {tuple(entry) for entry in entries}
    for said, due in (("completed dialed", [rows["vip"]]), ("available", [rows["vip"]]), ("refund", [])):
        assert [row.id for row in (await archive.room.page(BOSS, Wanted(said=said), None, 9))[0]] == due, said
    return rows["vip"]
