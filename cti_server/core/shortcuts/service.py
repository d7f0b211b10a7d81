"""Reading and keeping a user's keys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cti_server.core.shortcuts import store
from cti_server.core.shortcuts.model import KeysJson, checked_keys

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class Shortcuts:
    """Everybody's own, and nobody else's."""

    def __init__(self, db: "Database") -> None:
        self._db = db

    async def of(self, user_id: int) -> KeysJson:
        """The user's keys. Raises Unavailable."""
        kept = await store.keys(self._db, user_id)
        return KeysJson(kept or {}, own=kept is not None)

    async def save(self, user_id: int, keys: Mapping[str, str]) -> KeysJson:
        """Keep all of his keys. Raises BadInput, Conflict (shortcut_clash), Unavailable."""
        clean = checked_keys(keys)
        await store.save(self._db, user_id, clean)
        return KeysJson(clean, own=True)

    async def forget(self, user_id: int) -> KeysJson:
        """Back to the defaults. Raises Unavailable."""
        await store.delete(self._db, user_id)
        return KeysJson({}, own=False)
