"""What `store.py` promises beyond what the service's tests show."""

import pytest

from cti_server.core.auth import store
from tests.core.auth.office import Office, wang

pytestmark = pytest.mark.database


async def test_a_new_setup_link_puts_an_unused_one_out_of_force(office: Office) -> None:
    first, second = bytes(32), bytes([1]) * 32
    await store.add_setup_link(office.db, first, 60.0)
    await store.add_setup_link(office.db, second, 60.0)
    async with office.db.transaction() as connection:
        assert not await store.use_setup_link(connection, first)
        assert await store.use_setup_link(connection, second)
        assert not await store.use_setup_link(connection, second)


async def test_a_setup_link_grows_too_old(office: Office) -> None:
    await store.add_setup_link(office.db, bytes(32), -1.0)
    async with office.db.transaction() as connection:
        assert not await store.use_setup_link(connection, bytes(32))


async def test_ending_sessions_spares_the_named_one(office: Office) -> None:
    user_id = await wang(office)
    kept = await store.open_session(office.db, bytes(32), user_id, "a", "b")
    other = await store.open_session(office.db, bytes([1]) * 32, user_id, "a", "b")
    async with office.db.transaction() as connection:
        assert await store.end_sessions(connection, user_id, "test", but=kept.session_id) == [other.session_id]
    assert await store.find_session(office.db, bytes(32), 60, 60) is not None
    assert await store.find_session(office.db, bytes([1]) * 32, 60, 60) is None
