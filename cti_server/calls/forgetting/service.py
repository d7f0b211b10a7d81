"""What the history of calls knows of a person."""

from typing import TYPE_CHECKING

from cti_server.calls.forgetting import store
from cti_server.core.erasing.service import LIMIT, Rows

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class CallsForget(Rows):
    """This room as one that can forget a person, and that knows which calls were his."""

    def __init__(self, db: "Database") -> None:
        super().__init__("calls", db, store.PARTS)

    async def calls_of(self, customers: list[int], keys: list[str]) -> list[tuple[str, str, str, str]]:
        """(PBX, Linkedid, number, name) of his calls. Raises Unavailable."""
        return await store.calls_of(self._db, customers, keys, LIMIT)
