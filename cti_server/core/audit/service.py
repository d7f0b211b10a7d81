"""Writing, reading and checking the audit log."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cti_server.core.audit import store
from cti_server.core.audit.model import FIRST_HASH, Actor, AuditEntry, chained_hash
from cti_server.core.clock import Clock

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database


class AuditLog:
    """The append-only log of who did what."""

    def __init__(self, db: "Database", clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def write(
        self,
        connection: "Connection",
        who: Actor,
        action: str,
        subject: str,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Add an entry inside the caller's open transaction, so that the deed and its record stand or fall together."""
        number, before = await store.lock_head(connection)
        entry = AuditEntry(
            id=number + 1,
            at=round(self._clock.now(), 3),
            user_id=who.user_id,
            login=who.login,
            address=who.address,
            action=action,
            subject=subject,
            details=details or {},
        )
        await store.append(connection, replace(entry, hash=chained_hash(before, entry)))

    async def note(self, who: Actor, action: str, subject: str, details: Mapping[str, object] | None = None) -> None:
        """Add an entry in a transaction of its own, for deeds that change no row."""
        async with self._db.transaction() as connection:
            await self.write(connection, who, action, subject, details)

    async def page(self, *, before: int | None = None, action: str | None = None, limit: int = 50) -> list[AuditEntry]:
        """The newest entries below number `before`, newest first, at most `limit`."""
        return await store.page(self._db, before=before, action=action, limit=limit)

    async def first_break(self) -> int | None:
        """The number of the first entry that was altered or is missing; None when the chain is whole.

        Entries cut off the very end show as the number after the last one, because the head still names them.
        """
        before, expected = FIRST_HASH, 1
        async for entry in store.in_order(self._db):
            if entry.id != expected or entry.hash != chained_hash(before, entry):
                return expected
            before, expected = entry.hash, expected + 1
        async with self._db.transaction() as connection:
            number, head = await store.lock_head(connection)
        return None if number == expected - 1 and head == before else expected
