"""Rooms whose knowledge of people stands in rows: a list of statements is all that they need."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from cti_server.core.audit.model import Actor
from cti_server.core.erasing import store
from cti_server.core.erasing.model import Found, Part, Person, Told

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

LIMIT: Final = 300.0
"""Seconds that a statement may take: some have to read whole tables."""


class Rows:
    """`Knows` over parts, forgotten in one transaction in their order; then `after` puts memory and copies right."""

    def __init__(
        self,
        room: str,
        db: "Database",
        parts: Sequence[Part],
        after: Callable[[Person], Awaitable[None]] | None = None,
    ) -> None:
        self.room = room
        self._db = db
        self._parts = parts
        self._after = after

    async def preview(self, person: Person) -> Found:
        """How many of each. Raises Unavailable."""
        counted = [one for one in self._parts if one.count]
        return Found({one.kind: await store.count(self._db, one, person, LIMIT) for one in counted})

    async def forget(self, person: Person, who: Actor, told: Told) -> None:
        """All of them at once. Raises Unavailable."""
        async with self._db.transaction(limit=LIMIT) as connection:
            removed = {one.kind: await store.forget(connection, one, person, LIMIT) for one in self._parts}
            await told(connection, removed, ())
        if self._after is not None:
            await self._after(person)
