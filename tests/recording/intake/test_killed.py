"""Fifty recordings through a server that is killed again and again (kill -9): none lost, none twice, each fault named.

The server is a process of its own with its worker, beside a real PBX and a real PostgreSQL. It is killed when so many
recordings are settled, at whatever it then does, and its worker in between. One call is a real one: the server falls
while it is up, and the PBX ends its recording with nobody there.
"""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.state import State
from tests.conftest import real_part, worker_name
from tests.recording.archive import Archive, name_of
from tests.recording.intake.sounds import broken, odd, silence, tone, wav, write
from tests.whole.site import Site, poll

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.timeout(240)]
GOOD = 12
LONG = 60
"""Seconds of some of the good ones, so that there is work to be killed in."""
KILLED_AT = (2, 14, 30)
"""How many recordings are settled when the server is killed; the worker is killed before each of them."""
GROWING, COPIED, MISSING = 91, 1, 92
"""Numbers of the calls whose file grows while all this goes on, whose files lie there twice, whose files never came."""


@dataclass(frozen=True)
class Left:
    """What the PBX left of a call; None: no such file. `due`: state and reason."""

    customer: bytes | None
    agent: bytes | None
    due: tuple[str, str] = ("ready", "")


def lot() -> dict[int, Left]:
    """By number of the call: good ones, odd ones that can be heard, and all kinds of which nothing can be heard."""
    minute = wav(tone(1, 1000) * LONG), wav(tone(1, 440) * LONG)
    heard = [
        minute if n % 3 == 0 else (wav(tone(1, 700 + 10 * n)), wav(tone(1, 400 + 10 * n))) for n in range(1, GOOD + 1)
    ]
    heard += [(customer, agent) for customer, agent, _ in odd().values()]
    heard.append((wav(silence(2)), wav(silence(2))))
    heard.append((wav(tone(1, 500), said=2**32 - 40), wav(tone(1, 600), said=2**31)))
    spoilt = [(sides, reason) for name, (*sides, reason) in broken().items() if name.startswith("both-")]
    left = [Left(*sides) for sides in heard] + [Left(*sides, ("failed", reason)) for sides, reason in spoilt]
    return dict(enumerate(left, 1))


def copy_of(n: int) -> str:
    """A second name for the files of a call's channel: as if it had been begun a little later."""
    head, _, at = name_of(n).rpartition("+")
    return f"{head}+{int(at) + 40}"


def digest(content: bytes | None) -> str:
    return hashlib.sha256(content).hexdigest() if content is not None else ""


def worker_of(server: int) -> int | None:
    """The worker that a server has started."""
    for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
        if b"intake.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


@dataclass
class Yard:
    """Site, folder of the PBX and database."""

    site: Site
    pbx: Asterisk
    archive: Archive
    db: Database

    @property
    def files(self) -> Path:
        return self.archive.files

    async def settled(self) -> int:
        found: int = await self.db.fetchval("select count(*) from recording where state not in ('recording','waiting')")
        return found

    async def reach(self, count: int) -> None:
        """Until so many are settled."""
        await poll(lambda: self._at_least(count), f"{count} settled recordings", 60.0, self.site.last_words)

    async def _at_least(self, count: int) -> bool | None:
        return await self.settled() >= count or None

    async def kill_worker(self) -> None:
        """As soon as there is one."""
        assert self.site.server is not None
        os.kill(await poll(self._worker, "the worker", 20.0, self.site.last_words), signal.SIGKILL)

    async def _worker(self) -> int | None:
        assert self.site.server is not None
        return worker_of(self.site.server.pid)

    async def rows(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: dict(row) for row in await self.db.fetch("select * from recording order by id")}


@pytest_asyncio.fixture
async def yard(
    pytestconfig: pytest.Config,
    state: State,
    asterisk_program: AsteriskProgram,
    database_url: str,
    db: Database,
    tmp_path: Path,
) -> AsyncIterator[Yard]:
    wishes = Wishes(name=worker_name("killed"), agents=1, records=True)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    recording = f'[recording]\ndir = "{pbx.recordings}"\nmin_free_mb = 1\n'
    site = Site(tmp_path, database_url, {"main": pbx}, settings=recording)
    archive = Archive(db, tmp_path / "unused")
    archive.files = pbx.recordings / "cti"
    archive.files.mkdir()
    try:
        await site.start()
        await site.trunk(pbx.sip_port)
        yield Yard(site, pbx, archive, db)
    finally:
        await archive.close()
        await site.stop()
        await pbx.discard()


async def falls_during_a_call(yard: Yard) -> str:
    """A caller is recorded, the server is killed, the caller hangs up; the name of his recording."""
    caller = yard.site.call_in("4000", "13800000001")
    await caller.answered()

    async def begun() -> str | None:
        names = [file.name for file in yard.files.glob("*-r.wav") if file.stat().st_size > 8000]
        return names[0].removesuffix("-r.wav") if names else None

    name = await poll(begun, "the recording", 10.0)
    await yard.site.kill_server()
    caller.hangup()
    await caller.ended()

    async def closed() -> bool | None:
        file = yard.files / f"{name}-r.wav"
        return int.from_bytes(file.read_bytes()[40:44], "little") == file.stat().st_size - 44 or None

    await poll(closed, "the end of the PBX's file", 10.0)
    return name


async def fill(yard: Yard, left: dict[int, Left]) -> None:
    """All that the PBX left while the server was away, and the calls that the history knows."""
    for n, one in left.items():
        await yard.archive.call(n, seconds=float(LONG) if n % 3 == 0 and n <= GOOD else 2.0)
        write(yard.files, name_of(n), one.customer, one.agent)
    write(yard.files, copy_of(COPIED), left[COPIED].customer, left[COPIED].agent)
    for n in (GROWING, MISSING):
        await yard.archive.call(n)
    await yard.archive.began(MISSING)


@asynccontextmanager
async def growing(yard: Yard) -> AsyncIterator[Left]:
    """A recording that is still written to, some KB a second, until the block ends."""
    sides = [yard.files / f"{name_of(GROWING)}{side}" for side in ("-r.wav", "-t.wav")]
    for side in sides:
        side.write_bytes(wav(b"", said=0))

    async def grow() -> None:
        while True:
            for side in sides:
                with side.open("ab") as file:
                    file.write(tone(0.1, 800))
            await asyncio.sleep(0.1)

    tasks = Tasks("growing")
    tasks.start("grow", grow())
    try:
        yield Left(None, None)
    finally:
        await tasks.close()


async def test_fifty_recordings_and_a_server_that_falls_and_falls(yard: Yard) -> None:
    left = lot()
    real = await falls_during_a_call(yard)
    await fill(yard, left)
    async with growing(yard):
        for count in KILLED_AT:
            await yard.site.start()
            await yard.kill_worker()
            await yard.reach(count)
            await yard.site.kill_server()
        assert name_of(GROWING) not in await yard.rows(), "it still grows"
    assert await yard.settled() < len(left), "killed while there was work"
    left[GROWING] = Left(*((yard.files / f"{name_of(GROWING)}{side}").read_bytes() for side in ("-r.wav", "-t.wav")))
    await yard.site.start()
    await yard.reach(len(left) + 3)

    rows = await yard.rows()
    found = {name: (row["state"], row["reason"]) for name, row in rows.items()}
    copies = [found.pop(name) for name in (name_of(COPIED), copy_of(COPIED))]
    assert sorted(copies) == [("dropped", "twice"), ("ready", "")]
    wanted = {name_of(n): one.due for n, one in left.items() if n != COPIED}
    assert found == {**wanted, name_of(MISSING): ("failed", "missing"), real: ("ready", "")}
    await check_sounds(yard, rows, left)
    assert await yard.db.fetchval("select count(*) from recording_job") == 0
    calls = "select count(*) from recording r left join call c on c.pbx = r.pbx and c.linkedid = r.linkedid"
    assert await yard.db.fetchval(f"{calls} where c.id is null") == 0, "each is told of on its call"
    assert await yard.db.fetchval(f"{calls} where r.state = 'ready' and r.call_id is distinct from c.id") == 0
    await poll(lambda: emptied(yard, left), "an empty folder", 10.0)


async def check_sounds(yard: Yard, rows: dict[str, dict[str, Any]], left: dict[int, Left]) -> None:
    """Each call that can be heard has one sound, made of these very files, and there is no other sound."""
    shelf = yard.site.folder / "var" / "recordings"
    ready = [row for row in rows.values() if row["state"] == "ready"]
    assert len({row["linkedid"] for row in ready}) == len(ready)
    assert {shelf / row["object"] for row in ready} == set(shelf.rglob("*.mp3"))
    for row in ready:
        assert digest((shelf / row["object"]).read_bytes()) == row["sha256"]
    good = [n for n, one in left.items() if one.due[0] == "ready"]
    by_call = {row["linkedid"]: row for row in ready}
    for n in good:
        row = by_call[f"pbx1-{n}.0"]
        sides = (row["sha256_customer"], "noCustomer"), (row["sha256_agent"], "noAgent")
        for (sha256, missing), source in zip(sides, (left[n].customer, left[n].agent), strict=True):
            assert sha256 == ("" if missing in row["notes"] else digest(source)), n


async def emptied(yard: Yard, left: dict[int, Left]) -> bool | None:
    """Nothing lies in the folder but what could not be taken in, set aside."""
    aside = {file.name.rpartition("-")[0] for file in (yard.files / "refused").iterdir()}
    wanted = {name_of(n) for n, one in left.items() if one.due[0] == "failed"}
    return ([file.name for file in yard.files.iterdir()] == ["refused"] and aside == wanted) or None
