"""Keys follow their user, on a real PostgreSQL."""

import pytest

from cti_server.core.errors import Conflict
from cti_server.core.shortcuts.model import KeysJson
from cti_server.core.shortcuts.service import Shortcuts
from cti_server.core.storage.database import Database

pytestmark = pytest.mark.database


async def test_kept_changed_and_back_to_the_defaults(database_url: str) -> None:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    try:
        await db.execute(
            "insert into app_user (login, name, roles) select 'u' || n, 'U', '{agent}' from generate_series(1, 2) n"
        )
        keys = Shortcuts(db)
        assert await keys.of(1) == KeysJson({}, own=False)
        await keys.save(1, {"hold": "H", "mute": ""})
        await keys.save(1, {"hold": "J", "mute": ""})
        assert await Shortcuts(db).of(1) == KeysJson({"hold": "J", "mute": ""}, own=True)
        with pytest.raises(Conflict):
            await keys.save(1, {"hold": "J", "mute": "J"})
        assert (await keys.of(1)).keys["hold"] == "J", "a clash changes nothing"
        assert not (await keys.of(2)).own
        assert await keys.forget(1) == await keys.of(1) == KeysJson({}, own=False)
    finally:
        await db.close()
