"""One person is erased everywhere: afterwards no column of the database and no file knows him; all others stay."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cti_server.business.erasure.model import ErasureJson
from cti_server.core.errors import BadInput, Conflict, NotFound, Unavailable
from tests.business.erasure.office import ADMIN, KEY, NAME, OTHER, OTHER_KEY, RAW, Everywhere, office

pytestmark = pytest.mark.database


async def until_state(everywhere: Everywhere, erasure_id: int, *states: str) -> ErasureJson:
    async with asyncio.timeout(20):
        while (one := await everywhere.app.erasures.show(erasure_id)).state not in states:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return one


async def test_afterwards_nothing_knows_him_and_all_others_stay(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as app:
        everywhere = Everywhere(app, tmp_path)
        await everywhere.fill()
        assert len(await everywhere.left()) > 40, "the walk finds him where he stands"
        shown = await app.erasures.preview(everywhere.customer, None)
        assert shown.confirm == NAME
        assert shown.blocks == ()
        assert shown.calls == 2
        assert shown.found["recordings"] == {"recordings": 2, "notes": 2}
        assert shown.found["customers"] == {
            "contacts": 2, "customerNotes": 1, "interactions": 1, "accesses": 1, "customers": 1,
        }  # fmt: skip
        begun = await app.erasures.begin(ADMIN, everywhere.customer, None, why="art. 17, ticket 4711", confirm=NAME)
        done = await until_state(everywhere, begun.id, "done", "stopped")
        assert done.stopped == ""
        assert await everywhere.left() == []
        assert [(one.thing, one.sha256) for one in done.proofs] == [
            ("recording 1", "1" * 64),
            ("recording 2", "2" * 64),
        ]
        assert all(step.state == "done" for step in done.steps)
        removed = {step.room: step.removed for step in done.steps}
        assert removed["recordings"] == {"recordings": 2, "notes": 2}
        assert removed["voicemail"] == {"messages": 1}
        assert removed["audit"] == {"auditEntries": 2}
        await the_others_stay(everywhere, tmp_path)
        assert await app.audit.first_break() is None, "the chain is whole though entries were redacted"
        entry = (await app.audit.page(action="customer.erased"))[0]
        assert entry.details["sha256"] == {"recording 1": "1" * 64, "recording 2": "2" * 64}
        assert await app.db.fetchval("select person from erasure") is None
        with pytest.raises(NotFound):
            await app.erasures.preview(everywhere.customer, None)


async def the_others_stay(everywhere: Everywhere, folder: Path) -> None:
    """Calls, scores and answers count as before; the other caller is untouched."""
    db = everywhere.app.db
    assert await db.fetchval("select count(*) from call where outcome = 'answered' and talk_seconds = 8") == 3
    assert await db.fetchval("select count(*) from report_calls_agent_segment") == 3
    assert await db.fetchval("select count(*) from report_routing_survey where value = 5") == 2
    assert await db.fetchval("select count(*) from lost_caller") == 2
    assert await db.fetchval("select count(*) from flow_call") == 2
    other = await db.fetchrow(
        "select number, number_key, name, customer_id, data::text from call where linkedid = 'c3'"
    )
    assert other["number_key"] == OTHER_KEY
    assert (other["name"], other["customer_id"]) == (OTHER, everywhere.other)
    assert OTHER in other["data"]
    assert await db.fetchval("select count(*) from contact where customer_id = $1", everywhere.other) == 2
    assert await db.fetchval("select text from note") == "███（███）来过"
    assert await db.fetchval("select count(*) from flow_listed where number_key = $1", OTHER_KEY) == 1
    assert await db.fetchval("select linkedid from survey_answer where linkedid = 'c3'") == "c3"
    shelf = folder / "var" / "recordings"
    assert sorted(path.name for path in shelf.rglob("*") if path.is_file()) == ["3.mp3"]
    left = sorted(path.name for path in (folder / "pbx").rglob("*.wav"))
    assert left == ["c3+c3+1780000000003-r.wav", "c3+c3+1780000000003-t.wav"]
    assert await db.fetchval("select count(*) from recording_key") == 1


async def test_a_hold_refuses_before_anything_is_touched(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as app:
        everywhere = Everywhere(app, tmp_path)
        await everywhere.fill()
        await app.db.execute("update recording set hold = 'court' where id = 2")
        shown = await app.erasures.preview(everywhere.customer, None)
        assert [(one.code, one.count) for one in shown.blocks] == [("recording_held", 1)]
        before = await everywhere.left()
        with pytest.raises(Conflict, match="legal hold") as refused:
            await app.erasures.begin(ADMIN, everywhere.customer, None, why="he asked", confirm=NAME)
        assert refused.value.code == "recording_held"
        assert await everywhere.left() == before
        await app.db.execute("update recording set hold = '', direction = 'outbound', started_at = now()")
        assert (await app.erasures.preview(everywhere.customer, None)).blocks[0].code == "recording_too_young"


async def test_a_hold_set_meanwhile_stops_it_and_it_goes_on(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(database_url, tmp_path) as app:
        everywhere = Everywhere(app, tmp_path)
        await everywhere.fill()
        checked = app.recordings.forgetting.preview

        async def then_held(person: Any) -> Any:
            found = await checked(person)
            await app.db.execute("update recording set hold = 'court' where id = 1")
            return found

        monkeypatch.setattr(app.recordings.forgetting, "preview", then_held)
        begun = await app.erasures.begin(ADMIN, everywhere.customer, None, why="he asked", confirm=NAME)
        assert (await until_state(everywhere, begun.id, "stopped")).stopped == "recording_held"
        await app.db.execute("update recording set hold = ''")
        await app.erasures.go_on(ADMIN, begun.id)
        await until_state(everywhere, begun.id, "done")
        assert await everywhere.left() == []


@pytest.mark.parametrize("room", ["recordings", "customers"])
async def test_after_a_crash_it_goes_on_and_counts_right(
    room: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server falls within a room, after some of its work; the next one goes on by itself."""
    async with office(database_url, tmp_path) as app:
        everywhere = Everywhere(app, tmp_path)
        await everywhere.fill()
        fallen = asyncio.Event()
        for one in app.erasures._rooms:
            if one.room == room:
                monkeypatch.setattr(one, "forget", falling(one.forget, fallen))
        begun = await app.erasures.begin(ADMIN, everywhere.customer, None, why="he asked", confirm=NAME)
        async with asyncio.timeout(20):
            await fallen.wait()
    async with office(database_url, tmp_path) as again:
        everywhere.app = again
        done = await until_state(everywhere, begun.id, "done", "stopped")
        assert await everywhere.left() == []
        removed = {step.room: step.removed for step in done.steps}
        assert removed["recordings"] == {"recordings": 2, "notes": 2}
        assert removed["customers"]["contacts"] == 2
        assert len(done.proofs) == 2
        assert await again.audit.first_break() is None


def falling(forget: Callable[..., Any], fallen: asyncio.Event) -> Callable[..., Any]:
    """Falls after the first transaction of the room, or in its only one's end: before the room says that it is done."""

    async def fall(person: Any, who: Any, told: Any) -> None:
        async def once(*what: Any) -> None:
            if fallen.is_set():
                raise Unavailable("fallen")
            await told(*what)
            fallen.set()

        try:
            await forget(person, who, once)
        finally:
            fallen.set()
        raise Unavailable("fallen")

    return fall


async def test_by_a_number_and_what_has_to_be_typed(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as app:
        everywhere = Everywhere(app, tmp_path)
        await everywhere.fill()
        shown = await app.erasures.preview(None, f"0086 {RAW}")
        assert shown.customer_id == everywhere.customer
        assert shown.numbers == (KEY,)
        whom = {"customer_id": None, "number": RAW}
        with pytest.raises(BadInput, match="Type who"):
            await app.erasures.begin(ADMIN, **whom, why="he asked", confirm="somebody")
        with pytest.raises(BadInput, match="must not name"):
            await app.erasures.begin(ADMIN, **whom, why=f"{NAME} asked", confirm=shown.confirm)
        with pytest.raises(BadInput, match="write why"):
            await app.erasures.begin(ADMIN, **whom, why=" ", confirm=shown.confirm)
        with pytest.raises(BadInput, match="a customer or a number"):
            await app.erasures.preview(None, None)
        with pytest.raises(BadInput, match="no number"):
            await app.erasures.preview(None, "1001")
        await app.db.execute(
            "insert into contact (customer_id, kind, value, display) values ($1, 'phone', $2, 'x')",
            everywhere.other, f"+{KEY}",
        )  # fmt: skip
        with pytest.raises(Conflict, match="Several customers"):
            await app.erasures.preview(None, RAW)
        # The number that both have stays the other one's: only what is known to be his goes.
        assert (await app.erasures.preview(everywhere.customer, None)).calls == 1
