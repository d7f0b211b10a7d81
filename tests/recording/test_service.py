"""Finding, hearing, marking, holding and deleting, on a real database; each of them in the audit log."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.auth.scope import Scope as Reached
from cti_server.core.errors import BadInput, Conflict, Forbidden, NotFound
from cti_server.core.storage.database import Database
from cti_server.recording.listening import Purpose
from cti_server.recording.model import Wanted, Within
from cti_server.recording.policy import KeepRule, Mode, Rule, Scope
from cti_server.sandbox.postgres import Postgres
from tests.recording.archive import AT, PBX, Archive, name_of, signed_in

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]
BOSS, QA, ADMIN = signed_in(5), signed_in(6, "qa"), signed_in(1, "admin")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Archive]:
    """Three recordings, filed by the real worker; the tests below go on from one another in their order."""
    db = Database(await postgres.create_database("test_recordings", migrated_template), pool_size=4, timeout=5.0)
    await db.open()
    archive = Archive(db, tmp_path_factory.mktemp("recordings"))
    try:
        yield await fill(archive)
    finally:
        await archive.close()
        await db.close()
        await postgres.drop_database("test_recordings")


async def fill(archive: Archive) -> Archive:
    await archive.call(1, users=(7, 8), customer_id=3, customer_name="王小明")
    await archive.call(2, queue="sales", users=(8,), direction="outbound", number_key="8613900000002", dialled="")
    await archive.call(3, seconds=3.0, users=(9,), held_seconds=12.0)
    for n in (1, 2, 3):
        await archive.began(n)
        archive.leave(n)
    await archive.tell(
        {"what": "mark", "pbx": PBX, "name": name_of(1), "at": AT + 1.5, "kind": "paused", "user_id": 7},
        {"what": "mark", "pbx": PBX, "name": name_of(1), "at": AT + 2.0, "kind": "resumed", "user_id": None},
    )
    archive.room.start()
    await archive.settled(3)
    return archive


async def found(archive: Archive, who: Any = BOSS, **wanted: Any) -> list[int]:
    rows, _ = await archive.room.page(who, Wanted(**wanted), None, 50)
    return [int(row.started_at - AT) for row in rows]


async def actions(archive: Archive) -> list[str]:
    return [row["action"] for row in await archive.db.fetch("select action from audit_entry order by id")]


async def ids(archive: Archive) -> dict[int, int]:
    rows, _ = await archive.room.page(BOSS, Wanted(), None, 50)
    return {int(row.started_at - AT): row.id for row in rows}


async def test_every_filter_and_paging(filled: Archive) -> None:
    assert await found(filled) == [3, 2, 1]
    for wanted, due in (
        ({"since": AT + 2.0}, [3, 2]),
        ({"until": AT + 2.0}, [1]),
        ({"call_id": "main:pbx1-2.0"}, [2]),
        ({"extension": "1008"}, [2, 1]),
        ({"user_id": 7}, [1]),
        ({"queue": "sales"}, [2]),
        ({"digits": "39000"}, [2]),
        ({"customer_id": 3}, [1]),
        ({"customer": "小明"}, [1]),
        ({"customer": "%"}, []),
        ({"customer": "_小"}, []),
        ({"direction": "outbound"}, [2]),
        ({"outcome": "abandoned"}, []),
        ({"state": "ready"}, [3, 2, 1]),
        ({"min_seconds": 1.0, "max_seconds": 2.5}, [3, 2, 1]),
        ({"min_held": 10.0}, [3]),
        ({"min_silence": 100.0}, []),
        ({"min_talk_over": 100.0}, []),
        ({"tag": "x"}, []),
        ({"queue": "vip", "extension": "1009", "min_held": 1.0}, [3]),
    ):
        assert await found(filled, **wanted) == due, wanted
    first, cursor = await filled.room.page(BOSS, Wanted(), None, 2)
    rest, end = await filled.room.page(BOSS, Wanted(), cursor, 2)
    assert [row.id for row in (*first, *rest)] == sorted((row.id for row in (*first, *rest)), reverse=True)
    assert (len(first), len(rest), end) == (2, 1, None)
    assert len([row async for row in filled.room.every(BOSS, Wanted())]) == 3
    for wrong in ("x", "MjAyNg", "😀"):
        with pytest.raises(BadInput):
            await filled.room.page(BOSS, Wanted(), wrong, 2)


async def test_who_may_hear_what(filled: Archive) -> None:
    number = (await ids(filled))[1]
    with pytest.raises(Forbidden):
        await filled.room.page(signed_in(7, "agent"), Wanted(), None, 10)
    with pytest.raises(Forbidden):
        await filled.room.listen(signed_in(7, "agent"), number, Purpose.LISTEN, "")
    filled.room._options = replace(filled.room._options, agents_may_listen=True)
    assert await found(filled, signed_in(8, "agent")) == [2, 1]
    with pytest.raises(NotFound):
        await filled.room.detail(signed_in(9, "agent"), number)

    class Part:
        part = Within(5, ("sales",))

        def within(self, who: Any) -> Within | None:
            return self.part

    usual = filled.room.scopes
    filled.room.scopes = scopes = Part()
    try:
        for part, due in (
            (Within(5, None, (), (7,)), [1]),
            (Within(5, ("vip",), (), (9, 8)), [3, 1]),
            (Within(9, ("sales",), ()), [3, 2]),
            (Within(5), []),
            (Within(5, ("sales",)), [2]),
        ):
            scopes.part = part
            assert await found(filled) == due, part
        assert await filled.room.of_call(BOSS, "main:pbx1-1.0") == []
        with pytest.raises(NotFound):
            await filled.room.listen(BOSS, number, Purpose.LISTEN, "")
    finally:
        filled.room.scopes = usual


async def test_a_limited_grader_hears_what_lies_within_his_scope(filled: Archive) -> None:
    for scope, due in (
        (Reached(), [3, 2, 1]),
        (Reached(queues=frozenset({"sales"})), [2]),
        (Reached(queues=frozenset({"vip"})), [3, 1]),
        (Reached(teams=frozenset({"red"})), [1]),
    ):
        assert await found(filled, replace(QA, scope=scope)) == due, scope


async def test_hearing_is_audited_and_bound_to_the_session(filled: Archive) -> None:
    number = (await ids(filled))[1]
    detail = await filled.room.detail(QA, number)
    assert [(mark.kind, round(mark.at_seconds, 2)) for mark in detail.marks] == [("paused", 0.5), ("resumed", 1.0)]
    assert [part.agent_name for part in detail.parts] == ["User 7", "User 8"]
    assert (detail.recording.agents, detail.may_manage) == (("User 7", "User 8"), False)
    key = await filled.room.listen(QA, number, Purpose.LISTEN, "monthly check")
    sound, purpose = await filled.room.sound(QA, number, key)
    data = b"".join([part async for part in filled.room.read(sound, 0, sound.size - 1)])
    assert (len(data), purpose) == (sound.size, Purpose.LISTEN)
    for who, recording in ((signed_in(6, "qa", session_id=51), number), (QA, number + 1)):
        with pytest.raises(NotFound):
            await filled.room.sound(who, recording, key)
    await filled.room.listen(BOSS, number, Purpose.DOWNLOAD, "court")
    entries = await filled.db.fetch("select login, address, action, subject, details from audit_entry order by id")
    told = [(row["login"], row["address"], row["action"], row["subject"]) for row in entries]
    assert told == [
        ("u6", "10.0.0.9", "recording.listen", str(number)),
        ("u5", "10.0.0.9", "recording.download", str(number)),
    ]
    assert "monthly check" in entries[0]["details"]


async def test_rules_are_kept_and_reckoned(filled: Archive) -> None:
    rules = [Rule(Scope.QUEUE, "vip", Mode.SHARE, 0.5)]
    await filled.room.set_rules(ADMIN, rules, [KeepRule(Scope.QUEUE, 10, "vip"), KeepRule(Scope.SITE, 20)])
    assert filled.room.rules()[0] == tuple(rules)
    rows = await filled.db.fetch(
        "select round(extract(epoch from delete_after - started_at) / 86400) as days from recording order by id"
    )
    assert [int(row["days"]) for row in rows] == [10, 30, 10]
    with pytest.raises(BadInput):
        await filled.room.set_rules(ADMIN, [], [KeepRule(Scope.DIRECTION, 7, "outbound")])
    assert (await actions(filled)).count("recording.rules") == 1


async def test_tags_notes_hold_and_deletion_with_proof(filled: Archive) -> None:
    numbers = await ids(filled)
    number, outbound = numbers[1], numbers[2]
    assert (await filled.room.tag(QA, number, ["投诉", "vip"])).recording.tags == ("投诉", "vip")
    assert await found(filled, tag="投诉") == [1]
    detail = await filled.room.note(QA, number, 1.25, " 语速太快 ")
    note = next(mark for mark in detail.marks if mark.kind == "note")
    assert (note.text, note.at_seconds, note.user_name) == ("语速太快", 1.25, "User 6")
    with pytest.raises(NotFound):
        await filled.room.unnote(signed_in(8, "qa"), number, note.id or 0)
    assert len((await filled.room.unnote(QA, number, note.id or 0)).marks) == 2
    await filled.room.hold(BOSS, number, "court 12")
    with pytest.raises(Conflict) as held:
        await filled.room.delete(ADMIN, number, "asked")
    assert held.value.code == "recording_held"
    await filled.db.execute("update recording set delete_after = now() - interval '1 day'")
    await filled.db.execute("update recording set started_at = now() where id = $1", outbound)
    with pytest.raises(Conflict) as young:
        await filled.room.delete(ADMIN, outbound, "asked")
    assert young.value.code == "recording_too_young"
    before = await filled.db.fetchrow("select object, sha256 from recording where id = $1", numbers[3])
    assert before is not None
    assert await filled.room.keeping.delete_due() == 2
    assert await found(filled) == [1]
    entry = await filled.db.fetchrow("select login, details from audit_entry where subject = $1", str(numbers[3]))
    assert entry is not None
    assert entry["login"] == "(retention)"
    assert before["sha256"] in entry["details"]
    with pytest.raises(NotFound):
        await filled.room._shelf.size(before["object"])
    await filled.room.hold(BOSS, number, "")
    await filled.room.delete(ADMIN, number, "the customer asked")
    assert await found(filled) == []
    assert [row.state for row in await filled.room.of_call(BOSS, "main:pbx1-1.0")] == ["deleted"]
    assert (await actions(filled)).count("recording.delete") == 3
