"""Kept searches: whose they are, who sees them, and that they give nobody more than his rights."""

import pytest

from cti_server.core.auth.model import Role
from cti_server.core.errors import BadInput, Conflict, Forbidden, NotFound
from cti_server.core.storage.database import Database
from cti_server.recording.saved import model
from tests.recording.archive import Archive, signed_in

pytestmark = pytest.mark.database
BOSS, QA, AGENT, ADMIN = signed_in(1), signed_in(2, "qa"), signed_in(3, "agent"), signed_in(4, "admin")


async def users(db: Database) -> None:
    for n in range(1, 5):
        await db.execute("insert into app_user (login, name, roles) values ($1, $1, '{agent}')", f"u{n}")


async def test_kept_shared_renamed_removed(archive: Archive) -> None:
    await users(archive.db)
    saved = archive.room.saved
    mine = await saved.add(BOSS, "  Angry  callers ", {"queue": "vip", "min_silence": "20", "tag": " "}, [])
    assert (mine.name, mine.filters, mine.own) == ("Angry callers", {"queue": "vip", "min_silence": "20"}, True)
    assert await saved.listing(QA) == []
    with pytest.raises(NotFound):
        await saved.show(QA, mine.id)
    await saved.change(BOSS, mine.id, None, None, [Role.QA])
    (seen,) = await saved.listing(QA)
    assert (seen.own, seen.owner_name, seen.roles) == (False, "User 1", ("qa",))
    assert await saved.listing(AGENT) == []
    for theft in (saved.change(QA, mine.id, "x", None, None), saved.remove(QA, mine.id)):
        with pytest.raises(NotFound):
            await theft
    renamed = await saved.change(BOSS, mine.id, "Calm", {"queue": "sales"}, None)
    assert (renamed.name, renamed.filters, renamed.roles) == ("Calm", {"queue": "sales"}, ("qa",))
    told = [entry.details for entry in await archive.room._audit.page(action="recording.search")]
    assert told == [{"roles": ["qa"]}]
    await saved.remove(BOSS, mine.id)
    assert await saved.listing(QA) == []


async def test_what_is_refused(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    await users(archive.db)
    saved = archive.room.saved
    for name, filters, words in (
        (" ", {"queue": "vip"}, "needs a name"),
        ("x" * 61, {"queue": "vip"}, "needs a name"),
        ("x", {"queue": " "}, "Search for something"),
        ("x", {"cursor": "1"}, "no such filter"),
        ("x", {"queue": "a\nb"}, "cannot be looked for"),
    ):
        with pytest.raises(BadInput, match=words):
            await saved.add(BOSS, name, filters, [])
    with pytest.raises(Forbidden):
        await saved.add(AGENT, "x", {"queue": "vip"}, [Role.AGENT])
    await saved.add(AGENT, "Mine", {"queue": "vip"}, [])
    with pytest.raises(BadInput) as taken:
        await saved.add(AGENT, "mine", {"queue": "vip"}, [])
    assert taken.value.code == "search_name_taken"
    await saved.add(BOSS, "mine", {"queue": "vip"}, [])
    monkeypatch.setattr("cti_server.recording.saved.service.MOST_OWN", 1)
    with pytest.raises(Conflict):
        await saved.add(BOSS, "another", {"queue": "vip"}, [])


async def test_an_admin_removes_what_is_shared_with_him_and_nothing_else(archive: Archive) -> None:
    await users(archive.db)
    saved = archive.room.saved
    hidden = await saved.add(BOSS, "own", {"queue": "vip"}, [])
    shared = await saved.add(BOSS, "shared", {"queue": "vip"}, [Role.ADMIN])
    await saved.remove(ADMIN, shared.id)
    with pytest.raises(NotFound):
        await saved.remove(ADMIN, hidden.id)
    assert [one.id for one in await saved.listing(BOSS)] == [hidden.id]


def test_the_filters_are_those_of_the_list() -> None:
    """A filter that is added to the list can be kept too."""
    import msgspec

    from cti_server.recording.api import SearchQuery

    names = {field.encode_name for field in msgspec.structs.fields(SearchQuery)}
    assert set(model.FILTERS) == names - {"cursor", "limit", "customer_id"}
