"""From the tone to the player and out again, on a real PostgreSQL, journal and shelf."""

import asyncio
import wave
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.errors import Conflict, NotFound
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.views import CallView
from cti_server.recording.shelf import Shelf
from cti_server.routing.voicemail.model import FOLDER, State, VoicemailJson
from cti_server.routing.voicemail.service import FILE_LATE, SINKS, Voicemail
from tests.fakes.set_clock import SetClock
from tests.queues.lost.made import signed_in
from tests.queues.lost.test_service import Hub

pytestmark = pytest.mark.database
BOSS, LI, EVA = signed_in(1, "supervisor"), signed_in(2, "agent"), signed_in(3, "agent")


class House:
    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.clock, self.tasks, self.hub = db, SetClock(), Tasks("voicemail"), Hub()
        self.calls: dict[str, CallView] = {}
        self.spool = folder / "monitor"
        (self.spool / FOLDER).mkdir(parents=True)
        self.shelf = Shelf("", folder / "kept")
        self.journal = Journal(folder / "journal", Tasks("journal"), db=db, sinks=SINKS)
        self.room = self.made()

    def made(self) -> Voicemail:
        """A server, as after its start."""
        return Voicemail(
            bus=Bus(), hub=Hub(), live=self, people=self, shelf=self.shelf, folders={"main": self.spool},  # type: ignore[arg-type]
            keep_days=30, journal=self.journal, db=self.db, audit=AuditLog(self.db, self.clock), clock=self.clock,
            tasks=self.tasks,
        )  # fmt: skip

    def standing(self, pbx: str, device: str) -> Any:
        return "Team A", {"support"}

    def device_of(self, user_id: int) -> tuple[str, str] | None:
        return ("main", "PJSIP/1001") if user_id == 2 else None

    def name_of(self, user_id: int) -> str:
        return f"U{user_id}"

    def begin(self, uniqueid: str = "1.2") -> str:
        return self.room.begin(
            pbx="main", uniqueid=uniqueid, linkedid="1.1", queue="support", number="13800000001", did="4800"
        )

    def write(self, name: str, seconds: float) -> Path:
        path = self.spool / FOLDER / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(b"\x01\x02" * int(seconds * 8000))
        return path

    async def taken(self) -> list[VoicemailJson]:
        await self.journal.drained()
        await self.room.take_in()
        return (await self.room.page(BOSS, ["open", "claimed"], None, None, 50))[0]


@pytest_asyncio.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    db = Database(database_url, pool_size=4, timeout=5.0)
    await db.open()
    house = House(db, tmp_path)
    await house.journal.open()
    yield house
    await house.tasks.close()
    await house.journal.close()
    await db.close()


async def test_a_message_is_taken_in_when_its_file_is_there_and_heard_by_who_may(house: House) -> None:
    name = house.begin()
    assert await house.taken() == []  # he speaks still
    house.room.over("main", "1.2")
    assert await house.taken() == []  # the file comes a moment later
    path = house.write(name, 3.0)
    (item,) = await house.taken()
    assert (item.seconds, item.new, item.call_id, item.number) == (3.0, True, "main:1.1", "13800000001")
    assert not path.exists()
    with pytest.raises(NotFound):
        await house.room.sound(LI, item.id)  # nobody has said that he listens
    assert not (await house.room.listen(LI, item.id)).new
    sound = await house.room.sound(LI, item.id)
    heard = b"".join([part async for part in house.room.read(sound, 0, sound.size - 1)])
    assert (heard[:4], len(heard)) == (b"RIFF", sound.size)
    for stranger in (EVA, replace(BOSS, scope=Scope(queues=frozenset({"sales"})))):
        assert (await house.room.page(stranger, ["open"], None, None, 50))[0] == []
        with pytest.raises(NotFound):
            await house.room.listen(stranger, item.id)
    rows = await house.db.fetch("select login, action from audit_entry where action = 'voicemail.listen'")
    assert [row["login"] for row in rows] == ["u2"]


async def test_who_says_nothing_leaves_nothing_and_a_restart_loses_nothing(house: House) -> None:
    names = [house.begin(f"1.{n}") for n in (2, 3, 4)]
    house.write(names[0], 0.4)
    house.write(names[1], 2.0)
    await house.journal.drained()
    house.room = house.made()  # killed while they spoke; their calls are over when it is back
    (item,) = await house.taken()
    assert item.seconds == 2.0
    house.clock.pass_seconds(FILE_LATE + 1)
    await house.taken()
    states = await house.db.fetch("select file, state from voicemail order by id")
    assert [row["state"] for row in states] == ["empty", "open", "empty"]


async def test_work_on_a_message_and_the_end_of_its_time(house: House) -> None:
    house.write(house.begin(), 2.0)
    house.room.over("main", "1.2")
    (item,) = await house.taken()
    assert (await house.room.claim(LI, item.id)).claimed_by_name == "U2"
    with pytest.raises(Conflict):
        await house.room.call_back(BOSS, item.id)
    assert (await house.room.release(LI, item.id)).state == "open"
    await house.room.end(LI, item.id, State.DONE, "called him")
    with pytest.raises(Conflict):
        await house.room.claim(LI, item.id)
    assert await house.room.clean() == 0
    await house.db.execute("update voicemail set ended_at = now() - interval '31 days'")
    assert await house.room.clean() == 1
    with pytest.raises(NotFound):
        await house.room.listen(BOSS, item.id)


async def test_a_pbx_whose_files_are_not_seen_takes_no_messages(house: House) -> None:
    room = house.room
    assert room.begin(pbx="east", uniqueid="1", linkedid="1", queue="q", number="", did="") == ""
    room.over("east", "1")
    await asyncio.sleep(0)
    assert (await room.page(BOSS, ["recording"], None, None, 50))[0] == []
