"""The intake on a real database with a real worker: filed once, whatever falls; what is broken is named."""

import asyncio
import hashlib
import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cti_server.core.errors import Unavailable
from cti_server.core.storage.database import Database
from cti_server.recording.intake.service import object_name
from cti_server.recording.intake.workshop import Workshop
from cti_server.recording.policy import Mode, Rule, Scope
from cti_server.sandbox.phones.ear import Heard
from cti_server.sandbox.phones.tone import HEARD
from tests.recording.archive import AT, PBX, Archive, name_of, signed_in, until
from tests.recording.intake.sounds import tone, wav
from tests.recording.intake.test_model import job

pytestmark = pytest.mark.database


async def stored(archive: Archive, n: int) -> tuple[Any, bytes]:
    """Row of recording `n` and its sound."""
    row = await archive.db.fetchrow("select * from recording where name = $1", name_of(n))
    assert row is not None
    sound = b"".join([part async for part in archive.room._shelf.read(row["object"], 0, row["size"] - 1)])
    return row, sound


async def test_each_recording_is_filed_or_named_and_none_stops_another(archive: Archive) -> None:
    for n in range(1, 7):
        await archive.call(n, seconds=9.0 if n == 6 else 2.0, queue="quiet" if n == 5 else "vip")
        if n != 2:  # of this one nothing was told: the server was away
            await archive.began(n)
    await archive.began(7, refused=True, consent="no")
    for n in (1, 2, 5, 6):
        archive.leave(n)
    archive.leave(3, b"", b"")
    archive.leave(4, wav(tone(2, 1000)), b"nonsense")
    (archive.files / "foreign-r.wav").write_bytes(b"x")
    await archive.room.set_rules(signed_in(1, "admin"), [Rule(Scope.QUEUE, "quiet", Mode.NEVER)], [])
    archive.room.start()
    found = await archive.settled(7)
    assert found == {
        name_of(1): ("ready", ""),
        name_of(2): ("ready", ""),
        name_of(3): ("failed", "empty"),
        name_of(4): ("ready", ""),
        name_of(5): ("dropped", "rule"),
        name_of(6): ("ready", ""),
        name_of(7): ("dropped", "refused"),
    }
    row, sound = await stored(archive, 1)
    assert hashlib.sha256(sound).hexdigest() == row["sha256"]
    assert (row["queue"], row["devices"], row["talk_seconds"], row["notes"]) == ("vip", ["1007"], 2.0, [])
    assert row["delete_after"] > row["started_at"]
    assert (await stored(archive, 4))[0]["notes"] == ["noAgent"]
    assert (await stored(archive, 6))[0]["notes"] == ["short"]
    assert await archive.db.fetchval("select count(*) from recording_job") == 0
    await until(lambda: _true(sorted(file.name for file in archive.files.iterdir()) == ["refused"]))
    assert len(list((archive.files / "refused").iterdir())) == 3
    assert (await archive.room.intake.state())["waiting"] == 0


async def _true(holds: bool) -> bool | None:
    return holds or None


async def test_what_still_grows_or_still_lives_is_left_alone(archive: Archive) -> None:
    await archive.call(1)
    archive.leave(1)
    leg = SimpleNamespace(id="pbx1-1.0", ended_at=None)
    archive.calls["x"] = SimpleNamespace(pbx=PBX, legs=(leg,))
    intake = archive.room.intake
    for _ in range(3):
        await intake.look_at(PBX)
        archive.room.intake._seen[PBX] = {k: type(v)(v.size, v.since - 5) for k, v in intake._seen[PBX].items()}
    assert await archive.states() == {}
    archive.calls.clear()
    archive.links[PBX].up = False
    await intake.look_at(PBX)
    assert await archive.states() == {}, "the PBX is not heard, so the file must rest for longer"
    archive.links[PBX].up = True
    with (archive.files / f"{name_of(1)}-r.wav").open("ab") as file:
        file.write(bytes(100))
    await intake.look_at(PBX)
    assert await archive.states() == {}, "it has just grown"
    archive.room.intake._seen[PBX] = {k: type(v)(v.size, v.since - 5) for k, v in intake._seen[PBX].items()}
    await intake.look_at(PBX)
    assert await archive.states() == {name_of(1): ("waiting", "")}


async def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_there_twice(db: Database, tmp_path: Path) -> None:
    """The worker is killed at its work; then the server falls after the sound was stored and before the row was."""
    first = Archive(db, tmp_path)
    for n in (1, 2):
        await first.call(n, seconds=60.0)
        first.leave(n, wav(tone(1, 1000) * 60), wav(tone(1, 440) * 60))
    first.room.start()
    pid = await until(lambda: _pid(first.room.intake.workshop))
    os.kill(pid, signal.SIGKILL)

    put, fallen = first.room._shelf.put, []

    async def falls(name: str, file: Path) -> None:
        await put(name, file)
        fallen.append(name)
        raise asyncio.CancelledError  # what a killed server does next: nothing

    first.room._shelf.put = falls  # type: ignore[method-assign]
    await until(lambda: _true(bool(fallen)))
    await first.close()
    assert len(fallen) == 1
    assert sum(state == "ready" for state, _ in (await first.states()).values()) == 0
    second = Archive(db, tmp_path)
    try:
        second.room.start()
        assert set((await second.settled(2, 40.0)).values()) == {("ready", "")}
        assert await db.fetchval("select count(*) from recording") == 2
        for n in (1, 2):
            row, sound = await stored(second, n)
            assert hashlib.sha256(sound).hexdigest() == row["sha256"]
        assert len(list((tmp_path / "state" / "recordings").rglob("*.mp3"))) == 2
    finally:
        await second.close()


async def test_from_the_answer_on_what_came_before_is_cut_off_and_who_reached_nobody_has_none(
    db: Database, tmp_path: Path
) -> None:
    archive = Archive(db, tmp_path, from_answer=True)
    waited, talked = tone(1.5, 1000), tone(1.0, 440)
    try:
        for n in (1, 2, 3, 4):
            more = {"direction": "outbound"} if n == 3 else {}
            await archive.call(n, seconds=2.5, waits=1.5, users=() if n == 2 else (7,), **more)
            # Of the fourth one side ends before the answer: nothing of it is left.
            archive.leave(n, wav(waited + talked), wav(waited if n == 4 else waited + talked))
        await archive.tell(
            {"what": "mark", "pbx": PBX, "name": name_of(1), "at": AT + 1 + 2.0, "kind": "paused", "user_id": 7}
        )
        archive.room.start()
        assert await archive.settled(4) == {
            name_of(1): ("ready", ""),
            name_of(2): ("dropped", "unanswered"),
            name_of(3): ("ready", ""),
            name_of(4): ("ready", ""),
        }
        row, sound = await stored(archive, 1)
        heard = Heard.mp3(sound)
        for side in ("left", "right"):
            levels = heard.levels(side, 0.3, 440, 1000)
            assert levels[440] > HEARD > levels[1000] + 15
        assert (row["seconds"], row["notes"]) == (pytest.approx(1.0, abs=0.01), [])
        assert row["sha256_customer"] == hashlib.sha256(wav(waited + talked)).hexdigest()
        detail = await archive.room.detail(signed_in(6, "qa"), row["id"])
        assert [(part.kind, part.from_seconds) for part in detail.parts] == [("talk", 0.0)]
        assert [mark.at_seconds for mark in detail.marks] == [pytest.approx(0.5, abs=0.01)]
        assert (await stored(archive, 3))[0]["seconds"] == pytest.approx(2.5, abs=0.01), "who was called has answered"
        assert (await stored(archive, 4))[0]["seconds"] == pytest.approx(1.0, abs=0.01)
    finally:
        await archive.close()


async def _pid(workshop: Workshop) -> int | None:
    return workshop.pid


async def test_a_shelf_that_is_away_is_waited_for_and_files_that_never_came_are_missing(archive: Archive) -> None:
    await archive.call(1)
    await archive.began(1)
    await archive.began(2)
    archive.leave(1)
    intake = archive.room.intake
    put, refusals = archive.room._shelf.put, []

    async def away(name: str, file: Path) -> None:
        refusals.append(name)
        raise Unavailable("away", code="no_shelf")

    archive.room._shelf.put = away  # type: ignore[method-assign]
    archive.room.start()
    await until(lambda: _true(bool(refusals)))
    waits = await until(lambda: archive.db.fetchval("select last_error from recording_job where last_error <> ''"))
    assert waits == "no_shelf"
    assert (await archive.states())[name_of(1)] == ("waiting", "")
    archive.room._shelf.put = put  # type: ignore[method-assign]
    await archive.db.execute("update recording_job set due_at = now()")
    found = await archive.settled(2)
    assert found == {name_of(1): ("ready", ""), name_of(2): ("failed", "missing")}
    assert intake.filed == 1
    await archive.call(2)
    archive.leave(2)

    async def found_after_all() -> bool | None:
        return (await archive.states())[name_of(2)] == ("ready", "") or None

    await until(found_after_all)


def test_an_object_is_always_called_the_same() -> None:
    assert object_name(job(id=12, started_at=1_796_000_000.0)) == "2026/11/30/12.mp3"
