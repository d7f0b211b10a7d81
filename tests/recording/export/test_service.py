"""Many taken away at once: whole, with a manifest, for a reason, by whom it was asked for, once."""

import csv
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from cti_server.core.errors import BadInput, NotFound
from cti_server.core.storage.database import Database
from cti_server.recording.model import Wanted
from tests.recording.archive import Archive, signed_in

pytestmark = pytest.mark.database
BOSS = signed_in(5)


async def test_a_zip_with_manifest_reason_and_a_line_in_the_audit_log(archive: Archive, db: Database) -> None:
    exports = archive.room.exports
    for n in (1, 2, 3):
        await archive.call(n, customer_name="=cmd()" if n == 1 else None)
        await archive.began(n)
        archive.leave(n)
    archive.room.start()
    await archive.settled(3)
    lost = await db.fetchrow("select id, object from recording order by id desc limit 1")
    assert lost is not None
    await archive.room._shelf.delete(lost["object"])
    with pytest.raises(BadInput):
        await exports.prepare(BOSS, Wanted(), "  ")
    with pytest.raises(NotFound):
        await exports.prepare(BOSS, Wanted(queue="none"), "court")
    key, count, size = await exports.prepare(BOSS, Wanted(), "court 12")
    assert count == 3
    with pytest.raises(NotFound):
        exports.open(signed_in(5, session_id=51), key)
    data = b"".join([part async for part in exports.open(BOSS, key)])
    with pytest.raises(NotFound):
        exports.open(BOSS, key)
    with zipfile.ZipFile(io.BytesIO(data)) as archived:
        assert archived.testzip() is None
        lines = list(csv.DictReader(io.StringIO(archived.read("manifest.csv").decode("utf-8-sig"))))
        found = {line["id"]: line for line in lines}
        assert len(archived.namelist()) == 3
        for line in lines:
            if line["file"]:
                assert hashlib.sha256(archived.read(line["file"])).hexdigest() == line["sha256"]
        assert (found[str(lost["id"])]["file"], found[str(lost["id"])]["fault"]) == ("", "no_sound")
        assert sum(int(line["bytes"]) for line in lines) == size
        assert "'=cmd()" in {line["customer"] for line in lines}
    entry = await db.fetchrow("select login, details from audit_entry where action = 'recording.bundle'")
    assert entry is not None
    told = json.loads(entry["details"])
    assert (entry["login"], told["why"], len(told["ids"])) == ("u5", "court 12", 3)


async def test_a_sheet_of_many_rows(archive: Archive, tmp_path: Path) -> None:
    async def rows():  # type: ignore[no-untyped-def]
        for n in range(1201):
            yield (n, "x")

    data = b"".join([part async for part in archive.room.exports.sheet(("id", "text"), rows(), tmp_path)])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == 1202
    assert not [name for name in os.listdir(tmp_path) if name.startswith("cti-sheet-")]
